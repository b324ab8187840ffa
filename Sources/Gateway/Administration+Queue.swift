import Durability
import Foundation
import Passage
import WorkQueue

// Jobs: what waits, what failed, and what a person decides about it.

extension Administration {
    func listQueue(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let state = request.arguments["state"]
        return try store.read { transaction in
            let rows =
                if let state {
                    try transaction.rows(
                        "SELECT * FROM job WHERE state = ? ORDER BY made_at LIMIT 1000", .text(state))
                } else {
                    try transaction.rows(
                        "SELECT * FROM job WHERE state <> 'done' ORDER BY made_at LIMIT 1000")
                }
            return .array(rows.map(Self.describe))
        }
    }

    func showJob(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        let row = try store.read { transaction in
            try transaction.row("SELECT * FROM job WHERE id = ?", .text(id))
        }
        guard let row else { throw GatewayError.notFound("job \(id)") }
        return Self.describe(row)
    }

    /// Opens dead jobs again: one by its id, or all of them.
    func retryJobs(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = request.arguments["id"]
        let now = clock.milliseconds()
        let count = Box(0)
        try committer.commit { [self] transaction in
            let changed =
                if let id {
                    try transaction.execute(
                        """
                        UPDATE OR IGNORE job SET state = 'waiting', attempts = 0, crashes = 0, not_before = ?, changed_at = ?
                        WHERE id = ? AND state IN ('dead', 'waiting', 'held')
                        """, .integer(now), .integer(now), .text(id))
                } else {
                    try transaction.execute(
                        """
                        UPDATE OR IGNORE job SET state = 'waiting', attempts = 0, crashes = 0, not_before = ?, changed_at = ?
                        WHERE state IN ('dead', 'held')
                        """, .integer(now), .integer(now))
                }
            if id != nil, changed == 0 { throw GatewayError.notFound("dead, held or waiting job with this id") }
            count.value.withLock { $0 = changed }
            // Images whose analysis failed go back to where analysis takes them up.
            for row in try transaction.rows(
                """
                SELECT instance.id AS id FROM instance JOIN job ON job.subject = instance.id
                WHERE job.kind = 'analyse' AND job.state = 'waiting' AND instance.state = 'failed'
                """)
            {
                guard let instance = row.text("id") else { continue }
                try Ledger.move(instance, to: .clearing, now: now, in: transaction)
            }
            try transaction.owe(
                event(.configurationChange, actor: actor, subject: id, details: ["change": "queue retry"]))
        }
        wake(.analysis)
        wake(.filing)
        return .object(["retried": .number(count.value.withLock { $0 })])
    }

    func discardJob(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        let now = clock.milliseconds()
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("discarding work wants --reason")
        }
        try committer.commit { [self] transaction in
            guard
                let row = try transaction.row(
                    """
                    SELECT * FROM job WHERE id = ?
                    AND (state IN ('dead', 'held') OR (kind = 'deliver' AND state = 'waiting'))
                    """, .text(id)),
                let job = Job(row)
            else { throw GatewayError.notFound("dead or held job, or waiting delivery, with this id") }
            try transaction.execute(
                "UPDATE job SET state = 'done', error = 'discarded', changed_at = ? WHERE id = ?", .integer(now),
                .text(id))
            try transaction.execute(
                "UPDATE commitment SET state = 'refused' WHERE result = ? AND destination = ? AND state = 'resending'",
                .text(job.subject), .optional(job.destination))
            try StudyProgress.giveUp(job, now: now, in: transaction)
            try transaction.owe(
                event(
                    .configurationChange, actor: actor, subject: id,
                    details: ["change": "queue discard", "reason": reason]))
        }
        return .object(["discarded": .string(id)])
    }

    private static func describe(_ row: Row) -> JSONValue {
        .object([
            "id": .optional(row.text("id")), "kind": .optional(row.text("kind")),
            "subject": .optional(row.text("subject")), "destination": .optional(row.text("destination")),
            "state": .optional(row.text("state")), "attempts": .optional(row.integer("attempts")),
            "due": .optional(row.integer("not_before")), "made": .optional(row.integer("made_at")),
            "error": .optional(row.text("error")),
        ])
    }
}
