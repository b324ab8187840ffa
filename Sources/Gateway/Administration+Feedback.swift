import Durability
import Evaluation
import Foundation
import Journal

// What was true of images that a model looked at: taken in, and compared with what it said.

extension Administration {
    /// Lines of one request, which has 64 KiB at most; a file comes in as many requests as it needs.
    public static let feedbackLines = 100

    /// Takes lines `name`, `finding`, `truth`, parted by tabs; the name is what `by` says: `job` (the random id of an
    /// image, or of its job) or `accession`, `uid`, `pseudonym` of a study, whose analysed images it then speaks of.
    /// Answers with counts, and the numbers of lines that nothing was found for.
    func importFeedback(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let by = request.arguments["by"] ?? "job"
        let lines = try request.required("lines").split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count <= Self.feedbackLines else {
            throw GatewayError.badRequest("at most \(Self.feedbackLines) lines of feedback at once")
        }
        var parsed: [(instances: [String], finding: String, truth: Bool)] = []
        for line in lines {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
            guard fields.count == 3, ["0", "1"].contains(fields[2]) else {
                throw GatewayError.badRequest("a line of feedback is a name, a finding, and 0 or 1")
            }
            parsed.append((try images(named: fields[0], by: by), fields[1], fields[2] == "1"))
        }
        let now = clock.milliseconds()
        let (rows, outcomes) = (parsed, Box<[[FeedbackBook.Outcome]]>([]))
        try committer.commit { [self] transaction in
            let found = try rows.map { row in
                try FeedbackBook.record(
                    row.truth, finding: row.finding, of: row.instances, actor: actor, now: now, in: transaction)
            }
            outcomes.value.withLock { $0 = found }
            let count = found.joined().count { $0 == .added || $0 == .changed }
            try transaction.owe(
                event(
                    .configurationChange, actor: actor, details: ["change": "feedback imported", "images": "\(count)"]))
        }
        let found = outcomes.value.withLock { $0 }
        var answer: [String: JSONValue] = [:]
        for outcome in FeedbackBook.Outcome.allCases {
            answer[outcome.rawValue] = .number(found.joined().count { $0 == outcome })
        }
        answer["withoutImage"] = .array(found.indices.filter { found[$0] == [.unknownImage] }.map { .number($0 + 1) })
        return .object(answer)
    }

    private func images(named name: String, by: String) throws -> [String] {
        if by != "job" {
            let studies: [String]
            do {
                studies = try self.studies(AdministrationRequest("", ["by": by, "study": name])).map { "\($0)" }
            } catch GatewayError.notFound {
                return []
            }
            return try store.read { transaction in
                try studies.flatMap {
                    try transaction.rows("SELECT id FROM instance WHERE study = ?", .text($0))
                }.compactMap { $0.text("id") }
            }
        }
        return try store.read { transaction in
            try transaction.rows(
                """
                SELECT id FROM instance WHERE id = ?1
                UNION SELECT instance.id FROM job JOIN instance ON instance.id = job.subject WHERE job.id = ?1
                """, .text(name)
            ).compactMap { $0.text("id") }
        }
    }

    /// Agreement of what was said with what was true, by model, sender and finding: counts and shares alone.
    func showFeedback(actor: String) throws -> JSONValue {
        let rows = try store.read { transaction in
            try transaction.rows(
                """
                SELECT said.model AS model, instance.source AS source, said.finding AS finding, count(*) AS images,
                    sum(truth) AS positives,
                    sum(truth = 1 AND presence = 'present') AS found,
                    sum(truth = 0 AND presence != 'present') AS spared,
                    sum(presence = 'undetermined') AS undetermined
                FROM feedback JOIN said USING (instance, finding) JOIN instance ON instance.id = feedback.instance
                GROUP BY said.model, instance.source, said.finding ORDER BY said.model, instance.source, said.finding
                """)
        }
        try note(event(.administratorRead, actor: actor, details: ["what": "feedback"]))
        return .array(
            rows.map { row in
                func count(_ name: String) -> Int { Int(row.integer(name) ?? 0) }
                let (images, positives) = (count("images"), count("positives"))
                return .object([
                    "model": .optional(row.text("model")), "source": .optional(row.text("source")),
                    "finding": .optional(row.text("finding")), "images": .number(images),
                    "positives": .number(positives), "undetermined": .number(count("undetermined")),
                    "agreement": share(count("found") + count("spared"), of: images),
                    "sensitivity": share(count("found"), of: positives),
                    "specificity": share(count("spared"), of: images - positives),
                ])
            })
    }

    private func share(_ count: Int, of total: Int) -> JSONValue {
        let figure = Figure.proportion(count, of: total, undefined: "no image")
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return .object(["value": number(figure.value), "low": number(figure.low), "high": number(figure.high)])
    }
}
