import Durability
import Foundation
import Journal
import Sealing

extension Administration {
    /// From what a person on the telephone says (accession number, patient id, Study Instance UID) to what the gateway
    /// has of it: ids and states, to go on with `trace`. The identifier came by standard input, becomes a pseudonym
    /// here, and is forgotten; the reading is journalled first.
    func lookup(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let by = try request.required("by")
        let identifier = try request.required("identifier")
        let studies: [String]
        switch by {
        case "study": studies = try pseudonyms(.study, identifier)
        case "accession":
            let tokens = try pseudonyms(.accession, identifier)
            studies = try store.read { transaction in
                try tokens.flatMap {
                    try transaction.rows(
                        "SELECT study FROM study_name WHERE kind = 'accession' AND token = ?", .text($0))
                }.compactMap { $0.text("study") }
            }
        case "patient":
            let tokens = try pseudonyms(.patient, identifier)
            studies = try store.read { transaction in
                try tokens.flatMap {
                    try transaction.rows("SELECT DISTINCT study FROM instance WHERE patient = ?", .text($0))
                }.compactMap { $0.text("study") }
            }
        default: throw GatewayError.badRequest("'by' is accession, patient or study")
        }
        var read = event(.administratorRead, actor: actor, details: ["what": "lookup", "by": by])
        read.study = studies.count == 1 ? studies.first : nil
        try note(read)
        return .array(
            try Set(studies).sorted().flatMap { study in
                try store.read { transaction in
                    try transaction.rows(
                        """
                        SELECT id, state, reason, source, received_at,
                            (SELECT count(*) FROM job WHERE state <> 'done' AND subject IN (
                                SELECT instance.id UNION SELECT instance.study
                                UNION SELECT result.id FROM result WHERE result.study = instance.study)) AS open
                        FROM instance WHERE study = ? ORDER BY received_at LIMIT 1000
                        """, .text(study))
                }.map { row in
                    .object([
                        "image": .optional(row.text("id")), "study": .string(study),
                        "state": .optional(row.text("state")), "reason": .optional(row.text("reason")),
                        "source": .optional(row.text("source")), "received": .optional(row.integer("received_at")),
                        "openJobs": .optional(row.integer("open")),
                    ])
                }
            })
    }
}
