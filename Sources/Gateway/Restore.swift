import Durability
import Foundation
import Journal
import Sealing

/// Brings a backup into a data directory that has keys and nothing else, and proves that it works.
///
/// The database comes last, under another name until everything that it speaks of is durable: a restore that is cut short
/// leaves a mark, with which nothing starts, and the same command goes on.
public struct Restore: Sendable {
    let configuration: GatewayConfiguration
    let source: String
    let shredded: String?
    let disk: any Disk
    let clock: GatewayClock

    /// - Parameters:
    ///   - source: the backup.
    ///   - shredded: certificates of studies that were shredded after the backup was made: they are shredded again.
    public init(
        _ configuration: GatewayConfiguration, from source: String, shredded: String? = nil,
        disk: any Disk = RealDisk(), clock: GatewayClock = .system
    ) {
        self.configuration = configuration
        self.source = source
        self.shredded = shredded
        self.disk = disk
        self.clock = clock
    }

    /// Throws ``BackupError``, and what the disk, the keys or the journal throw.
    public func perform() throws -> JSONValue {
        let manifest = try BackupManifest.read(source)
        let directory = DataDirectory(configuration.dataDirectory)
        try directory.create()
        try bring(manifest, into: directory)
        return try RestoreProof(configuration: configuration, source: source, manifest: manifest, disk: disk).run()
    }

    private func bring(_ manifest: BackupManifest, into directory: DataDirectory) throws {
        let lock = try DataDirectoryLock(directory)
        defer { withExtendedLifetime(lock) {} }
        guard try isEmpty(directory) else { throw BackupError.directoryInUse }
        let damaged = try BackupFiles.damaged(in: source, disk: disk)
        guard damaged == 0 else { throw BackupError.damaged(files: damaged) }
        let certificates = try shredded.map { try ShredCertificates.signed(in: $0, disk: disk) } ?? []
        let ring = try RestoreKeys.ring(directory, for: manifest)
        let exported = try CheckpointFile.read(
            String(decoding: disk.read(source + "/journal/checkpoint.note"), as: UTF8.self))
        _ = try JournalVerifier.verify(
            directory: source + "/journal/journal", key: ring.journalVerifyingKey, against: exported, disk: disk)

        try DurableFile.write(
            Array(manifest.id.utf8), to: RestoreMark.path(in: directory), disk: disk, replacing: true)
        try clear(directory)
        let database = "gateway.sqlite.restoring"
        var files = BackupFiles(target: directory.path, disk: disk)
        _ = try WholeFiles.copy(source + "/gateway.sqlite", to: directory.file(database), disk: disk) { _ in }
        do {
            try check(directory.file(database), ring)
        } catch {
            try clear(directory)
            try RestoreMark.remove(from: directory, disk: disk)
            throw error
        }
        try copySealedFiles(directory.file(database), &files)
        for folder in ["shredded", "models"] {
            for name in try BackupFiles.below(folder, in: source, disk: disk) {
                try files.take(name, from: source, linking: false)
            }
        }
        for (name, bytes) in certificates {
            try DurableFile.write(bytes, to: "\(directory.shredded)/\(name)", disk: disk, replacing: true)
        }
        for name in try disk.list(source + "/journal/journal") {
            _ = try WholeFiles.copy(
                "\(source)/journal/journal/\(name)", to: "\(directory.journal)/\(name)", disk: disk
            ) { _ in }
        }
        try oweNote(manifest, directory.file(database))
        WholeFiles.sync()
        try disk.rename(directory.file(database), to: directory.database)
        try disk.syncDirectory(directory.path)
        try RestoreMark.remove(from: directory, disk: disk)
    }

    /// What a restore brings, beside the database.
    private static let folders = ["instances", "outbox", "journal", "shredded", "models"]

    /// The data of no gateway, or of a restore that was cut short.
    private func isEmpty(_ directory: DataDirectory) throws -> Bool {
        let names = try disk.list(directory.path)
        // Nothing has worked here since: what lies here is what the restore brought.
        if names.contains(RestoreMark.name) { return true }
        if names.contains("gateway.sqlite") { return false }
        return try Self.folders.allSatisfy {
            try BackupFiles.below($0, in: directory.path, disk: disk).isEmpty
        }
    }

    private func clear(_ directory: DataDirectory) throws {
        for folder in Self.folders {
            for file in try BackupFiles.below(folder, in: directory.path, disk: disk) {
                try disk.unlink(directory.file(file))
            }
        }
        for name in try disk.list(directory.path) where name.hasPrefix("gateway.sqlite") {
            try disk.unlink(directory.file(name))
        }
    }

    /// This version knows the database, and the keys that are there open its studies.
    private func check(_ database: String, _ ring: KeyRing) throws {
        let copy = try DatabaseCopy(path: database)
        guard try !copy.isNewer() else { throw DurabilityError.newerSchema }
        // From here on it is today's.
        let store = try Store(path: database)
        try RestoreKeys.open(one: store, ring)
    }

    private func copySealedFiles(_ database: String, _ files: inout BackupFiles) throws {
        let (all, needed) = try Store(path: database).read { transaction in
            (try SealedFileList.all(in: transaction), Set(try SealedFileList.needed(in: transaction)))
        }
        var missing = 0
        for path in all {
            do {
                try files.take(path, from: source)
            } catch let error as DiskError where error.isMissing {
                if needed.contains(path) { missing += 1 }
            }
        }
        guard missing == 0 else { throw BackupError.damaged(files: missing) }
    }

    /// The journal will say that what follows comes from a backup; the entry is in the database from its first moment on.
    private func oweNote(_ manifest: BackupManifest, _ database: String) throws {
        let event = JournalEvent(
            kind: .heal, at: clock.milliseconds(), actor: "administrator:\(Door.user())", subject: manifest.id,
            details: [
                "what": "restored from a backup", "madeAt": "\(manifest.madeAt)",
                "journalEntries": "\(manifest.journalEntries)",
            ])
        try Store(path: database).write { transaction in try transaction.owe(event) }
        try DatabaseCopy(path: database).settle()
    }
}

/// The mark of a restore that has not ended: with it nothing works on the data directory.
enum RestoreMark {
    static let name = "restoring"

    static func path(in directory: DataDirectory) -> String { directory.file(name) }

    static func remove(from directory: DataDirectory, disk: any Disk) throws {
        try disk.unlink(path(in: directory))
        try disk.syncDirectory(directory.path)
    }

    /// Throws `halfRestored` if the mark is there.
    static func check(_ directory: DataDirectory) throws(BackupError) {
        guard !FileManager.default.fileExists(atPath: path(in: directory)) else { throw .halfRestored }
    }
}
