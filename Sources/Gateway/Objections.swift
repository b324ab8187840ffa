import Durability
import Foundation
import Passage
import WorkQueue

/// Patients who object: kept as keyed tokens, found when an image arrives.
enum Objections {
    enum Purpose: String, Sendable, CaseIterable {
        /// The model must not look at the patient's images.
        case analysis
        /// Nothing of them may be used for training, evaluation or research.
        case secondary
    }

    /// The reason that an instance gets: `OBJ-001` against analysis, `OBJ-002` against secondary use.
    static func code(_ purpose: Purpose) -> String { purpose == .analysis ? "OBJ-001" : "OBJ-002" }

    /// The code if the patient objects; `nil` if not.
    static func reason(
        _ token: String, against purpose: Purpose, in transaction: borrowing Transaction
    ) throws -> String? {
        if token.isEmpty { return nil }
        let row = try transaction.row(
            "SELECT 1 FROM objection WHERE token = ? AND purpose = ?", .text(token), .text(purpose.rawValue))
        return row == nil ? nil : code(purpose)
    }

    /// Whether a study may be used for more than its own answer. Unknown studies may not.
    static func allowsSecondaryUse(of study: String, in transaction: borrowing Transaction) throws -> Bool {
        guard try transaction.row("SELECT 1 FROM instance WHERE study = ? AND patient <> ''", .text(study)) != nil
        else { return false }
        return try transaction.row(
            """
            SELECT 1 FROM instance JOIN objection ON objection.token = instance.patient
            WHERE study = ? AND purpose = 'secondary'
            """, .text(study)) == nil
    }
}

extension Administration {
    func addObjection(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let (tokens, purposes) = try objection(request)
        let now = clock.milliseconds()
        try committer.commit { [self] transaction in
            for token in tokens {
                for purpose in purposes {
                    try transaction.execute(
                        "INSERT OR IGNORE INTO objection VALUES (?, ?, ?, ?)", .text(token), .text(purpose.rawValue),
                        .text(actor), .integer(now))
                }
                if purposes.contains(.analysis) { try stopAnalysis(token, now: now, in: transaction) }
            }
            let what = purposes.map(\.rawValue).joined(separator: ",")
            try transaction.owe(
                event(.configurationChange, actor: actor, details: ["change": "objections add", "purpose": what]))
        }
        return .object(["added": .array(purposes.map { .string($0.rawValue) })])
    }

    func removeObjection(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let (tokens, purposes) = try objection(request)
        try committer.commit { [self] transaction in
            var removed = 0
            for token in tokens {
                for purpose in purposes {
                    removed += try transaction.execute(
                        "DELETE FROM objection WHERE token = ? AND purpose = ?", .text(token), .text(purpose.rawValue))
                }
            }
            guard removed > 0 else { throw GatewayError.notFound("objection of this patient") }
            let what = purposes.map(\.rawValue).joined(separator: ",")
            try transaction.owe(
                event(.configurationChange, actor: actor, details: ["change": "objections remove", "purpose": what]))
        }
        return .object(["removed": .array(purposes.map { .string($0.rawValue) })])
    }

    func listObjections(actor: String) throws -> JSONValue {
        try note(event(.administratorRead, actor: actor, details: ["what": "objections"]))
        return try store.read { transaction in
            .array(
                try transaction.rows("SELECT * FROM objection ORDER BY added_at").map { row in
                    .object([
                        "patient": .optional(row.text("token")), "purpose": .optional(row.text("purpose")),
                        "by": .optional(row.text("added_by")), "at": .optional(row.integer("added_at")),
                    ])
                })
        }
    }

    private func objection(
        _ request: AdministrationRequest
    ) throws -> (tokens: [String], purposes: [Objections.Purpose]) {
        let name = try request.required("patient").trimmingCharacters(in: .whitespacesAndNewlines)
        let wanted = request.arguments["purpose"] ?? "all"
        let purposes =
            wanted == "all" ? Objections.Purpose.allCases : Objections.Purpose(rawValue: wanted).map { [$0] } ?? []
        guard !purposes.isEmpty else { throw GatewayError.badRequest("a purpose is analysis, secondary, or all") }
        return (try pseudonyms(.patient, name), purposes)
    }

    /// Images of the patient that wait for analysis are not looked at.
    private func stopAnalysis(_ token: String, now: Int64, in transaction: borrowing Transaction) throws {
        let waiting = try transaction.rows(
            """
            SELECT id, study FROM instance WHERE patient = ? AND patient <> '' AND state IN ('clearing', 'ready')
            """, .text(token))
        for row in waiting {
            guard let id = row.text("id") else { continue }
            try Ledger.move(id, to: .notEligible, reason: Objections.code(.analysis), now: now, in: transaction)
            try transaction.execute(
                "UPDATE job SET state = 'done', error = 'OBJ-001', changed_at = ? WHERE subject = ? AND state <> 'done'",
                .integer(now), .text(id))
        }
    }
}
