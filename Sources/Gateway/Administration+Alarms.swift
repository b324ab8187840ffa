import Durability
import Foundation
import Watching

extension Administration {
    /// Everything that a person should look at: by the running gateway, or, without one, what the database tells.
    func standingAlarms() throws -> [AlarmBook.Standing] {
        if let watch { return watch.standing() }
        let (now, configuration) = (clock.milliseconds(), configuration)
        let alarms = try store.read { try AlarmRules.alarms(now: now, configuration: configuration, in: $0) }
        var book = AlarmBook()
        _ = book.take(alarms, now: now)
        return book.all
    }

    func listAlarms() throws -> JSONValue { .array(try standingAlarms().map(\.json)) }

    /// The last deliveries, the newest first: to whom, what, and its answer.
    static func lastResults(in transaction: borrowing Transaction) throws -> JSONValue {
        .array(
            try transaction.rows(
                """
                SELECT delivery.at AS at, delivery.destination AS destination, delivery.status AS status,
                    result.kind AS kind, result.revision AS revision
                FROM delivery JOIN result ON result.id = delivery.result ORDER BY delivery.rowid DESC LIMIT 5
                """
            ).map { row in
                .object([
                    "at": .optional(row.integer("at")), "destination": .optional(row.text("destination")),
                    "status": .optional(row.text("status")), "kind": .optional(row.text("kind")),
                    "revision": .optional(row.integer("revision")),
                ])
            })
    }
}
