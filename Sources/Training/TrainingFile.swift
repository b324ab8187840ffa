import Yams

/// A training configuration as YAML: read with every problem at once, written with every key.
public enum TrainingFile {
    /// Reads keys over the defaults, then `overrides` (`key=value`, lists as `[1, 2]`) over those.
    ///
    /// Throws `TrainingError.badConfiguration` with everything that is wrong: unknown keys, wrong types, values out of
    /// range.
    public static func read(
        _ text: String, overrides: [(key: String, value: String)] = []
    ) throws(TrainingError) -> TrainingConfiguration {
        var problems: [String] = []
        var entries: [(key: String, node: Node)] = []
        func compose(_ text: String, _ name: String) -> Node? {
            do {
                return try Yams.compose(yaml: text)
            } catch {
                problems.append("\(name) is not readable as YAML")
                return nil
            }
        }
        func flatten(_ node: Node, _ path: String) {
            guard case .mapping(let mapping) = node else {
                entries.append((path, node))
                return
            }
            for (key, value) in mapping {
                guard let name = key.scalar?.string else {
                    problems.append("\(path.isEmpty ? "the file" : path): a key is not a word")
                    continue
                }
                flatten(value, path.isEmpty ? name : "\(path).\(name)")
            }
        }
        if let root = compose(text, "the file") {
            if case .mapping = root { flatten(root, "") } else { problems.append("the file has no keys") }
        }
        for override in overrides {
            if let node = compose(override.value, override.key) { entries.append((override.key, node)) }
        }

        var configuration = TrainingConfiguration(dataDirectory: "")
        let settings = Dictionary(TrainingSetting.all.map { ($0.key, $0) }) { first, _ in first }
        for (key, node) in entries {
            guard let setting = settings[key] else {
                problems.append("\(key): there is no such key; cxrgate train --settings lists them")
                continue
            }
            switch node {
            case .scalar(let scalar):
                if let problem = setting.read(.scalar(scalar.string), &configuration) { problems.append(problem) }
            case .sequence(let sequence):
                let texts = sequence.compactMap(\.scalar?.string)
                let problem =
                    texts.count == sequence.count
                    ? setting.read(.list(texts), &configuration) : "\(key): a list of single values is wanted"
                if let problem { problems.append(problem) }
            default: problems.append("\(key): a value or a list of values is wanted")
            }
        }
        guard problems.isEmpty else { throw .badConfiguration(problems: problems) }
        try configuration.check()
        return configuration
    }

    /// Every key with its value. Same configuration, same text.
    public static func text(_ configuration: TrainingConfiguration) -> String {
        var text = ""
        var section = ""
        for setting in TrainingSetting.all {
            let parts = setting.key.split(separator: ".", maxSplits: 1).map(String.init)
            if parts[0] != section {
                section = parts[0]
                text += "\(section):\n"
            }
            text += "  \(parts[1]): \(setting.value(configuration).yaml)\n"
        }
        return text
    }
}
