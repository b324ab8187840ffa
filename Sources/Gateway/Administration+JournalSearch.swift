import DICOMCore
import Durability
import Foundation
import Journal
import Sealing

// Who touched this patient's images? The journal holds keyed pseudonyms alone: the identifier comes in the request (never
// in a command line), becomes a pseudonym here, and is forgotten.

extension Administration {
    /// Every entry about a patient or study.
    func searchJournal(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let (entries, _) = try entries(about: request, what: "search", actor: actor)
        return .array(entries.map(Self.describe))
    }

    /// Accounting of disclosures: what of a patient (or study) went to whom, when and for what; and who looked at it here.
    /// Source: 45 CFR 164.528 (date, recipient, what, purpose).
    func accountForDisclosures(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let (entries, studies) = try entries(about: request, what: "accounting", actor: actor)
        let isDisclosure: (JournalEvent) -> Bool = { event in
            event.outcome == "ok" && (event.kind == .deliver || event.kind == .export)
        }
        let isAccess: (JournalEvent) -> Bool = { event in
            event.actor.hasPrefix("administrator:") && !isDisclosure(event)
        }
        return .object([
            "studies": .number(studies.count), "entries": .number(entries.count),
            "disclosures": .array(
                entries.filter { isDisclosure($0.event) }.map { entry in
                    .object([
                        "at": .number(entry.event.at), "index": .number(entry.index),
                        "to": .string(entry.event.details["destination"] ?? "export"),
                        "what": .string(entry.event.details["kind"] ?? entry.event.kind.rawValue),
                        "purpose": .string("treatment: result of the analysis, into the original study"),
                        "study": .optional(entry.event.study),
                    ])
                }),
            "accesses": .array(
                entries.filter { isAccess($0.event) }.map { entry in
                    .object([
                        "at": .number(entry.event.at), "index": .number(entry.index),
                        "by": .string(entry.event.actor), "what": .string(entry.event.kind.rawValue),
                        "detail": .optional(entry.event.details["what"] ?? entry.event.details["for"]),
                        "study": .optional(entry.event.study),
                    ])
                }),
        ])
    }

    /// The entries about a patient's studies or one study, and these studies' pseudonyms. The search itself is journalled
    /// first.
    private func entries(
        about request: AdministrationRequest, what: String, actor: String
    ) throws -> ([JournalEntry], Set<String>) {
        let identifier = PHI(try request.required("identifier"))
        let by = try request.required("by")
        let key = try KeyRing.load(in: directory.keys, roles: [.reception]).secrets(for: .reception).pseudonym()
        var studies: Set<String> = []
        var patient: String?
        switch by {
        case "study":
            let study = try identifier.withDisclosed(for: .reidentification) { text throws(any Error) in
                let uid = Array(text.utf8)
                guard uid.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) }), uid.count <= 64 else {
                    throw GatewayError.badRequest("a Study Instance UID has digits and dots, at most 64")
                }
                return "\(try key.studyID(studyInstanceUID: uid))"
            }
            studies.insert(study)
        case "patient":
            let token = try identifier.withDisclosed(for: .reidentification) { text throws(any Error) in
                try PatientPseudonym.token(patientID: Array(text.utf8), key: key)
            }
            patient = token
            studies = try store.read { transaction in
                Set(
                    try transaction.rows("SELECT DISTINCT study FROM instance WHERE patient = ?", .text(token))
                        .compactMap { $0.text("study") })
            }
        default: throw GatewayError.badRequest("'by' is patient or study")
        }
        var details = ["what": what, "by": by]
        details["patient"] = patient
        var read = event(.journalRead, actor: actor, details: details)
        if patient == nil { read.study = studies.first }
        try note(read)
        return (try entries(of: &studies, patient: patient), studies)
    }

    /// Two readings: the first finds what belongs to the studies (also what the database has forgotten), the second all
    /// that was done to it.
    private func entries(of studies: inout Set<String>, patient: String?) throws -> [JournalEntry] {
        let reader = JournalReader(directory: directory.journal)
        if let patient {
            try reader.forEach { entry in
                if entry.event.details["patient"] == patient, let study = entry.event.study { studies.insert(study) }
                return true
            }
        }
        var subjects: Set<String> = []
        var found: [JournalEntry] = []
        try reader.forEach { entry in
            let event = entry.event
            let isOfStudy = event.study.map(studies.contains) ?? false
            if isOfStudy, let subject = event.subject { subjects.insert(subject) }
            let isOfSubject = event.subject.map { subjects.contains($0) || studies.contains($0) } ?? false
            if isOfStudy || isOfSubject || (patient != nil && event.details["patient"] == patient) {
                found.append(entry)
                guard found.count <= Self.entryLimit else {
                    throw GatewayError.badRequest("more than \(Self.entryLimit) entries; export the journal")
                }
            }
            return true
        }
        return found
    }

    /// Entries in one answer: bounds the memory that one question takes.
    private static let entryLimit = 200_000
}
