import Durability
import Foundation
import Journal
import Passage

// What was sent, when, to whom; and taking it back.

extension Administration {
    /// The results of one study, from its pseudonym or the id of an image, a result or a job of it.
    func showResults(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        let answer = try store.read { transaction -> JSONValue? in
            let found = try transaction.row(
                """
                SELECT study FROM instance WHERE id = ?1 OR study = ?1
                UNION SELECT study FROM result WHERE id = ?1
                UNION SELECT result.study FROM job JOIN result ON result.id = job.subject WHERE job.id = ?1
                UNION SELECT instance.study FROM job JOIN instance ON instance.id = job.subject WHERE job.id = ?1
                LIMIT 1
                """, .text(id))
            guard let study = found?.text("study") else { return nil }
            let rows = try transaction.rows(
                "SELECT * FROM result WHERE study = ? ORDER BY made_at, kind, revision", .text(study))
            return .array(try rows.map { try Self.describeResult($0, in: transaction) })
        }
        guard let answer else { throw GatewayError.notFound("study, image, result or job with this id") }
        try note(event(.administratorRead, actor: actor, subject: id, details: ["what": "results"]))
        return answer
    }

    /// Takes results back. Without `confirm` it only counts; with it, the count must be the one that was shown. More
    /// than one study at once wants a second person.
    func recallResults(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let criteria = try RecallCriteria(request)
        let plan = try store.read { try RecallPlan.make(criteria, in: $0) }
        guard let confirm = request.arguments["confirm"] else { return Self.describe(plan, recall: nil) }
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("recalling results wants --reason")
        }
        if plan.studies.count > 1 {
            try Self.check(confirm, plan)
            return try askSecondPerson("results recall", request.arguments, reason: reason, caller: caller)
        }
        return try recall(criteria, confirm: confirm, reason: reason, actor: caller.name)
    }

    /// What one person asked for, and another agreed to.
    func recallApproved(_ action: Action, by caller: Caller) throws -> JSONValue {
        let criteria = try RecallCriteria(AdministrationRequest("results recall", action.arguments))
        return try recall(
            criteria, confirm: action.arguments["confirm"] ?? "", reason: action.reason, actor: action.requestedBy,
            approvedBy: caller.name)
    }

    private func recall(
        _ criteria: RecallCriteria, confirm: String, reason: String, actor: String, approvedBy: String? = nil
    ) throws -> JSONValue {
        let now = clock.milliseconds()
        let id = Identifier.random()
        let text = String(decoding: try JSONEncoder.sorted.encode(criteria), as: UTF8.self)
        var details = ["reason": reason]
        details["approvedBy"] = approvedBy
        let told = details
        let made = Box<RecallPlan?>(nil)
        try committer.commit { [self] transaction in
            // Counted again inside the transaction: what was shown is what is taken back, or nothing is.
            let plan = try RecallPlan.make(criteria, in: transaction)
            try Self.check(confirm, plan)
            try transaction.execute(
                "INSERT INTO recall (id, made_at, actor, criteria, results) VALUES (?, ?, ?, ?, ?)", .text(id),
                .integer(now), .text(actor), .text(text), .integer(plan.results.count))
            try plan.carryOut(id, configuration: configuration, now: now, in: transaction)
            for study in plan.studies {
                try transaction.owe(
                    JournalEvent(
                        kind: .recall, at: now, actor: "administrator:\(actor)", subject: id, study: study,
                        details: told))
            }
            made.value.withLock { $0 = plan }
        }
        wake(.filing)
        return Self.describe(made.value.withLock { $0 }, recall: id)
    }

    private static func check(_ confirm: String, _ plan: RecallPlan) throws(GatewayError) {
        guard !plan.results.isEmpty else { throw .notFound("result that fits") }
        guard Int(confirm) == plan.results.count else {
            throw .badRequest(
                "\(plan.results.count) results fit now, not \(confirm); look again without --confirm")
        }
    }

    private static func describe(_ plan: RecallPlan?, recall: String?) -> JSONValue {
        .object([
            "recall": .optional(recall), "results": .number(plan?.results.count ?? 0),
            "images": .number(plan?.instances.count ?? 0), "studies": .number(plan?.studies.count ?? 0),
            "destinations": .array((plan?.destinations ?? []).map { .string($0) }),
        ])
    }

    private static func describeResult(_ row: Row, in transaction: borrowing Transaction) throws -> JSONValue {
        let id = row.text("id") ?? ""
        let deliveries = try transaction.rows("SELECT * FROM delivery WHERE result = ? ORDER BY at", .text(id))
        let waiting = try transaction.rows(
            "SELECT destination, state, error FROM job WHERE kind = 'deliver' AND subject = ? AND state <> 'done'",
            .text(id))
        return .object([
            "id": .string(id), "kind": .optional(row.text("kind")), "image": .optional(row.text("instance")),
            "study": .optional(row.text("study")), "revision": .optional(row.integer("revision")),
            // Without the hash, for people.
            "model": .optional(row.text("model").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }),
            "state": .optional(row.text("state")), "made": .optional(row.integer("made_at")),
            "delivered": .array(
                deliveries.map { row in
                    .object([
                        "destination": .optional(row.text("destination")), "status": .optional(row.text("status")),
                        "at": .optional(row.integer("at")), "committed": .optional(row.integer("committed_at")),
                    ])
                }),
            "waiting": .array(
                waiting.map { row in
                    .object([
                        "destination": .optional(row.text("destination")), "state": .optional(row.text("state")),
                        "error": .optional(row.text("error")),
                    ])
                }),
        ])
    }
}
