import Durability
import Journal
import Passage
import WorkQueue

/// What the database keeps of an instance.
struct InstanceRow: Sendable {
    let id: String
    let study: String
    let uidToken: String
    let digest: [UInt8]
    let source: String
    let path: String
    let keyClass: String
    let byteCount: Int
    let identity: [UInt8]
    /// Pseudonym of the patient; see ``PatientPseudonym``.
    let patient: String

    func insert(
        state: InstanceState, reason: String?, now: Int64, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            """
            INSERT INTO instance (id, study, state, reason, uid_token, digest, source, path, sealed_for, bytes,
                identity, patient, received_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(id), .text(study), .text(state.rawValue), .optional(reason), .text(uidToken), .blob(digest),
            .text(source), .text(path), .text(keyClass), .integer(byteCount), .blob(identity), .text(patient),
            .integer(now), .integer(now))
    }

    /// The entries that this touch owes the journal.
    func events(house: RoleHouse, held: String?) -> [JournalEvent] {
        var received = ["ae": source, "bytes": "\(byteCount)"]
        // By it the privacy officer finds what was done with the images of one patient (`journal search`).
        if !patient.isEmpty { received["patient"] = patient }
        var events = [
            house.event(.receive, subject: id, study: study, details: received),
            house.event(.deidentify, subject: id, study: study, details: ["profile": "basic"]),
            house.event(
                .verify, subject: id, study: study, outcome: held?.hasPrefix("VER") == true ? held ?? "ok" : "ok"),
            house.event(.seal, subject: id, study: study, details: ["class": keyClass]),
        ]
        if let held { events.append(house.event(.hold, subject: id, study: study, outcome: held)) }
        return events
    }
}
