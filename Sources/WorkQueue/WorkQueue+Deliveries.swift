import Durability
import Passage

// Deliveries are worked by destination: each has a line of its own, in which the results of a study keep their order.

extension WorkQueue {
    /// Takes up to `limit` due deliveries to one destination, the highest priority and then the oldest first. A result
    /// waits while an older one of its study has not gone to that destination; what is held or dead holds up nobody.
    public static func leaseDeliveries(
        to destination: String, limit: Int, now: Milliseconds, in transaction: borrowing Transaction
    ) throws(DurabilityError) -> [Job] {
        let rows = try transaction.rows(
            """
            SELECT job.* FROM job JOIN result ON result.id = job.subject
            WHERE job.kind = 'deliver' AND job.destination = ?1 AND (
                (job.state = 'waiting' AND job.not_before <= ?2) OR (job.state = 'leased' AND job.leased_until <= ?2))
            AND NOT EXISTS (
                SELECT 1 FROM job AS older JOIN result AS before ON before.id = older.subject
                WHERE older.kind = 'deliver' AND older.destination = ?1 AND before.study = result.study
                AND older.rowid < job.rowid AND older.state = 'waiting' AND older.not_before > ?2)
            ORDER BY job.priority DESC, job.rowid LIMIT ?3
            """, .text(destination), .integer(now), .integer(Int64(limit)))
        let jobs = rows.compactMap { Job($0) }
        for job in jobs {
            try transaction.execute(
                """
                UPDATE job SET state = 'leased', leased_until = ?, attempts = attempts + 1, changed_at = ? WHERE id = ?
                """, .integer(now + leaseDuration), .integer(now), .text(job.id))
        }
        return jobs
    }

    /// When the next delivery to a destination is due; `nil` if none waits.
    public static func nextDelivery(
        to destination: String, in transaction: borrowing Transaction
    ) throws(DurabilityError) -> Milliseconds? {
        try transaction.row(
            """
            SELECT min(not_before) AS due FROM job
            WHERE kind = 'deliver' AND state = 'waiting' AND destination = ?
            """, .text(destination))?.integer("due")
    }

    /// The job waits for a person: it is neither tried again nor lost. The reason has no identifiers.
    public static func hold(
        _ job: Job, reason: String, now: Milliseconds, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            """
            UPDATE job SET state = 'held', leased_until = NULL, error = ?, changed_at = ?
            WHERE id = ? AND state = 'leased'
            """, .text(reason), .integer(now), .text(job.id))
    }

    /// Says why a job waits, without any other change.
    public static func explain(
        _ job: Job, reason: String, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute("UPDATE job SET error = ? WHERE id = ?", .text(reason), .text(job.id))
    }
}
