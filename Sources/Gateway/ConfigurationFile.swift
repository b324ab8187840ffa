import Foundation
import Yams

extension ConfigurationLayer {
    /// Largest configuration file, in bytes; the example has some twenty thousand.
    static let fileLimit = 1 << 20

    /// Reads the file at `path`; one that cannot be read at all is a problem like any other.
    init(file path: String, keys: [ConfigurationKey]) {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.fileLimit,
            let text = String(data: data, encoding: .utf8)
        else {
            self.init()
            problems = [ConfigurationProblem("the file cannot be read: \(path)")]
            return
        }
        self.init(yaml: text, path: path, keys: keys)
    }

    /// Takes a file apart: known keys become entries, anything else a problem with its line. `path` names it for people.
    init(yaml text: String, path: String, keys: [ConfigurationKey]) {
        self.init()
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            let reader = YAMLReader(path: path, keys: keys)
            reader.walk(root, "", &self)
        } catch let error as YamlError {
            problems.append(ConfigurationProblem("\(path) is not YAML: \(Self.words(error))"))
        } catch {
            problems.append(ConfigurationProblem("\(path) is not YAML"))
        }
    }

    /// Without the lines of the file itself, which some errors repeat.
    private static func words(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let names, let context):
            "line \(context.mark.line): twice there: \(names.joined(separator: ", "))"
        default: "it cannot be read"
        }
    }
}

/// Walks through a document, and knows what may stand where.
private struct YAMLReader {
    let path: String
    private let byName: [String: ConfigurationKey]
    private let sections: Set<String>

    init(path: String, keys: [ConfigurationKey]) {
        self.path = path
        var byName: [String: ConfigurationKey] = [:]
        var sections: Set<String> = []
        for key in keys {
            for name in key.formerNames + [key.name] {
                byName[name] = key
                var words = name.split(separator: ".").dropLast()
                while !words.isEmpty {
                    sections.insert(words.joined(separator: "."))
                    words = words.dropLast()
                }
            }
        }
        self.byName = byName
        self.sections = sections
    }

    func walk(_ node: Node, _ name: String, _ layer: inout ConfigurationLayer) {
        let origin = ConfigurationOrigin.file(path, line: node.mark?.line ?? 0)
        switch node {
        case .scalar(let scalar):
            // A section of which every line is a comment, or a key with nothing behind it: nothing is said.
            let isEmpty = scalar.string.isEmpty && scalar.style == .plain
            if isEmpty || (scalar.style == .plain && ["~", "null"].contains(scalar.string)) {
                if byName[name] == nil, !sections.contains(name) { unknown(name, at: origin, &layer) }
                return
            }
            guard let key = byName[name] else { return unknown(name, at: origin, &layer) }
            layer.add(ConfigurationEntry(scalar.string, from: origin), for: key, called: name)
        case .sequence(let sequence):
            guard let key = byName[name] else { return unknown(name, at: origin, &layer) }
            let texts = sequence.compactMap { $0.scalar?.string }
            guard key.isList, texts.count == sequence.count else {
                layer.problems.append(
                    ConfigurationProblem(
                        name, "is a list where one value is wanted", allowed: key.allowed,
                        remedy: "write \(key.allowed)",
                        at: origin))
                return
            }
            layer.add(ConfigurationEntry(list: texts, from: origin), for: key, called: name)
        case .mapping(let mapping):
            if !name.isEmpty, !sections.contains(name) { return unknown(name, at: origin, &layer) }
            for (inner, value) in mapping {
                let word = inner.scalar?.string ?? "?"
                walk(value, name.isEmpty ? word : "\(name).\(word)", &layer)
            }
        case .alias:
            layer.problems.append(ConfigurationProblem(name, "is an alias that nothing stands for", at: origin))
        }
    }

    private func unknown(_ name: String, at origin: ConfigurationOrigin, _ layer: inout ConfigurationLayer) {
        // What somebody wrote in a wrong place may be anything: not more than a name of it is repeated.
        let shown = String(name.prefix(60))
        if sections.contains(name) {
            layer.problems.append(
                ConfigurationProblem(
                    shown, "is a section: its keys stand below it, indented", remedy: "see Config/gateway.yaml",
                    at: origin))
            return
        }
        let near = ConfigurationCatalogue.nearest(to: name, among: byName.keys.sorted() + sections.sorted())
        layer.problems.append(
            ConfigurationProblem(
                shown, "is no key", remedy: near.map { "did you mean \($0)?" } ?? "see Config/gateway.yaml", at: origin)
        )
    }
}
