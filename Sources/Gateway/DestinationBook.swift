import DICOMCore
import Delivery
import Durability

/// How a destination fares, kept in the database: an outage is not forgotten by a restart, and `status` reads it.
enum DestinationBook {
    static func breaker(_ name: String, in transaction: borrowing Transaction) throws -> CircuitBreaker {
        guard let row = try transaction.row("SELECT * FROM destination WHERE name = ?", .text(name)) else {
            return CircuitBreaker()
        }
        let failures = Int(row.integer("failures") ?? 0)
        switch row.text("state") {
        case "open": return CircuitBreaker(.open(until: row.integer("until") ?? 0, trips: max(failures, 1)))
        // The probe died with its process: ask again.
        case "half-open": return CircuitBreaker(.open(until: 0, trips: max(failures, 1)))
        default: return CircuitBreaker(.closed(failures: failures))
        }
    }

    static func keep(
        _ breaker: CircuitBreaker, of name: String, error: String?, now: Int64, in transaction: borrowing Transaction
    ) throws {
        let (state, failures, until): (String, Int, Int64?) =
            switch breaker.state {
            case .closed(let failures): ("closed", failures, nil)
            case .open(let until, let trips): ("open", trips, until)
            case .halfOpen(let trips): ("half-open", trips, nil)
            }
        try transaction.execute(
            """
            INSERT INTO destination (name, state, failures, until, error, error_at, success_at)
            VALUES (?1, ?2, ?3, ?4, ?5, CASE WHEN ?5 IS NULL THEN NULL ELSE ?6 END, CASE WHEN ?5 IS NULL THEN ?6 END)
            ON CONFLICT (name) DO UPDATE SET state = ?2, failures = ?3, until = ?4, error = ifnull(?5, error),
                error_at = ifnull(excluded.error_at, error_at), success_at = ifnull(excluded.success_at, success_at)
            """,
            .text(name), .text(state), .integer(Int64(failures)), .optional(until), .optional(error), .integer(now))
    }

    /// What the destination accepted at the last association. Returns whether the SR class is another than before.
    static func noteAbilities(
        of name: String, reportClass: UID?, takesQueries: Bool, takesCommitment: Bool,
        in transaction: borrowing Transaction
    ) throws -> Bool {
        let before = try transaction.row("SELECT report_class FROM destination WHERE name = ?", .text(name))
        try transaction.execute(
            """
            INSERT INTO destination (name, state, failures, report_class, takes_queries, takes_commitment)
            VALUES (?1, 'closed', 0, ?2, ?3, ?4)
            ON CONFLICT (name) DO UPDATE SET report_class = ifnull(?2, report_class), takes_queries = ?3,
                takes_commitment = ?4
            """,
            .text(name), .optional(reportClass?.value), .integer(takesQueries ? 1 : 0),
            .integer(takesCommitment ? 1 : 0))
        return reportClass != nil && before?.text("report_class") != reportClass?.value
    }
}
