import Durability
import Foundation
import Journal
import Watching

extension Administration {
    /// What a support bundle may hold of a gateway: figures, states, codes, names of peers. A list of what goes in, not
    /// of what stays out.
    func supportFacts(actor: String) throws -> JSONValue {
        try note(event(.export, actor: actor, details: ["what": "support bundle"]))
        var facts: [String: JSONValue] = [
            "status": try status(actor: actor), "aeTitles": try listAETitles(actor: actor),
            "alarms": try listAlarms(), "failures": try failures(),
        ]
        if let watch {
            facts["metrics"] = .array(
                PrometheusText.write(try watch.families()).split(separator: "\n").map { .string(String($0)) })
            facts["roles"] = watch.roleRows()
            facts["durations"] = watch.durationRows()
            facts["logLevels"] = try listLevels()
        }
        return .object(facts)
    }

    /// Why work failed, each reason once.
    private func failures() throws -> JSONValue {
        .array(
            try store.read { transaction in
                try transaction.rows(
                    """
                    SELECT kind, state, error, count(*) AS n, max(changed_at) AS at FROM job
                    WHERE error IS NOT NULL AND state <> 'done' GROUP BY kind, state, error ORDER BY n DESC LIMIT 100
                    """)
            }.map { row in
                .object([
                    "kind": .optional(row.text("kind")), "state": .optional(row.text("state")),
                    "error": .optional(row.text("error")), "count": .optional(row.integer("n")),
                    "at": .optional(row.integer("at")),
                ])
            })
    }
}
