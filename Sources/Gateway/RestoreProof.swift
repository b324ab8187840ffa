import Durability
import Foundation
import Journal
import Sealing

/// The keys that a restore finds, against those that a backup wants.
enum RestoreKeys {
    /// Throws `keys` if there are none, and `otherKeys` if the journal was signed with another one.
    static func ring(_ directory: DataDirectory, for manifest: BackupManifest) throws -> KeyRing {
        guard KeyRing.exists(in: directory.keys) else {
            throw GatewayError.keys(
                "there are no keys in the data directory; first bring the escrow: cxrgate keys escrow open FILE")
        }
        try KeyRing.heal(in: directory.keys)
        let ring = try KeyRing.load(in: directory.keys)
        guard ring.journalVerifyingKey.hexadecimal == manifest.journalKey else { throw BackupError.otherKeys }
        return ring
    }

    /// Opens one study's key for every role key that the database names. Throws `otherKeys`.
    static func open(one store: Store, _ ring: KeyRing) throws {
        let studies = try store.read { transaction in
            try transaction.rows("SELECT min(study) AS study, class FROM study_key GROUP BY class, recipient")
        }
        for row in studies {
            guard let study = row.text("study").flatMap({ StudyID($0) }),
                let keyClass = row.text("class").flatMap(StudyKeyClass.init),
                let record = try StudyRows.keys(of: study, in: store)
            else { continue }
            let role: Role = keyClass == .image ? .analysis : .filing
            do {
                _ = try ring.secrets(for: role).open(record, class: keyClass)
            } catch {
                throw BackupError.otherKeys
            }
        }
    }
}

/// Certificates of shredded studies that were kept outside of the backup.
enum ShredCertificates {
    /// The files of a folder as they are, each certificate with its signature. Throws `forgedCertificate`.
    static func signed(in folder: String, disk: any Disk) throws -> [(name: String, bytes: [UInt8])] {
        var found: [(name: String, bytes: [UInt8])] = []
        for name in try disk.list(folder) where name.hasSuffix(".json") {
            let study = name.dropLast(".json".count)
            let bytes = try disk.read("\(folder)/\(name)")
            let certificate = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
            guard StudyID(study) != nil, let key = certificate?["signedWith"].text,
                certificate?["study"].text == String(study)
            else { throw BackupError.forgedCertificate }
            let signature = try disk.read("\(folder)/\(study).sig")
            guard try VerifyingKey(hexadecimal: key).isValid(signature, for: bytes) else {
                throw BackupError.forgedCertificate
            }
            found += [("\(study).sig", signature), (name, bytes)]
        }
        return found
    }
}

/// What shows that a restored installation works: its journal verifies, nothing that it needs is missing, and the last
/// image can be opened. The same code heals, shreds and journals as at any other start.
struct RestoreProof: Sendable {
    let configuration: GatewayConfiguration
    let source: String
    let manifest: BackupManifest
    let disk: any Disk

    func run() throws -> JSONValue {
        try Door.alone(configuration) { administration in
            let directory = administration.directory
            let (needed, states, last) = try administration.store.read { transaction in
                (
                    try SealedFileList.needed(in: transaction),
                    try transaction.rows("SELECT state, count(*) AS n FROM instance GROUP BY state"),
                    try transaction.row(
                        """
                        SELECT id FROM instance WHERE path <> '' AND sealed_for = 'image' AND study IN
                            (SELECT study FROM study_key WHERE class = 'image') ORDER BY received_at DESC LIMIT 1
                        """)?.text("id")
                )
            }
            let missing = needed.filter { !FileManager.default.fileExists(atPath: directory.file($0)) }
            guard missing.isEmpty else { throw BackupError.damaged(files: missing.count) }
            if let last {
                try administration.note(
                    administration.event(
                        .open, actor: Door.user(), subject: last, details: ["for": "proof of a restore"]))
                _ = try InstanceStation.open(last, configuration: configuration)
            }
            let exported = try CheckpointFile.read(
                String(decoding: disk.read(source + "/journal/checkpoint.note"), as: UTF8.self))
            let journal = try JournalVerifier.verify(
                directory: directory.journal, key: administration.verifyingKey, against: exported, isLive: true)
            return manifest.summary
                .with("missing", .number(missing.count)).with("opened", .number(last == nil ? 0 : 1))
                .with("journalEntries", .number(journal.entries)).with("journalVerified", .bool(true))
                .with(
                    "instances",
                    .object(
                        Dictionary(
                            uniqueKeysWithValues: states.compactMap { row in
                                row.text("state").map { ($0, JSONValue.optional(row.integer("n"))) }
                            })))
        }
    }
}
