import Durability
import Foundation
import Passage
import Sealing

/// An instance with the keys of its study, as a role needs it to work on it.
struct InstanceLookup: Sendable {
    let id: String
    let study: String
    let state: InstanceState
    let reason: String?
    let patient: String
    let uidToken: String
    /// AE title of the sender.
    let source: String
    let path: String
    let sealedFor: String
    let identity: [UInt8]
    let receivedAt: Int64
    let changedAt: Int64
    let keys: StudyKeyRecord

    /// Part of no statistics.
    var isCanary: Bool { source == Canary.title }

    static func find(_ id: String, in store: Store) throws -> InstanceLookup {
        let row = try store.read { transaction in
            try transaction.row(
                "SELECT instance.*, \(StudyRows.keysColumn) FROM instance WHERE instance.id = ?",
                .text(id))
        }
        guard let row, let instance = try InstanceLookup(row) else {
            throw GatewayError.notFound("instance with this id")
        }
        return instance
    }

    init?(_ row: Row) throws {
        guard let id = row.text("id"), let study = row.text("study"),
            let state = row.text("state").flatMap(InstanceState.init), let path = row.text("path"),
            let sealedFor = row.text("sealed_for"), let identity = row.blob("identity"),
            let receivedAt = row.integer("received_at"), let changedAt = row.integer("changed_at"),
            let keys = row.text("keys"), let studyID = StudyID(study),
            let uidToken = row.text("uid_token"), let patient = row.text("patient"),
            let source = row.text("source")
        else { return nil }
        self.id = id
        self.study = study
        self.state = state
        reason = row.text("reason")
        self.patient = patient
        self.uidToken = uidToken
        self.source = source
        self.path = path
        self.sealedFor = sealedFor
        self.identity = identity
        self.receivedAt = receivedAt
        self.changedAt = changedAt
        self.keys = try StudyRows.record(of: studyID, json: keys)
    }
}
