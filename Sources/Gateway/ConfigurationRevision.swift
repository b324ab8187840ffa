import Durability
import Foundation

/// A configuration that was applied: what it says in the place of the file, by whom, why, and what became different.
struct ConfigurationRevision: Sendable, Codable, Hashable {
    /// One key that became different.
    struct Change: Sendable, Codable, Hashable {
        let key: String
        let before: JSONValue
        let after: JSONValue
        /// In the running gateway already, or by the next start.
        let isLive: Bool

        var json: JSONValue {
            .object([
                "key": .string(key), "before": before, "after": after, "effect": .string(isLive ? "now" : "next start"),
            ])
        }
    }

    let number: Int
    /// Milliseconds since 1970.
    let at: Int64
    let actor: String
    /// Sealed: free text.
    let reason: String?
    /// `apply`, `rollback to 3`, `automatic rollback`.
    let what: String
    let entries: [String: ConfigurationEntry]
    /// What the file said then: it has the word again when it says something else.
    let fileEntries: [String: ConfigurationEntry]
    let changes: [Change]
}

/// The revisions of a data directory, a file each; which one is in force stands in the database, so that it changes in
/// the transaction that owes the journal its entries.
struct ConfigurationHistory: Sendable {
    private let folder: String
    private let disk: any Disk

    static let fact = "configuration"
    /// Revisions that can be returned to; the journal has every change.
    static let limit = 200

    init(_ directory: DataDirectory, disk: any Disk = RealDisk()) {
        folder = directory.file("configuration")
        self.disk = disk
    }

    /// Durable before it is named in the database; what a crash left unnamed is written over.
    func keep(_ revision: ConfigurationRevision) throws {
        try disk.makeDirectory(folder)
        try DurableFile.write(
            Array(try JSONEncoder.sorted.encode(revision)), to: path(revision.number), disk: disk, replacing: true)
        let old = path(revision.number - Self.limit)
        if FileManager.default.fileExists(atPath: old) { try disk.unlink(old) }
    }

    /// `nil` if there is no such revision, or none any more.
    func revision(_ number: Int) throws -> ConfigurationRevision? {
        guard FileManager.default.fileExists(atPath: path(number)) else { return nil }
        return try JSONDecoder().decode(ConfigurationRevision.self, from: Data(try disk.read(path(number))))
    }

    /// The number of the revision in force; 0 for the file itself.
    static func number(in transaction: borrowing Transaction) throws -> Int {
        try transaction.row("SELECT value FROM fact WHERE name = ?", .text(fact))?.text("value").flatMap { Int($0) }
            ?? 0
    }

    static func adopt(_ number: Int, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", .text(fact), .text("\(number)"))
    }

    private func path(_ number: Int) -> String { "\(folder)/\(number).json" }
}

extension ConfigurationSources {
    /// What holds in a data directory: the revision that was applied there last, unless the file was changed since.
    /// `isFileNewer` says that there was a revision, and that the file has overruled it.
    func reading(in directory: DataDirectory) throws -> (reading: ConfigurationReading, isFileNewer: Bool) {
        guard FileManager.default.fileExists(atPath: directory.database) else { return (reading(), false) }
        let number = try Store(path: directory.database).read { try ConfigurationHistory.number(in: $0) }
        guard number > 0, let revision = try ConfigurationHistory(directory).revision(number) else {
            return (reading(), false)
        }
        guard ConfigurationEntry.say(revision.fileEntries, file.entries) else { return (reading(), true) }
        return (reading(over: ConfigurationLayer(revision)), false)
    }
}

extension ConfigurationEntry {
    /// Whether two places say the same, wherever they say it.
    static func say(_ one: [String: ConfigurationEntry], _ other: [String: ConfigurationEntry]) -> Bool {
        one.mapValues(\.texts) == other.mapValues(\.texts)
    }
}

extension ConfigurationLayer {
    init(_ revision: ConfigurationRevision) {
        self.init()
        entries = revision.entries.mapValues { $0.applied(revision.number) }
    }
}
