import Foundation
import PixelCleaning

/// A configuration as it was read: its values, where each came from, and everything that is wrong with it.
public struct ConfigurationReading: Sendable {
    public private(set) var configuration = GatewayConfiguration()
    /// What was said, by key; keys that nobody mentioned are not in it.
    public private(set) var entries: [String: ConfigurationEntry] = [:]
    public private(set) var problems: [ConfigurationProblem] = []
    /// What works, but should be put right.
    public private(set) var warnings: [String] = []

    /// Reads layers over one another, the last one first in rank.
    ///
    /// - Parameters:
    ///   - folder: files that are named without a path lie beside the configuration file, here.
    ///   - credentials: the directory of credentials that the service manager gave, if it gave any.
    init(
        _ layers: [ConfigurationLayer], topics: [ConfigurationTopic] = ConfigurationTopic.all, folder: String,
        credentials: String?
    ) {
        for layer in layers {
            problems += layer.problems
            warnings += layer.warnings
            entries.merge(layer.entries) { $1 }
        }
        for key in topics.flatMap(\.keys) {
            guard let entry = entries[key.name] else { continue }
            take(key, entry, credentials: credentials)
        }
        configuration.resolveFiles(beside: folder, &problems)
        if problems.isEmpty {
            for rule in topics.flatMap(\.rules) {
                guard let (key, remedy) = rule(configuration) else { continue }
                problems.append(
                    ConfigurationProblem(
                        key, "does not fit the other keys", remedy: remedy, at: entries[key]?.origin))
            }
        }
    }

    /// Throws everything that is wrong, at once.
    public func checked() throws(ConfigurationError) -> GatewayConfiguration {
        if !problems.isEmpty { throw ConfigurationError(problems: problems) }
        return configuration
    }

    public func origin(of key: ConfigurationKey) -> ConfigurationOrigin { entries[key.name]?.origin ?? .builtIn }

    /// The value as people may see it: of a file its name, as it was written.
    public func shown(_ key: ConfigurationKey) -> JSONValue {
        if key.kind == .file, let text = entries[key.name]?.texts.first, !text.isEmpty { return .string(text) }
        return key.value(configuration)
    }

    private mutating func take(_ key: ConfigurationKey, _ entry: ConfigurationEntry, credentials: String?) {
        var texts = entry.texts
        if key.isList, !entry.isList {
            texts = texts.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        if key.isList { texts = texts.filter { !$0.isEmpty } }
        if key.kind == .file {
            if texts[0].contains("-----BEGIN") {
                return refuse(
                    key, nil, entry, "holds a secret itself, which belongs in a file of its own",
                    remedy: "name that file")
            }
            if texts[0].hasPrefix("credential:") {
                guard let credentials else {
                    return refuse(
                        key, texts[0], entry, "cannot be had: the service manager gave no credentials",
                        remedy: "see LoadCredential= of systemd")
                }
                texts = [credentials + "/" + texts[0].dropFirst("credential:".count)]
            }
        }
        let before = configuration
        guard key.put(texts, &configuration) else {
            configuration = before
            let written = entry.texts.joined(separator: ", ")
            let remedy =
                key.defaultValue.isNull || key.shownDefault != nil
                ? "put it right or leave it out" : "left out it is \(key.defaultValue.plain)"
            return refuse(key, written, entry, "is not \(key.wordsForProblem)", remedy: remedy)
        }
    }

    private mutating func refuse(
        _ key: ConfigurationKey, _ value: String?, _ entry: ConfigurationEntry, _ message: String, remedy: String
    ) {
        let short = value.map { $0.count > 80 ? $0.prefix(80) + "…" : $0 }
        problems.append(
            ConfigurationProblem(
                key.name, value: short, message, allowed: key.allowed, remedy: remedy, at: entry.origin))
    }
}

extension ConfigurationKey {
    /// "is not …": within a range, one of some words, or in a form.
    fileprivate var wordsForProblem: String {
        switch kind {
        case .whole, .number: "within \(allowed)"
        case .list: "right: \(allowed)"
        default: allowed
        }
    }
}

extension JSONValue {
    /// In one line, for people.
    var plain: String {
        switch self {
        case .null: "-"
        case .bool(let value): "\(value)"
        case .number(let value): ConfigurationKey.brief(value)
        case .string(let value): value
        case .array(let values): values.isEmpty ? "none" : values.map(\.plain).joined(separator: ", ")
        case .object(let members): members.sorted { $0.key < $1.key }.map { "\($0)=\($1.plain)" }.joined(separator: " ")
        }
    }
}
