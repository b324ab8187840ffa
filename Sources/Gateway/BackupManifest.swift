import Durability
import Foundation

/// What a backup says of itself: `backup.json`, written last, so that its presence means that the backup is whole.
public struct BackupManifest: Sendable, Codable, Hashable {
    /// Today's layout of a backup.
    static let currentFormat = 1

    /// The layout; a higher one than ``currentFormat`` is refused.
    public var format = BackupManifest.currentFormat
    /// 32 random hexadecimal digits; the journal names the backup by it.
    public var id: String
    /// Version of the gateway that made it.
    public var version: String
    /// When the copy of the database was made: milliseconds since 1970-01-01 UTC.
    public var madeAt: Int64
    /// Whether sealed files are second names of the originals, and are not in the list of digests.
    public var isLinked: Bool
    /// Sealed files, and their bytes.
    public var files: Int
    public var bytes: Int
    /// Entries of the journal, and the key that signs it.
    public var journalEntries: UInt64
    public var journalKey: String
    /// Key ids of the role keys that open the studies of this backup; an escrow must have them.
    public var roleKeys: [String]

    static func path(in backup: String) -> String { backup + "/backup.json" }

    /// Reads the manifest of a backup. Throws `incomplete` and `newer`.
    public static func read(_ backup: String) throws -> BackupManifest {
        struct Format: Decodable { let format: Int }
        guard let bytes = FileManager.default.contents(atPath: path(in: backup)),
            let format = try? JSONDecoder().decode(Format.self, from: bytes).format
        else { throw BackupError.incomplete }
        // Looked at alone: what a later version writes may not be readable here.
        guard format <= currentFormat else { throw BackupError.newer }
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: bytes) else {
            throw BackupError.incomplete
        }
        return manifest
    }

    func write(to backup: String, disk: any Disk) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try DurableFile.write(
            Array(try encoder.encode(self)) + [0x0A], to: Self.path(in: backup), disk: disk)
    }

    /// For people and machines.
    public var summary: JSONValue {
        .object([
            "id": .string(id), "version": .string(version), "at": .number(madeAt), "linked": .bool(isLinked),
            "files": .number(files), "bytes": .number(bytes), "journalEntries": .number(journalEntries),
            "journalKey": .string(journalKey), "roleKeys": .array(roleKeys.map { .string($0) }),
        ])
    }
}
