import DICOMCore
import Durability
import Passage
import Reporting
import WorkQueue

/// A made result: a row of the table `result`, and a sealed object in the outbox.
struct StoredResult: Sendable {
    enum Kind: String, Sendable {
        case report, capture
        /// A rejection note about results of a study.
        case note
        /// Regions on the source image.
        case presentation
        /// The images with a finding.
        case keys

        /// Of one image, or of a study.
        var isOfInstance: Bool { self == .capture || self == .presentation }
    }

    let id: String
    let kind: Kind
    let study: String
    let path: String

    static func find(_ id: String, in transaction: borrowing Transaction) throws(DurabilityError) -> StoredResult? {
        guard let row = try transaction.row("SELECT * FROM result WHERE id = ?", .text(id)),
            let kind = row.text("kind").flatMap(Kind.init), let study = row.text("study"),
            let path = row.text("path")
        else { return nil }
        return StoredResult(id: id, kind: kind, study: study, path: path)
    }

    /// What a sealed outbox file holds: SOP class and instance, then the data set in explicit VR little endian.
    static func encode(sopClass: UID, sopInstance: UID, dataSet: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for uid in [sopClass, sopInstance] {
            bytes.append(UInt8(uid.value.utf8.count))
            bytes += Array(uid.value.utf8)
        }
        return bytes + dataSet
    }

    static func decode(_ bytes: [UInt8]) -> (sopClass: UID, sopInstance: UID, dataSet: [UInt8])? {
        var position = 0
        func uid() -> UID? {
            guard position < bytes.count else { return nil }
            let count = Int(bytes[position])
            guard bytes.count - position > count else { return nil }
            defer { position += 1 + count }
            return UID(String(decoding: bytes[(position + 1)..<(position + 1 + count)], as: UTF8.self))
        }
        guard let sopClass = uid(), let sopInstance = uid() else { return nil }
        return (sopClass, sopInstance, Array(bytes[position...]))
    }
}

/// Where a study stands as a whole.
enum StudyProgress {
    /// A person discarded a dead job: what only it could have moved on ends here, as failed, and says so.
    static func giveUp(_ job: Job, now: Int64, in transaction: borrowing Transaction) throws {
        switch job.kind {
        case .analyse, .release, .withdraw: return
        case .capture:
            let row = try transaction.row("SELECT study FROM instance WHERE id = ?", .text(job.subject))
            if let study = row?.text("study") { try markDelivered(study, now: now, in: transaction) }
        case .report:
            try fail(job.subject, state: .analysed, now: now, in: transaction)
        case .deliver:
            guard let study = try StoredResult.find(job.subject, in: transaction)?.study else { return }
            let delivered = try transaction.row("SELECT 1 FROM delivery WHERE result = ?", .text(job.subject))
            if delivered == nil {
                // Nobody has it, and nobody is to get it later.
                try transaction.execute("UPDATE result SET state = 'discarded' WHERE id = ?", .text(job.subject))
                try fail(study, state: .reported, now: now, in: transaction)
            }
            try markDelivered(study, now: now, in: transaction)
        }
    }

    private static func fail(
        _ study: String, state: InstanceState, now: Int64, in transaction: borrowing Transaction
    ) throws {
        let rows = try transaction.rows(
            "SELECT id FROM instance WHERE study = ? AND state = ?", .text(study), .text(state.rawValue))
        for id in rows.compactMap({ $0.text("id") }) {
            try Ledger.move(id, to: .failed, reason: "QUE-003: its result was discarded", now: now, in: transaction)
        }
    }

    /// When nothing of the study is left to make or to send, its reported instances are delivered.
    static func markDelivered(
        _ study: String, now: Int64, in transaction: borrowing Transaction
    ) throws {
        let open = try transaction.row(
            """
            SELECT 1 FROM job WHERE state <> 'done' AND (
                (kind = 'report' AND subject = ?1)
                OR (kind = 'capture' AND subject IN (SELECT id FROM instance WHERE study = ?1))
                OR (kind = 'deliver' AND subject IN (SELECT id FROM result WHERE study = ?1))) LIMIT 1
            """, .text(study))
        guard open == nil else { return }
        for row in try transaction.rows("SELECT id FROM instance WHERE study = ? AND state = 'reported'", .text(study))
        {
            guard let id = row.text("id") else { continue }
            try Ledger.move(id, to: .delivered, now: now, in: transaction)
        }
    }
}
