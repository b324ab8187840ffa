import Durability
import Foundation
import Journal
import Passage
import Sealing
import WorkQueue

/// Makes a study unreadable for good, by destroying its keys, and proves it with a signed certificate.
///
/// 1. One transaction: the study's key rows go, what was sealed inside rows goes, its jobs end, its instances are
///    `shredded`, the journal says so.
/// 2. The write-ahead log is emptied into the database, where deleted rows are overwritten (`secure_delete`).
/// 3. The sealed files are unlinked.
/// 4. The certificate and its signature are written. Its presence is the list of what was shredded: a database that was
///    restored from before is held against it at the next start.
///
/// What is cut short behind 1 goes on at the next start.
struct Shredder: Sendable {
    let directory: DataDirectory
    let store: Store
    let committer: Committer
    let disk: any Disk
    let clock: GatewayClock

    /// Tries to empty the write-ahead log, and the pause between them in seconds: readers are there for milliseconds.
    private static let tries = 100
    private static let pause = 0.05

    /// What a certificate cannot promise.
    static let limits = [
        "backups and snapshots of the database and of the keys that were made before hold the study's keys still",
        "results that were sent to a PACS, and originals there and at the modality, are not touched",
        "a drive may keep earlier content of a block where no program reaches it (wear levelling, snapshots)",
        "what a role held in memory at that moment ends with its job",
    ]

    /// Throws `refused` while the study is under legal hold. Returns the certificate.
    func shred(_ study: StudyID, actor: String, approvedBy: String, reason: String) throws -> JSONValue {
        let now = clock.milliseconds()
        let note = JournalEvent(
            kind: .delete, at: now, actor: "administrator:\(actor)", study: "\(study)",
            details: ["what": "shred", "approvedBy": approvedBy, "reason": reason])
        try destroy(study, now: now, note: note)
        return try complete(study, requestedBy: actor, approvedBy: approvedBy)
    }

    /// Goes on with what was cut short, and destroys what a restored database brought back.
    func recover() throws {
        for study in try listed() {
            let isBack = try store.read { transaction in
                try transaction.row(
                    """
                    SELECT 1 FROM study WHERE id = ?1 AND (shredded_at IS NULL
                        OR EXISTS (SELECT 1 FROM study_key WHERE study = ?1))
                    """, .text("\(study)")) != nil
            }
            guard isBack else { continue }
            let now = clock.milliseconds()
            let note = JournalEvent(
                kind: .delete, at: now, actor: "supervisor", study: "\(study)",
                details: ["what": "shred", "why": "it is on the list of shredded studies"])
            // A hold that a restored database brought back was cleared before the study was shredded.
            try destroy(study, now: now, note: note, overridingHold: true)
            try makeUnreadable(study)
        }
        let known = Set(try listed())
        let begun = try store.read { transaction in
            try transaction.rows("SELECT id FROM study WHERE shredded_at IS NOT NULL")
        }.compactMap { $0.text("id").flatMap { StudyID($0) } }
        for study in begun where !known.contains(study) {
            _ = try complete(study, requestedBy: "unknown", approvedBy: "unknown")
        }
    }

    private func listed() throws -> [StudyID] {
        try disk.list(directory.shredded).compactMap { name in
            name.hasSuffix(".json") ? StudyID(name.dropLast(".json".count)) : nil
        }
    }

    /// Step 1.
    private func destroy(_ study: StudyID, now: Int64, note: JournalEvent, overridingHold: Bool = false) throws {
        let id = "\(study)"
        try committer.commit { transaction in
            guard try transaction.row("SELECT 1 FROM study WHERE id = ?", .text(id)) != nil else {
                throw GatewayError.notFound("study of this name")
            }
            if overridingHold { try transaction.execute("DELETE FROM legal_hold WHERE study = ?", .text(id)) }
            guard try transaction.row("SELECT 1 FROM legal_hold WHERE study = ?", .text(id)) == nil else {
                throw GatewayError.refused("the study is under legal hold; see `cxrgate hold list`")
            }
            try Self.forget(id, now: now, in: transaction)
            try Ledger.count("studies shredded", in: transaction)
            try transaction.owe(note)
        }
    }

    /// What a study loses in one transaction: its keys, what was sealed inside rows, its names, its jobs. Whoever calls
    /// owes the journal an entry.
    static func forget(_ id: String, now: Int64, in transaction: borrowing Transaction) throws {
        try StudyRows.destroyKeys(of: id, in: transaction)
        try transaction.execute("UPDATE study SET shredded_at = ? WHERE id = ?", .integer(now), .text(id))
        try transaction.execute("UPDATE instance SET identity = x'' WHERE study = ?", .text(id))
        try transaction.execute("DELETE FROM study_name WHERE study = ?", .text(id))
        try FeedbackBook.forget(study: id, in: transaction)
        try ShadowRow.forget(id, in: transaction)
        try StudyRows.endJobs(of: id, why: "shredded", now: now, in: transaction)
        for row in try transaction.rows("SELECT id FROM instance WHERE study = ?", .text(id)) {
            guard let instance = row.text("id") else { continue }
            try Ledger.move(instance, to: .shredded, now: now, in: transaction)
        }
    }

    /// Step 2.
    func emptyLog() throws {
        var isEmpty = false
        for _ in 0..<Self.tries where !isEmpty {
            isEmpty = try store.truncateLog()
            if !isEmpty { Thread.sleep(forTimeInterval: Self.pause) }
        }
        guard isEmpty else { throw DurabilityError.busy }
    }

    /// Steps 2 and 3.
    private func makeUnreadable(_ study: StudyID) throws {
        try emptyLog()
        let id = "\(study)"
        let paths = try store.read { transaction in try StudyRows.files(of: id, in: transaction) }
        for path in paths {
            do throws(DiskError) {
                try disk.unlink(directory.file(path))
            } catch {
                // Already gone is what is wanted.
                guard error.isMissing else { throw error }
            }
        }
        try store.write { transaction in try StudyRows.forgetFiles(of: id, in: transaction) }
    }

    /// Steps 2 to 4.
    private func complete(_ study: StudyID, requestedBy: String, approvedBy: String) throws -> JSONValue {
        try makeUnreadable(study)
        let certificate = try certificate(study, requestedBy: requestedBy, approvedBy: approvedBy)
        let bytes = Array(try JSONEncoder.sorted.encode(certificate))
        guard let key = try KeyRing.load(in: directory.keys, roles: [.supervisor]).secrets(for: .supervisor).journalKey
        else { throw GatewayError.keys("the journal's key is not there") }
        // The signature first: a certificate that lies there is signed.
        try DurableFile.write(
            key.sign(bytes), to: "\(directory.shredded)/\(study).sig", disk: disk, replacing: true)
        try DurableFile.write(bytes, to: "\(directory.shredded)/\(study).json", disk: disk, replacing: true)
        return certificate
    }

    private func certificate(_ study: StudyID, requestedBy: String, approvedBy: String) throws -> JSONValue {
        let ring = try KeyRing.load(in: directory.keys, roles: [])
        let (shreddedAt, instances) = try store.read { transaction in
            (
                try transaction.row("SELECT shredded_at FROM study WHERE id = ?", .text("\(study)"))?
                    .integer("shredded_at"),
                try transaction.row("SELECT count(*) AS n FROM instance WHERE study = ?", .text("\(study)"))?
                    .integer("n")
            )
        }
        return .object([
            "certificate": .string("cxrgate shred certificate, version 1"), "study": .string("\(study)"),
            "shreddedAt": .optional(shreddedAt), "certifiedAt": .number(clock.milliseconds()),
            "instances": .optional(instances), "requestedBy": .string(requestedBy),
            "approvedBy": .string(approvedBy), "signedWith": .string(ring.journalVerifyingKey.hexadecimal),
            "statement": .string(
                "The private keys of this study were destroyed. Nothing that lies in this installation opens what was "
                    + "sealed for it."),
            "limits": .array(Self.limits.map { .string($0) }),
        ])
    }
}
