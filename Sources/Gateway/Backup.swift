import Durability
import Foundation
import Journal
import Sealing

/// Copies an installation while it works, so that the copy is the installation as it was at one moment.
///
/// 1. the journal learns that a backup is about to be made;
/// 2. the database is copied: that is the moment;
/// 3. the sealed files that the copy names are copied. They never change, but one may go meanwhile because its time was
///    over or another took its place: then 2 is done again, and only what is new is copied;
/// 4. the journal is copied up to the last checkpoint that the copy of the database covers; what it owes beyond that
///    lies in the copy's outbox, and the restored gateway appends it;
/// 5. the certificates of shredded studies and the configuration are copied, the digests are written, everything is
///    made durable, and last of all the manifest is written;
/// 6. the journal learns the digest of the list of digests: a backup can be held against the journal.
///
/// Keys are not in it: who has a backup alone can open nothing. They go to escrow (`cxrgate keys escrow`).
public struct Backup: Sendable {
    let configuration: GatewayConfiguration
    let target: String
    let isLinking: Bool
    let disk: any Disk
    let clock: GatewayClock
    /// Told how many files have been copied, and of how many.
    let progress: @Sendable (Int, Int) -> Void

    /// Copies of the database before it gives up: each further one has only the files of the last seconds to copy.
    private static let rounds = 20

    /// - Parameters:
    ///   - target: a directory that is made, or is empty.
    ///   - isLinking: second names instead of copies where target and data lie on one file system: fast, and no
    ///     protection from that disk's death.
    public init(
        _ configuration: GatewayConfiguration, to target: String, isLinking: Bool = false,
        disk: any Disk = RealDisk(), clock: GatewayClock = .system,
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        self.target = target
        self.isLinking = isLinking
        self.disk = disk
        self.clock = clock
        self.progress = progress
    }

    /// Makes the backup. Throws ``BackupError``, and what the disk throws; what is left then has no manifest.
    public func make() throws -> JSONValue {
        let directory = DataDirectory(configuration.dataDirectory)
        try DecommissionMark.check(directory)
        guard FileManager.default.fileExists(atPath: directory.database) else {
            throw GatewayError.notFound("database in the data directory; nothing was ever received here")
        }
        try disk.makeDirectory(target)
        guard try disk.list(target).isEmpty else { throw BackupError.targetInUse }
        let id = Identifier.random()
        _ = try ask(AdministrationRequest("backup begin", ["id": id]))
        var files = BackupFiles(target: target, disk: disk)
        let madeAt = try copySealedFiles(directory, &files)
        let (sequence, roleKeys) = try facts()
        let checkpoint = try JournalExport.write(
            directory: directory.journal, to: target + "/journal", through: sequence, disk: disk)
        // Files of models are named by their hash and never change; one that came after the database is only too much.
        let plain = try ["shredded", "models"].flatMap { folder in
            try BackupFiles.below(folder, in: directory.path, disk: disk)
        }.filter { !$0.hasPrefix("models/incoming") }
        for name in plain { try files.take(name, from: directory.path) }
        let sealedFiles = files.present.filter { !plain.contains($0.key) }
        for name in try ["gateway.sqlite"] + BackupFiles.below("journal", in: target, disk: disk) {
            try files.note(name)
        }
        let digest = try files.writeSums()
        WholeFiles.sync()
        let manifest = BackupManifest(
            id: id, version: Product.version, madeAt: madeAt, isLinked: isLinking, files: sealedFiles.count,
            bytes: sealedFiles.values.reduce(0, +), journalEntries: checkpoint.size,
            journalKey: try JournalReader(directory: target + "/journal/journal", disk: disk).keyInForce()?
                .hexadecimal ?? "", roleKeys: roleKeys)
        try manifest.write(to: target, disk: disk)
        let answer = try ask(
            AdministrationRequest(
                "backup end",
                ["id": id, "digest": digest, "files": "\(manifest.files)", "keys": roleKeys.joined(separator: ",")]))
        return manifest.summary.with("digest", .string(digest)).with("escrowed", answer["escrowed"])
    }

    private func ask(_ request: AdministrationRequest) throws -> JSONValue {
        try Door.perform(request, configuration: configuration).get()
    }

    /// Steps 2 and 3. Returns when the copy of the database was made.
    private func copySealedFiles(_ directory: DataDirectory, _ files: inout BackupFiles) throws -> Int64 {
        let database = target + "/gateway.sqlite"
        for _ in 0..<Self.rounds {
            let madeAt = clock.milliseconds()
            let copy = try DatabaseCopy.make(of: directory.database, at: database, disk: disk)
            let (all, needed) = try copy.read { transaction in
                (try SealedFileList.all(in: transaction), Set(try SealedFileList.needed(in: transaction)))
            }
            try copy.settle()
            if try copyAll(all, needed: needed, from: directory, &files) {
                let wanted = Set(all)
                for path in files.present.keys where !wanted.contains(path) { try files.drop(path) }
                return madeAt
            }
            try disk.unlink(database)
        }
        throw BackupError.restless
    }

    /// Returns whether everything that is needed was there.
    private func copyAll(
        _ paths: [String], needed: Set<String>, from directory: DataDirectory, _ files: inout BackupFiles
    ) throws -> Bool {
        var isWhole = true
        for (number, path) in paths.enumerated() {
            do {
                try files.take(path, from: directory.path, linking: isLinking)
            } catch let error as DiskError where error.isMissing {
                if needed.contains(path) { isWhole = false }
            }
            progress(number + 1, paths.count)
        }
        return isWhole
    }

    /// What the copy of the database says: how far its outbox had come, and the keys to which its studies are sealed.
    private func facts() throws -> (sequence: UInt64, roleKeys: [String]) {
        let copy = try DatabaseCopy(path: target + "/gateway.sqlite")
        let facts = try copy.read { transaction in
            (
                sequence: UInt64(
                    try transaction.row("SELECT seq FROM sqlite_sequence WHERE name = 'journal_outbox'")?
                        .integer("seq") ?? 0),
                roleKeys: try transaction.rows("SELECT DISTINCT recipient FROM study_key ORDER BY recipient")
                    .compactMap { $0.text("recipient") }
            )
        }
        try copy.settle()
        return facts
    }
}
