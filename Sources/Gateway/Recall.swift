import Durability
import Foundation
import Passage
import WorkQueue

/// Which images' results a person wants to take back. At least one condition; all of them hold.
struct RecallCriteria: Sendable, Codable, Hashable {
    /// `id` or `id version` of the model.
    var model: String?
    /// Milliseconds since 1970-01-01 UTC; analysed at or after.
    var from: Int64?
    /// Analysed before.
    var to: Int64?
    /// AE title of the sender.
    var source: String?
    /// Pseudonym of a study.
    var study: String?
    /// Id of an instance.
    var instance: String?

    init(_ request: AdministrationRequest) throws(GatewayError) {
        model = request.arguments["model"]
        source = request.arguments["source"]
        study = request.arguments["study"]
        instance = request.arguments["instance"]
        from = try Self.moment(request.arguments["from"])
        to = try Self.moment(request.arguments["to"])
        guard self != RecallCriteria() else {
            throw .badRequest("say what to recall: --model, --from, --to, --source, --study or --instance")
        }
    }

    private init() {}

    private static func moment(_ text: String?) throws(GatewayError) -> Int64? {
        guard let text else { return nil }
        for format in ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd"] {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.dateFormat = format
            if let date = formatter.date(from: text) { return Int64(date.timeIntervalSince1970 * 1000) }
        }
        throw .badRequest("a moment is written 2026-01-31 or 2026-01-31T13:45, in local time")
    }

    /// The images that have results and fit.
    func instances(in transaction: borrowing Transaction) throws(DurabilityError) -> [Row] {
        try transaction.rows(
            """
            SELECT instance.id AS id, instance.study AS study FROM instance
            JOIN analysis ON analysis.instance = instance.id
            WHERE instance.state IN ('analysed', 'reported', 'delivered', 'committed')
                AND (?1 IS NULL OR analysis.model = ?1 OR analysis.model LIKE ?1 || ' %')
                AND (?2 IS NULL OR analysis.made_at >= ?2) AND (?3 IS NULL OR analysis.made_at < ?3)
                AND (?4 IS NULL OR instance.source = ?4) AND (?5 IS NULL OR instance.study = ?5)
                AND (?6 IS NULL OR instance.id = ?6)
            """,
            .optional(model), .optional(from), .optional(to), .optional(source), .optional(study),
            .optional(instance))
    }
}

/// What a recall takes back: the captures of the images that fit, and every report of their studies.
struct RecallPlan: Sendable {
    let instances: [String]
    let studies: [String]
    let results: [String]
    let destinations: [String]

    static func make(_ criteria: RecallCriteria, in transaction: borrowing Transaction) throws -> RecallPlan {
        let rows = try criteria.instances(in: transaction)
        let instances = rows.compactMap { $0.text("id") }
        let studies = Set(rows.compactMap { $0.text("study") }).sorted()
        let wanted = Set(instances)
        var results: [String] = []
        var destinations: Set<String> = []
        for study in studies {
            let made = try transaction.rows(
                "SELECT id, instance FROM result WHERE study = ? AND kind <> 'note' AND state <> 'recalled'",
                .text(study))
            for row in made where row.text("instance").map(wanted.contains) ?? true {
                guard let id = row.text("id") else { continue }
                results.append(id)
                for delivery in try transaction.rows("SELECT destination FROM delivery WHERE result = ?", .text(id)) {
                    if let name = delivery.text("destination") { destinations.insert(name) }
                }
            }
        }
        return RecallPlan(
            instances: instances, studies: studies, results: results, destinations: destinations.sorted())
    }

    /// Marks everything as taken back, stops what has not left yet, and asks filing for the notes.
    func carryOut(
        _ recall: String, configuration: GatewayConfiguration, now: Int64, in transaction: borrowing Transaction
    ) throws {
        for result in results {
            try transaction.execute(
                "UPDATE result SET state = 'recalled', recall = ? WHERE id = ?", .text(recall), .text(result))
            // A delivery under lease may be on the wire: it ends as it ends, and the note follows it.
            try transaction.execute(
                """
                UPDATE job SET state = 'done', error = 'recalled', changed_at = ?
                WHERE kind = 'deliver' AND subject = ? AND state IN ('waiting', 'dead')
                """, .integer(now), .text(result))
        }
        for instance in instances {
            try Ledger.move(instance, to: .withdrawn, reason: "recalled", now: now, in: transaction)
            try transaction.execute(
                """
                UPDATE job SET state = 'done', error = 'recalled', changed_at = ?
                WHERE kind = 'capture' AND subject = ? AND state IN ('waiting', 'dead')
                """, .integer(now), .text(instance))
        }
        for study in studies {
            try WorkQueue.enqueue(
                .withdraw, subject: study, priority: 1, id: Identifier.random(), notBefore: now, now: now,
                in: transaction)
            // Images of the study that stay are reported anew, without the others.
            try StudyTiming.scheduleReport(of: study, configuration: configuration, now: now, in: transaction)
        }
        try Ledger.count("results recalled", by: results.count, in: transaction)
    }
}
