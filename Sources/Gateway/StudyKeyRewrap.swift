import Durability
import Foundation
import Sealing

/// Seals the private halves of studies' keys anew, from a role key that is being rotated out to the one that follows it.
/// Sealed files stay as they are.
enum StudyKeyRewrap {
    /// Rows that are rewrapped and written together: some milliseconds of a writer's time.
    private static let batchRows = 32

    /// Rewraps one batch; returns how many rows it found, 0 when all is done.
    ///
    /// A row that was destroyed or rewritten meanwhile is left alone. Throws `keyNotHeld` in a role that does not hold
    /// the key.
    static func batch(
        _ key: KeyRing.RoleKey, store: Store, secrets: RoleSecrets, now: Int64
    ) throws -> Int {
        let keys = secrets.keys(for: key.studyKeyClass)
        guard let current = keys.first else { throw SealingError.keyNotHeld }
        var found = 0
        for old in keys.dropFirst() {
            let rows = try store.read { transaction in
                try transaction.rows(
                    "SELECT * FROM study_key WHERE class = ? AND recipient = ? LIMIT ?",
                    .text(key.studyKeyClass.rawValue), .text(Hexadecimal.text(old.publicKey.keyID)),
                    .integer(batchRows))
            }
            // The cryptography is done before the write lock is taken.
            let rewrapped = try rows.compactMap { try rewrap($0, key, from: old, to: current.publicKey) }
            found += rows.count
            if rewrapped.isEmpty { continue }
            let recipient = Hexadecimal.text(current.publicKey.keyID)
            try store.write { transaction in
                for row in rewrapped {
                    try transaction.execute(
                        """
                        UPDATE study_key SET private_key = ?, recipient = ?, wrapped_at = ?
                        WHERE study = ? AND class = ? AND private_key = ?
                        """,
                        .blob(row.new), .text(recipient), .integer(now), .text("\(row.study)"),
                        .text(key.studyKeyClass.rawValue), .blob(row.old))
                }
            }
        }
        return found
    }

    private static func rewrap(
        _ row: Row, _ key: KeyRing.RoleKey, from old: P256PrivateKey, to new: P256PublicKey
    ) throws -> (study: StudyID, old: [UInt8], new: [UInt8])? {
        guard let study = row.text("study").flatMap({ StudyID($0) }), let point = row.blob("public_key"),
            let sealed = row.blob("private_key")
        else { return nil }
        let pair = StudyKeyPair(publicKey: try P256PublicKey(x963: point), sealedPrivateKey: sealed)
        let record = StudyKeyRecord(study: study, pairs: [key.studyKeyClass: pair])
        let rewrapped = try StudyKeys.rewrap(record, class: key.studyKeyClass, from: old, to: new)
        return (study, sealed, try rewrapped.pair(for: key.studyKeyClass).sealedPrivateKey)
    }
}

/// A role's own thread that rewraps whenever it holds a key that is being rotated out, beside its ordinary work.
final class StudyKeyRewrapper: Sendable {
    private let house: RoleHouse
    private let held: HeldSecrets
    private let keys: [KeyRing.RoleKey]
    private let bell = DispatchSemaphore(value: 0)

    /// Seconds before another try after the disk or the database failed.
    private static let patience = 1.0

    init(house: RoleHouse, held: HeldSecrets, keys: [KeyRing.RoleKey]) {
        self.house = house
        self.held = held
        self.keys = keys
    }

    /// Begins; what an earlier process left undone is done first.
    func start() {
        held.onRenewal { [self] _, done in
            done()
            bell.signal()
        }
        let thread = Thread { [self] in run() }
        thread.name = "rewrap"
        thread.start()
        bell.signal()
    }

    private func run() {
        while true {
            bell.wait()
            for key in keys where held.current.keys(for: key.studyKeyClass).count > 1 {
                do {
                    let now = house.clock.milliseconds()
                    while try StudyKeyRewrap.batch(key, store: house.store, secrets: held.current, now: now) > 0 {}
                    house.link.rewrapped(key)
                } catch {
                    house.log(.keysNotRewrapped, .error(error))
                    Thread.sleep(forTimeInterval: Self.patience)
                    bell.signal()
                }
            }
        }
    }
}
