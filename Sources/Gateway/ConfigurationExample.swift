/// The commented example of a configuration file: every key with its meaning, what is allowed and its default.
///
/// `Config/gateway.yaml` is this text; a test compares.
public enum ConfigurationExample {
    /// Columns of the file.
    private static let width = 120

    public static var text: String {
        var lines = [
            "# The configuration of cxrgate. Every key may be left out; what stands here is the default.",
            "# The environment overrides the file: dicom.port is CXR_DICOM_PORT, study.quiet_seconds is",
            "# CXR_STUDY_QUIET_SECONDS, … Behind each key stands what is allowed.",
            "# live: `cxrgate config apply` changes it in a running gateway; restart: by the next start.",
            "# `cxrgate config check` names every problem at once; `cxrgate config show --origin` says what holds, and why.",
        ]
        var section: [Substring] = []
        let notes = ConfigurationTopic.all.reduce(into: [:]) { $0.merge($1.notes) { first, _ in first } }
        for key in ConfigurationCatalogue.keys {
            let words = key.name.split(separator: ".")
            let path = Array(words.dropLast())
            if path.first != section.first || path.isEmpty { lines.append("") }
            let common = zip(path, section).prefix { $0 == $1 }.count
            for depth in common..<max(common, path.count) {
                let name = path[...depth].joined(separator: ".")
                let indent = String(repeating: "  ", count: depth)
                if let note = notes[name] { lines += comment(note, indent) }
                lines.append("\(indent)\(isUnsaid(name) ? "# " : "")\(path[depth]):")
            }
            section = path
            let indent = String(repeating: "  ", count: path.count)
            // Any text is no limit.
            let allowed = key.allowed == TextForm.any.allowed ? "" : key.allowed + "; "
            lines += comment("\(key.meaning) [\(allowed)\(key.application.rawValue)]", indent)
            // An example in the place of a default must not hold.
            let mark = !key.example.isEmpty || isUnsaid(path.joined(separator: ".")) ? "# " : ""
            lines.append("\(indent)\(mark)\(words.last ?? ""): \(written(key))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// No key of the section has a default that would stand there: the section itself is a comment.
    private static func isUnsaid(_ section: String) -> Bool {
        guard !section.isEmpty else { return false }
        let keys = ConfigurationCatalogue.keys.filter { $0.name.hasPrefix(section + ".") }
        return keys.contains { $0.defaultValue.isNull } && keys.filter { !$0.defaultValue.isNull }.count <= 1
    }

    private static func written(_ key: ConfigurationKey) -> String {
        let value = key.defaultValue
        if let shown = key.shownDefault { return shown }
        if !key.example.isEmpty { return key.example }
        switch value {
        case .string(let text): return isPlain(text) ? text : "'\(text)'"
        case .array(let values): return "[\(values.map(\.plain).joined(separator: ", "))]"
        default: return value.plain
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9_.\/-]+/) != nil
    }

    private static func comment(_ text: String, _ indent: String) -> [String] {
        var lines: [String] = []
        var line = indent + "#"
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > width {
                lines.append(line)
                line = indent + "#"
            }
            line += " " + word
        }
        return lines + [line]
    }
}
