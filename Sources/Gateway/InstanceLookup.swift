import Durability
import Foundation
import Passage
import Sealing
import WorkQueue

/// An instance with the keys of its study, as a role needs it to work on it.
struct InstanceLookup: Sendable {
    let id: String
    let study: String
    let state: InstanceState
    let path: String
    let sealedFor: String
    let identity: [UInt8]
    let receivedAt: Int64
    let keys: StudyKeyRecord

    static func find(_ id: String, in store: Store) throws -> InstanceLookup {
        let row = try store.read { transaction in
            try transaction.row(
                "SELECT instance.*, study.keys AS keys FROM instance JOIN study ON study.id = study WHERE instance.id = ?",
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
            let receivedAt = row.integer("received_at"), let keys = row.blob("keys")
        else { return nil }
        self.id = id
        self.study = study
        self.state = state
        self.path = path
        self.sealedFor = sealedFor
        self.identity = identity
        self.receivedAt = receivedAt
        self.keys = try JSONDecoder().decode(StudyKeyRecord.self, from: Data(keys))
    }
}

/// When the report of a study is due.
enum StudyTiming {
    static func reportDue(
        _ study: String, configuration: GatewayConfiguration, in transaction: borrowing Transaction
    ) throws -> Int64 {
        // The cap counts from the first image that no report speaks of yet.
        let row = try transaction.row(
            """
            SELECT min(received_at) AS first, max(received_at) AS last FROM instance
            WHERE study = ? AND state IN ('clearing', 'ready', 'analysed')
            """, .text(study))
        let last = row?.integer("last") ?? 0
        return Ledger.reportTime(
            firstImage: row?.integer("first") ?? last, lastImage: last,
            quiet: Int64(configuration.quietSeconds * 1000), cap: Int64(configuration.quietCapSeconds * 1000))
    }
}
