import Durability
import Foundation

// What `status` says of peers: how each destination fares, and what a person must look at.

extension Administration {
    /// Undelivered results older than this are an alarm of their own, in milliseconds.
    private static let lateAfter: Int64 = 3_600_000

    static func destinations(in transaction: borrowing Transaction) throws -> JSONValue {
        .array(
            try transaction.rows(
                """
                SELECT ae.name AS name, destination.*, ae.name AS name,
                    (SELECT count(*) FROM job WHERE kind = 'deliver' AND destination = ae.name
                        AND state IN ('waiting', 'leased')) AS waiting,
                    (SELECT count(*) FROM job WHERE kind = 'deliver' AND destination = ae.name AND state = 'held') AS held,
                    (SELECT count(*) FROM job WHERE kind = 'deliver' AND destination = ae.name AND state = 'dead') AS dead,
                    (SELECT min(made_at) FROM job WHERE kind = 'deliver' AND destination = ae.name
                        AND state IN ('waiting', 'leased')) AS oldest,
                    (SELECT count(*) FROM commitment WHERE destination = ae.name AND commitment.state <> 'committed')
                        AS uncommitted
                FROM ae LEFT JOIN destination ON destination.name = ae.name
                WHERE ae.roles LIKE '%destination%' ORDER BY ae.name
                """
            ).map { row in
                .object([
                    "name": .optional(row.text("name")), "line": .string(row.text("state") ?? "not tried yet"),
                    "waiting": .optional(row.integer("waiting")), "held": .optional(row.integer("held")),
                    "dead": .optional(row.integer("dead")), "uncommitted": .optional(row.integer("uncommitted")),
                    "oldest": .optional(row.integer("oldest")), "success": .optional(row.integer("success_at")),
                    "error": .optional(row.text("error")), "reportClass": .optional(row.text("report_class")),
                ])
            })
    }

    /// Everything that waits for a person, in words.
    static func alarms(
        now: Int64, network: NetworkSettings, in transaction: borrowing Transaction
    ) throws -> JSONValue {
        var alarms: [String] = []
        for row in try transaction.rows(
            """
            SELECT destination, error, count(*) AS n FROM job WHERE kind = 'deliver' AND state = 'held'
            GROUP BY destination, error
            """)
        {
            alarms.append(
                "\(row.integer("n") ?? 0) results for \(row.text("destination") ?? "?") are held: \(row.text("error") ?? "")"
            )
        }
        for row in try transaction.rows(
            "SELECT name, error FROM destination WHERE state <> 'closed' AND name IN (SELECT name FROM ae)")
        {
            alarms.append("\(row.text("name") ?? "?") is not reached: \(row.text("error") ?? "")")
        }
        for row in try transaction.rows(
            """
            SELECT destination, count(*) AS n FROM job WHERE kind = 'deliver' AND state IN ('waiting', 'leased')
            AND made_at < ? GROUP BY destination
            """, .integer(now - lateAfter))
        {
            alarms.append(
                "\(row.integer("n") ?? 0) results have waited for \(row.text("destination") ?? "?") for over an hour")
        }
        for row in try transaction.rows(
            """
            SELECT destination, count(*) AS n FROM commitment WHERE state IN ('unconfirmed', 'refused')
            GROUP BY destination
            """)
        {
            alarms.append(
                "\(row.text("destination") ?? "?") has not committed to \(row.integer("n") ?? 0) results that it stored"
            )
        }
        for row in try transaction.rows("SELECT * FROM ae WHERE roles LIKE '%source%' ORDER BY name") {
            guard let entry = AEEntry(row), entry.options.silentAfterHours > 0 else { continue }
            let last = try transaction.row(
                "SELECT max(received_at) AS at FROM instance WHERE source = ?", .text(entry.title))?.integer("at")
            if Double(now - (last ?? 0)) > entry.options.silentAfterHours * 3_600_000 {
                alarms.append("\(entry.name) has gone silent; see `cxrgate ae doctor \(entry.name)`")
            }
        }
        if let facts = TLSKeeper.ownCertificate(network) {
            let days = (facts.notAfter - now / 1000) / 86_400
            if days < TLSKeeper.warningDays {
                alarms.append(days < 0 ? "our certificate has expired" : "our certificate expires in \(days) days")
            }
        }
        return .array(alarms.map { .string($0) })
    }
}
