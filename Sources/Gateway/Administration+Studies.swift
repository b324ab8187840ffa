import Durability
import Foundation
import Journal
import Sealing

// How an administrator names a study: by its pseudonym, or by what the outside world calls it. Outside names come from
// standard input, are made pseudonyms at once, and are neither logged nor kept.

extension Administration {
    /// The studies that a request names. Throws `notFound` if there is none.
    func studies(_ request: AdministrationRequest) throws -> [StudyID] {
        let name = try request.required("study").trimmingCharacters(in: .whitespacesAndNewlines)
        let kind = request.arguments["by"] ?? "pseudonym"
        let found: [StudyID]
        switch kind {
        case "pseudonym": found = StudyID(name).map { [$0] } ?? []
        case "uid": found = try pseudonyms(.study, name).compactMap { StudyID($0) }
        case "accession":
            let tokens = try pseudonyms(.accession, name)
            found = try store.read { transaction in
                try tokens.flatMap { token in
                    try transaction.rows(
                        "SELECT study FROM study_name WHERE kind = 'accession' AND token = ?", .text(token))
                }.compactMap { $0.text("study").flatMap { StudyID($0) } }
            }
        default: throw GatewayError.badRequest("a study is named by pseudonym, uid or accession")
        }
        let known = try store.read { transaction in
            try Set(found).filter {
                try transaction.row("SELECT 1 FROM study WHERE id = ?", .text("\($0)")) != nil
            }
        }
        guard !known.isEmpty else { throw GatewayError.notFound("study of this name") }
        return known.sorted()
    }

    func pseudonyms(_ kind: OutsideName, _ name: String) throws -> [String] {
        guard !name.isEmpty, name.utf8.count <= OutsideName.longest else {
            throw GatewayError.badRequest("a name has 1 to \(OutsideName.longest) bytes")
        }
        return try pseudonymise(kind, name)
    }

    // MARK: Legal hold

    func setHold(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("a legal hold wants --reason")
        }
        let studies = try studies(request)
        let now = clock.milliseconds()
        try committer.commit { [self] transaction in
            for study in studies {
                try transaction.execute(
                    "INSERT OR REPLACE INTO legal_hold VALUES (?, ?, ?, ?)", .text("\(study)"), .text(reason),
                    .text(actor), .integer(now))
                try transaction.owe(studyEvent(.hold, study, actor: actor, details: ["what": "legal hold"]))
            }
        }
        return .object(["held": .array(studies.map { .string("\($0)") })])
    }

    func clearHold(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("clearing a legal hold wants --reason")
        }
        let studies = try studies(request)
        try committer.commit { [self] transaction in
            for study in studies {
                guard try transaction.execute("DELETE FROM legal_hold WHERE study = ?", .text("\(study)")) == 1
                else { throw GatewayError.notFound("legal hold of this study") }
                let details = ["what": "legal hold", "reason": reason]
                try transaction.owe(studyEvent(.release, study, actor: actor, details: details))
            }
        }
        return .object(["cleared": .array(studies.map { .string("\($0)") })])
    }

    func listHolds(actor: String) throws -> JSONValue {
        try store.read { transaction in
            .array(
                try transaction.rows("SELECT * FROM legal_hold ORDER BY set_at").map { row in
                    .object([
                        "study": .optional(row.text("study")), "reason": .optional(row.text("reason")),
                        "by": .optional(row.text("set_by")), "at": .optional(row.integer("set_at")),
                    ])
                })
        }
    }

    /// One entry about a study.
    func studyEvent(
        _ kind: JournalEventKind, _ study: StudyID, actor: String, details: [String: String]
    ) -> JournalEvent {
        var event = event(kind, actor: actor, details: details)
        event.study = "\(study)"
        return event
    }
}
