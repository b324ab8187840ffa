/// Keys that belong together, and what must hold between them.
///
/// A new key is a line in a topic; a new topic is a file `ConfigurationTopic+Name.swift` and its name in ``all``.
public struct ConfigurationTopic: Sendable {
    /// What must hold between keys: the key to name and the remedy, or `nil` if all is well.
    typealias Rule = @Sendable (GatewayConfiguration) -> (key: String, remedy: String)?

    public let keys: [ConfigurationKey]
    /// What the example says above a section, by the section's name: `dicom.tls`.
    let notes: [String: String]
    let rules: [Rule]

    init(notes: [String: String] = [:], rules: [Rule] = [], _ keys: [ConfigurationKey]) {
        self.keys = keys
        self.notes = notes
        self.rules = rules
    }

    /// Every topic, in the order of the example file.
    static let all: [ConfigurationTopic] = [
        general, reception, tls, delivery, study, results, eligibility, modelGates, deidentification, roles, retention,
        administration, disk, journal, audit, watch, canary, models,
    ]
}

/// All keys, and who is meant by a name that is none.
public enum ConfigurationCatalogue {
    public static let keys = ConfigurationTopic.all.flatMap(\.keys)

    public static func key(named name: String) -> ConfigurationKey? { byName[name] }

    private static let byName = Dictionary(keys.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The name nearest to `name`, if it is near enough to be meant: the same last word in another section, or a few
    /// letters away.
    static func nearest(to name: String, among names: [String]) -> String? {
        let last = name.split(separator: ".").last
        let byWord = names.filter { $0.split(separator: ".").last == last }
        if byWord.count == 1 { return byWord.first }
        let best = (byWord.isEmpty ? names : byWord).map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
        guard let best, !byWord.isEmpty || best.1 <= max(2, name.count / 4) else { return nil }
        return best.0
    }

    /// Letters to put in, take out or exchange (Levenshtein).
    static func distance(_ one: String, _ other: String) -> Int {
        let one = Array(one.utf8)
        let other = Array(other.utf8)
        var row = Array(0...other.count)
        for (line, letter) in one.enumerated() {
            var previous = row[0]
            row[0] = line + 1
            for column in other.indices {
                let kept = previous + (letter == other[column] ? 0 : 1)
                previous = row[column + 1]
                row[column + 1] = min(kept, previous + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
