import Durability
import Passage

/// What two models said of one label of one image. It stays in this table.
struct ShadowRow: Sendable {
    let control: Finding
    let treatment: Finding

    /// The labels that both models know.
    static func rows(control: Findings, treatment: Findings) -> [ShadowRow] {
        control.findings.compactMap { finding in
            treatment.findings.first { $0.label == finding.label }.map { ShadowRow(control: finding, treatment: $0) }
        }
    }

    func insert(
        experiment: String, instance: String, at now: Int64, in transaction: borrowing Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT OR REPLACE INTO shadow (experiment, instance, label, control, treatment, control_presence,
                treatment_presence, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, .text(experiment), .text(instance), .text(control.label), .real(control.probability),
            .real(treatment.probability), .text(control.presence.rawValue), .text(treatment.presence.rawValue),
            .integer(now))
    }

    /// A study's results go, and with them what was said in a shadow.
    static func forget(_ study: String, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            "DELETE FROM shadow WHERE instance IN (SELECT id FROM instance WHERE study = ?)", .text(study))
    }
}
