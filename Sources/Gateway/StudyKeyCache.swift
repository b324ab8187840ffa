import Durability
import Foundation
import Sealing
import Synchronization

/// The key records of studies: found in the database, or made for a study that is seen for the first time.
///
/// Two associations that bring the first images of one study at once must seal to the same keys; therefore a new
/// record is remembered here until it is committed.
final class StudyKeyCache: Sendable {
    private let store: Store
    private let roles: RolePublicKeys
    private let known = Mutex<[StudyID: StudyKeyRecord]>([:])

    /// Records kept in memory; a modality sends few studies at a time.
    private static let limit = 256

    init(store: Store, roles: RolePublicKeys) {
        self.store = store
        self.roles = roles
    }

    /// Forgets a record that turned out not to be the study's.
    func forget(_ study: StudyID) { known.withLock { $0[study] = nil } }

    func record(for study: StudyID) throws -> StudyKeyRecord {
        try known.withLock { known in
            if let record = known[study] { return record }
            if known.count >= Self.limit { known.removeAll() }
            let record = try StudyRows.keys(of: study, in: store) ?? StudyKeys.make(study: study, roles: roles)
            known[study] = record
            return record
        }
    }
}

/// Reading and writing the table `study`.
enum StudyRows {
    static func keys(of study: StudyID, in store: Store) throws -> StudyKeyRecord? {
        let row = try store.read { transaction in
            try transaction.row("SELECT keys FROM study WHERE id = ?", .text("\(study)"))
        }
        guard let bytes = row?.blob("keys") else { return nil }
        return try JSONDecoder().decode(StudyKeyRecord.self, from: Data(bytes))
    }

    /// Notes that an image of the study has arrived; makes the row with its keys if it is the first.
    static func touch(
        _ record: StudyKeyRecord, now: Int64, in transaction: borrowing Transaction
    ) throws {
        let keys = Array(try JSONEncoder().encode(record))
        try transaction.execute(
            """
            INSERT INTO study (id, keys, first_at, last_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at
            """,
            .text("\(record.study)"), .blob(keys), .integer(now), .integer(now))
        // Sealed to other keys than the study has, the image could never be opened: let the modality send it again.
        let stored = try transaction.row("SELECT keys FROM study WHERE id = ?", .text("\(record.study)"))?.blob("keys")
        guard let stored, try JSONDecoder().decode(StudyKeyRecord.self, from: Data(stored)) == record else {
            throw GatewayError.keys("the study was given other keys meanwhile")
        }
    }
}
