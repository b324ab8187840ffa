import DICOMCore
import Delivery
import Durability
import Foundation
import Passage
import Sealing
import WorkQueue

/// Which results a destination is asked to take responsibility for, and what it answered (Storage Commitment).
///
/// wanted → asked → committed; asked → wanted when it does not report in time, at last unconfirmed; asked → wanted again,
/// through another delivery, when it says no, at last refused. Reports come on any association; the same report twice
/// changes nothing. Results are found by a hash of their UID: the UID itself is in the sealed object alone.
enum CommitmentBook {
    /// The result has been stored by a destination that is to commit.
    static func want(
        _ result: String, from destination: String, sopClass: UID, sopInstance: UID, now: Int64,
        in transaction: borrowing Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO commitment (result, destination, state, sop_class, uid_hash, changed_at)
            VALUES (?, ?, 'wanted', ?, ?, ?)
            ON CONFLICT (result, destination) DO UPDATE SET state = 'wanted', sop_class = excluded.sop_class,
                uid_hash = excluded.uid_hash, asks = 0, changed_at = excluded.changed_at
            """,
            .text(result), .text(destination), .text(sopClass.value), .blob(try hash(sopInstance)), .integer(now))
    }

    /// Takes a report into account. False if it speaks of nothing that this destination was asked for.
    static func apply(
        _ report: CommitmentMessage, from destination: String, house: RoleHouse, in transaction: borrowing Transaction
    ) throws -> Bool {
        var isKnown = false
        for reference in report.references {
            for (result, study) in try results(reference, destination, in: transaction) {
                isKnown = true
                try commit(result, study, destination, house: house, in: transaction)
            }
        }
        for reference in report.failed {
            for (result, study) in try results(reference, destination, in: transaction) {
                isKnown = true
                try refuse(result, study, destination, house: house, in: transaction)
            }
        }
        return isKnown
    }

    /// Asks again, or gives up, where a destination has not reported for longer than `timeout` milliseconds.
    static func expire(
        _ destination: String, timeout: Int64, house: RoleHouse, in transaction: borrowing Transaction
    ) throws {
        let now = house.clock.milliseconds()
        try transaction.execute(
            """
            UPDATE commitment SET changed_at = ?1, state = CASE WHEN asks < ?2 THEN 'wanted' ELSE 'unconfirmed' END
            WHERE destination = ?3 AND state = 'asked' AND changed_at <= ?4
            """,
            .integer(now), .integer(Int64(NetworkSettings.commitmentAsks)), .text(destination),
            .integer(now - timeout))
    }

    private static func results(
        _ reference: CommitmentReference, _ destination: String, in transaction: borrowing Transaction
    ) throws -> [(result: String, study: String)] {
        try transaction.rows(
            """
            SELECT commitment.result AS result, result.study AS study FROM commitment
            JOIN result ON result.id = commitment.result WHERE uid_hash = ? AND destination = ?
            """, .blob(try hash(reference.sopInstanceUID)), .text(destination)
        ).compactMap { row in
            guard let result = row.text("result"), let study = row.text("study") else { return nil }
            return (result, study)
        }
    }

    private static func commit(
        _ result: String, _ study: String, _ destination: String, house: RoleHouse,
        in transaction: borrowing Transaction
    ) throws {
        let now = house.clock.milliseconds()
        let changed = try transaction.execute(
            """
            UPDATE commitment SET state = 'committed', changed_at = ?
            WHERE result = ? AND destination = ? AND state <> 'committed'
            """, .integer(now), .text(result), .text(destination))
        guard changed == 1 else { return }
        try transaction.execute(
            "UPDATE delivery SET committed_at = ? WHERE result = ? AND destination = ?",
            .integer(now), .text(result), .text(destination))
        try Ledger.count("results committed", in: transaction)
        try transaction.owe(
            house.event(.commit, subject: result, study: study, details: ["destination": destination]))
        try settle(study, now: now, in: transaction)
    }

    private static func refuse(
        _ result: String, _ study: String, _ destination: String, house: RoleHouse,
        in transaction: borrowing Transaction
    ) throws {
        let now = house.clock.milliseconds()
        let asked = try transaction.row(
            "SELECT resends FROM commitment WHERE result = ? AND destination = ? AND state IN ('asked', 'unconfirmed')",
            .text(result), .text(destination))
        guard let resends = asked?.integer("resends") else { return }
        let isLast = resends >= NetworkSettings.commitmentResends
        try transaction.execute(
            """
            UPDATE commitment SET state = ?, resends = resends + 1, changed_at = ?
            WHERE result = ? AND destination = ?
            """,
            .text(isLast ? "refused" : "resending"), .integer(now), .text(result), .text(destination))
        if !isLast {
            try WorkQueue.enqueue(
                .deliver, subject: result, destination: destination, id: Identifier.random(), notBefore: now, now: now,
                in: transaction)
        }
        try Ledger.count("commitments refused", in: transaction)
        try transaction.owe(
            house.event(
                .commit, subject: result, study: study, outcome: "DEL-008",
                details: ["destination": destination, "then": isLast ? "given up" : "sent again"]))
    }

    /// The images of a study are committed when nothing of it waits, and every result that was asked for is committed.
    static func settle(_ study: String, now: Int64, in transaction: borrowing Transaction) throws {
        let count = try transaction.row(
            """
            SELECT count(*) AS n, sum(commitment.state = 'committed') AS committed FROM commitment
            JOIN result ON result.id = commitment.result WHERE result.study = ?
            """, .text(study))
        guard let asked = count?.integer("n"), asked > 0, asked == count?.integer("committed") else { return }
        for row in try transaction.rows(
            "SELECT id FROM instance WHERE study = ? AND state = 'delivered'", .text(study))
        {
            guard let id = row.text("id") else { continue }
            try Ledger.move(id, to: .committed, now: now, in: transaction)
        }
    }

    /// Results that are committed and whose sealed objects nobody has looked after since.
    static func unswept(in transaction: borrowing Transaction) throws -> [String] {
        try transaction.rows("SELECT DISTINCT result FROM commitment WHERE state = 'committed' AND swept = 0 LIMIT 100")
            .compactMap { $0.text("result") }
    }

    static func markSwept(_ result: String, in transaction: borrowing Transaction) throws {
        try transaction.execute("UPDATE commitment SET swept = 1 WHERE result = ?", .text(result))
    }

    /// Whether the sealed object of a result may still be needed for another delivery.
    static func mayNeed(_ result: String, in transaction: borrowing Transaction) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 FROM job WHERE kind = 'deliver' AND subject = ?1 AND state <> 'done'
            UNION SELECT 1 FROM commitment WHERE result = ?1 AND state <> 'committed' LIMIT 1
            """, .text(result)) != nil
    }

    private static func hash(_ uid: UID) throws -> [UInt8] { try SHA256.hash(Array(uid.value.utf8)) }

    /// A fresh Transaction UID: random, so that it says nothing (PS3.5 B.2). 62 bits twice keep it within 64 characters.
    static func transactionUID() -> UID {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() >> 2
        let low = generator.next() >> 2
        return UID("2.25.\(high | 1)\(low)") ?? "2.25.1"
    }
}
