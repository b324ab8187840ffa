import DICOMCore
import Durability
import Passage

/// Durable work: enqueue, lease, complete, retry, dead-letter. All of it inside the caller's transaction.
///
/// A job is open (`waiting` or `leased`) at most once per kind, subject and destination. A lease that its holder does
/// not end is taken back when it runs out, or at once when the holder's role starts anew.
public enum WorkQueue {
    /// Milliseconds since 1970-01-01 UTC.
    public typealias Milliseconds = Int64

    /// How long a job may be worked on before it counts as abandoned.
    public static let leaseDuration: Milliseconds = 120_000

    /// Puts a job in the queue. If one of the same kind, subject and destination is open, that one is kept, and moved
    /// to `notBefore` if it has not begun.
    public static func enqueue(
        _ kind: JobKind, subject: String, destination: String? = nil, priority: Int = 0, id: String,
        notBefore: Milliseconds, now: Milliseconds, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            """
            INSERT INTO job (id, kind, subject, destination, state, not_before, made_at, changed_at, priority)
            VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?)
            ON CONFLICT (kind, subject, ifnull(destination, '')) WHERE state IN ('waiting', 'leased')
            DO UPDATE SET not_before = excluded.not_before, changed_at = excluded.changed_at
            """,
            .text(id), .text(kind.rawValue), .text(subject), .optional(destination), .integer(notBefore),
            .integer(now), .integer(now), .integer(priority))
    }

    /// Takes the job of the highest priority that has been due longest among `kinds`, also one whose lease ran out.
    /// Deliveries come last, so that a destination which does not answer keeps nothing from being made.
    public static func lease(
        _ kinds: [JobKind], now: Milliseconds, in transaction: borrowing Transaction
    ) throws(DurabilityError) -> Job? {
        let list = kinds.map { "'\($0.rawValue)'" }.joined(separator: ",")
        let found = try transaction.row(
            """
            SELECT * FROM job WHERE kind IN (\(list)) AND (
                (state = 'waiting' AND not_before <= ?) OR (state = 'leased' AND leased_until <= ?))
            ORDER BY kind = 'deliver', priority DESC, not_before LIMIT 1
            """,
            .integer(now), .integer(now))
        guard let found, let job = Job(found) else { return nil }
        try transaction.execute(
            "UPDATE job SET state = 'leased', leased_until = ?, attempts = attempts + 1, changed_at = ? WHERE id = ?",
            .integer(now + leaseDuration), .integer(now), .text(job.id))
        return job
    }

    /// The job is done.
    public static func complete(
        _ job: Job, now: Milliseconds, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            """
            UPDATE job SET state = 'done', leased_until = NULL, error = NULL, changed_at = ?
            WHERE id = ? AND state = 'leased'
            """,
            .integer(now), .text(job.id))
    }

    /// The job failed. A transient failure waits by `policy` and is tried again; any other, or one too many, is dead.
    /// Returns whether the job is dead.
    @discardableResult
    public static func fail(
        _ job: Job, _ failure: JobFailure, policy: RetryPolicy = .standard, now: Milliseconds,
        in transaction: borrowing Transaction
    ) throws(DurabilityError) -> Bool {
        let delay = failure.isTransient ? policy.delay(afterAttempt: job.attempts + 1) : nil
        let changed = try transaction.execute(
            """
            UPDATE job SET state = ?, leased_until = NULL, error = ?, not_before = ?, changed_at = ?
            WHERE id = ? AND state = 'leased'
            """,
            .text(delay == nil ? "dead" : "waiting"), .text(failure.reason), .integer(now + (delay ?? 0)),
            .integer(now), .text(job.id))
        // What was completed before the failure (the journal failed behind the commit) stays completed.
        return delay == nil && changed == 1
    }

    /// The job's time has not come after all: it waits again, and this does not count as an attempt.
    public static func postpone(
        _ job: Job, until notBefore: Milliseconds, now: Milliseconds, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            """
            UPDATE job SET state = 'waiting', leased_until = NULL, attempts = attempts - 1, not_before = ?, changed_at = ?
            WHERE id = ? AND state = 'leased'
            """,
            .integer(notBefore), .integer(now), .text(job.id))
    }

    /// Gives back what a role held when it died. Called by the role when it starts, before it leases anything.
    public static func recover(
        _ kinds: [JobKind], now: Milliseconds, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        let list = kinds.map { "'\($0.rawValue)'" }.joined(separator: ",")
        try transaction.execute(
            """
            UPDATE job SET state = 'waiting', leased_until = NULL, crashes = crashes + 1, changed_at = ?
            WHERE state = 'leased' AND kind IN (\(list))
            """,
            .integer(now))
    }

    /// Whether there is something to lease; costs no write.
    public static func isDue(
        _ kinds: [JobKind], now: Milliseconds, in transaction: borrowing Transaction
    ) throws(DurabilityError) -> Bool {
        let list = kinds.map { "'\($0.rawValue)'" }.joined(separator: ",")
        return try transaction.row(
            """
            SELECT 1 FROM job WHERE kind IN (\(list)) AND (
                (state = 'waiting' AND not_before <= ?) OR (state = 'leased' AND leased_until <= ?)) LIMIT 1
            """,
            .integer(now), .integer(now)) != nil
    }

    /// When the next job of these kinds is due; `nil` if none waits.
    public static func nextDue(
        _ kinds: [JobKind], in transaction: borrowing Transaction
    ) throws(DurabilityError) -> Milliseconds? {
        let list = kinds.map { "'\($0.rawValue)'" }.joined(separator: ",")
        return try transaction.row(
            "SELECT min(not_before) AS due FROM job WHERE state = 'waiting' AND kind IN (\(list))"
        )?.integer("due")
    }
}

extension Job {
    /// Reads a row of the table `job`.
    public init?(_ row: Row) {
        guard let id = row.text("id"), let kind = row.text("kind").flatMap(JobKind.init),
            let subject = row.text("subject"), let attempts = row.integer("attempts"),
            let crashes = row.integer("crashes")
        else { return nil }
        self.init(
            id: id, kind: kind, subject: subject, destination: row.text("destination"), attempts: Int(attempts),
            crashes: Int(crashes))
    }
}
