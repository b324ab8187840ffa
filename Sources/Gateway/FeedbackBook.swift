import Durability
import Passage

/// What models said and what was true, in the database. Both speak of random ids alone, and go with a study's results.
enum FeedbackBook {
    /// Notes what was said of an image; saying it again replaces it.
    static func note(_ findings: Findings, of instance: String, in transaction: borrowing Transaction) throws {
        try transaction.execute("DELETE FROM said WHERE instance = ?", .text(instance))
        for finding in findings.findings {
            try transaction.execute(
                "INSERT INTO said (instance, finding, model, presence, score) VALUES (?, ?, ?, ?, ?)", .text(instance),
                .text(finding.label), .text("\(findings.modelID) \(findings.modelVersion)"),
                .text(finding.presence.rawValue), .real(finding.probability))
        }
    }

    /// Forgets a study.
    static func forget(study: String, in transaction: borrowing Transaction) throws {
        for table in ["said", "feedback"] {
            try transaction.execute(
                "DELETE FROM \(table) WHERE instance IN (SELECT id FROM instance WHERE study = ?)", .text(study))
        }
    }

    /// What became of one line of feedback.
    enum Outcome: String, CaseIterable {
        case added, changed, same, unknownImage, unknownFinding
    }

    /// Takes one truth for images; those that were not analysed, or not for this finding, are counted.
    static func record(
        _ truth: Bool, finding: String, of instances: [String], actor: String, now: Int64,
        in transaction: borrowing Transaction
    ) throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for instance in instances {
            let said = try transaction.rows("SELECT finding FROM said WHERE instance = ?", .text(instance))
                .compactMap { $0.text("finding") }
            guard !said.isEmpty else { continue }
            guard said.contains(finding) else {
                outcomes.append(.unknownFinding)
                continue
            }
            let before = try transaction.row(
                "SELECT truth FROM feedback WHERE instance = ? AND finding = ?", .text(instance), .text(finding))
            let number: Int64 = truth ? 1 : 0
            if before?.integer("truth") == number {
                outcomes.append(.same)
                continue
            }
            outcomes.append(before == nil ? .added : .changed)
            try transaction.execute(
                "INSERT OR REPLACE INTO feedback (instance, finding, truth, at, actor) VALUES (?, ?, ?, ?, ?)",
                .text(instance), .text(finding), .integer(number), .integer(now), .text(actor))
        }
        return outcomes.isEmpty ? [.unknownImage] : outcomes
    }
}
