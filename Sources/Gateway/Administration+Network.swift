import Durability
import Foundation

// What `status` says of peers: how each destination fares.

extension Administration {
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
}
