import Durability
import Foundation
import Journal

// What one person may not do alone: one asks, another agrees. Persons are told apart by the user id that the kernel
// names; what is asked is kept with pseudonyms only.

extension Administration {
    /// Hours after which an action that nobody decided about is no longer valid: a weekend and a day.
    private static let validHours: Int64 = 96

    /// Notes what is to be done; another person decides.
    func askSecondPerson(
        _ verb: String, _ arguments: [String: String], reason: String?, caller: Caller
    ) throws -> JSONValue {
        guard let reason, !reason.isEmpty else { throw GatewayError.badRequest("\(verb) wants --reason") }
        let id = Identifier.random()
        let now = clock.milliseconds()
        let text = String(decoding: try JSONEncoder.sorted.encode(arguments), as: UTF8.self)
        let expires = now + Self.validHours * 3_600_000
        try committer.commit { [self] transaction in
            try transaction.execute(
                """
                INSERT INTO action (id, verb, arguments, reason, state, requested_by, requested_user, requested_at,
                    expires_at) VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?)
                """, .text(id), .text(verb), .text(text), .text(reason), .text(caller.name),
                .integer(Int64(caller.user)), .integer(now), .integer(expires))
            let details = ["change": "action requested", "verb": verb, "reason": reason]
            try transaction.owe(event(.configurationChange, actor: caller.name, subject: id, details: details))
        }
        return .object(["action": .string(id), "state": .string("pending"), "expires": .number(expires)])
    }

    func listActions(actor: String) throws -> JSONValue {
        try expireActions()
        return try store.read { transaction in
            .array(
                try transaction.rows("SELECT * FROM action ORDER BY requested_at DESC LIMIT 200").map { row in
                    .object([
                        "id": .optional(row.text("id")), "verb": .optional(row.text("verb")),
                        "arguments": .optional(row.text("arguments")), "reason": .optional(row.text("reason")),
                        "state": .optional(row.text("state")), "by": .optional(row.text("requested_by")),
                        "at": .optional(row.integer("requested_at")), "expires": .optional(row.integer("expires_at")),
                        "decided": .optional(row.text("decided_by")),
                    ])
                })
        }
    }

    /// A second person agrees: what is carried out here is carried out now; an escrow waits for the one who asked, who
    /// alone knows its passphrase.
    func approveAction(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let id = try request.required("id")
        let action = try decide(id, as: "approved", caller: caller)
        do {
            let answer: JSONValue
            switch action.verb {
            case "keys shred": answer = try shredApproved(action, by: caller)
            case "config apply", "config rollback": answer = try applyApproved(action, by: caller)
            case "results recall": answer = try recallApproved(action, by: caller)
            case "model ab start": answer = try experimentApproved(action, by: caller)
            default: return .object(["approved": .string(id), "verb": .string(action.verb)])
            }
            try end(id, as: "done")
            return answer
        } catch {
            // What came in between (a legal hold) stands; whoever wants it still asks anew.
            try end(id, as: "failed")
            throw error
        }
    }

    func rejectAction(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let id = try request.required("id")
        // Whoever asked may take it back.
        _ = try decide(id, as: "rejected", caller: caller)
        return .object(["rejected": .string(id)])
    }

    /// Uses an approved action up. Throws `refused` unless this caller asked for it and another agreed.
    func useApproval(_ id: String, verb: String, caller: Caller) throws {
        try expireActions()
        try committer.commit { transaction in
            let changed = try transaction.execute(
                """
                UPDATE action SET state = 'done'
                WHERE id = ? AND verb = ? AND state = 'approved' AND requested_user = ?
                """, .text(id), .text(verb), .integer(Int64(caller.user)))
            guard changed == 1 else { throw GatewayError.refused("no second person has approved this action") }
        }
    }

    private func end(_ id: String, as state: String) throws {
        try committer.commit { transaction in
            try transaction.execute("UPDATE action SET state = ? WHERE id = ?", .text(state), .text(id))
        }
    }

    struct Action: Sendable {
        let id: String
        let verb: String
        let arguments: [String: String]
        let reason: String
        let requestedBy: String
    }

    private func decide(_ id: String, as state: String, caller: Caller) throws -> Action {
        try expireActions()
        let found = try store.read { transaction in
            try transaction.row("SELECT * FROM action WHERE id = ? AND state = 'pending'", .text(id))
        }
        guard let row = found, let verb = row.text("verb"), let user = row.integer("requested_user"),
            let text = row.text("arguments"), let reason = row.text("reason"), let by = row.text("requested_by")
        else { throw GatewayError.notFound("pending action with this id") }
        try configuration.access.check(verb, by: caller)
        guard state == "rejected" || user != Int64(caller.user) else {
            throw GatewayError.refused("a second person must approve this, not the one who asked")
        }
        let now = clock.milliseconds()
        try committer.commit { [self] transaction in
            let changed = try transaction.execute(
                "UPDATE action SET state = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = 'pending'",
                .text(state), .text(caller.name), .integer(now), .text(id))
            guard changed == 1 else { throw GatewayError.notFound("pending action with this id") }
            let details = ["change": "action \(state)", "verb": verb, "requestedBy": by]
            try transaction.owe(event(.configurationChange, actor: caller.name, subject: id, details: details))
        }
        let arguments = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        return Action(id: id, verb: verb, arguments: arguments, reason: reason, requestedBy: by)
    }

    private func expireActions() throws {
        let now = clock.milliseconds()
        _ = try store.write { transaction in
            try transaction.execute(
                "UPDATE action SET state = 'expired' WHERE state IN ('pending', 'approved') AND expires_at <= ?",
                .integer(now))
        }
    }
}
