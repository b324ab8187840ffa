import Durability
import Foundation
import Journal
import Sealing
import Synchronization

/// Rotates the keys of the roles, and knows how old each is and how many studies it opens.
///
/// A rotation goes through these points; whatever cuts it short, the next start goes on from there:
/// 1. a new pair of files, the old private key kept beside it (`KeyRing.rotate`);
/// 2. the table `role_key` says so, and the journal;
/// 3. reception makes no more study keys for the old one;
/// 4. the role that holds the key rewraps the rows of studies (`StudyKeyRewrap`);
/// 5. in one transaction that finds no row left: the old key counts as destroyed, and the journal says so;
/// 6. its file is overwritten and removed, and the role forgets it.
final class KeyOffice: Sendable {
    /// Hands a role the keys that now lie in the key directory; returns when it needs no others, or throws.
    typealias HandOver = @Sendable (Role) throws -> Void

    let directory: DataDirectory
    let store: Store
    let committer: Committer
    let clock: GatewayClock
    /// `nil` without a daemon: then there are no roles, and this process does their part.
    private let handOver: HandOver?
    /// Introduces a new key to the journal; `nil` where there is no journal to write.
    private let introduce: (@Sendable (JournalSigningKey, JournalEvent) throws -> Void)?
    private let lock = NSLock()
    private let finished = Mutex<[KeyRing.RoleKey: DispatchSemaphore]>([:])

    /// Seconds that an administrator waits for the end of a rotation; it goes on without him.
    private static let patienceSeconds = 120.0

    init(
        directory: DataDirectory, store: Store, committer: Committer, clock: GatewayClock, handOver: HandOver? = nil,
        introduce: (@Sendable (JournalSigningKey, JournalEvent) throws -> Void)? = nil
    ) {
        self.introduce = introduce
        self.directory = directory
        self.store = store
        self.committer = committer
        self.clock = clock
        self.handOver = handOver
    }

    /// Brings the table in step with the files, and ends what was already decided. Called at start.
    func recover() throws {
        try note(change: nil, actor: "supervisor")
        for key in KeyRing.RoleKey.allCases where KeyRing.isRotating(key, in: directory.keys) {
            if try oldKeyID(key) == nil { try KeyRing.completeRotation(key, in: directory.keys) }
        }
    }

    /// Gives a role's key a successor. Returns `true` when the old one is destroyed, `false` when that will follow.
    func rotate(_ key: KeyRing.RoleKey, actor: String, reason: String?) throws -> Bool {
        let ended = DispatchSemaphore(value: 0)
        try begin(key, actor: actor, reason: reason, ended: ended)
        guard let handOver else {
            let secrets = try KeyRing.load(in: directory.keys).secrets(for: key.role)
            while try StudyKeyRewrap.batch(key, store: store, secrets: secrets, now: clock.milliseconds()) > 0 {}
            return try finish(key)
        }
        try handOver(.reception)
        try handOver(key.role)
        return ended.wait(timeout: .now() + Self.patienceSeconds) == .success
    }

    /// Gives the journal's key a successor: both sign the checkpoint that introduces it, and the old one is destroyed.
    /// A crash in between leaves both; `JournalOffice` asks the journal which one signs.
    func rotateJournalKey(actor: String, reason: String?) throws {
        lock.lock()
        defer { lock.unlock() }
        guard let introduce else { throw GatewayError.keys("there is no journal to tell of a new key") }
        let next = try KeyRing.prepareJournalKey(in: directory.keys)
        var details = ["change": "keys rotate journal", "key": next.verifyingKey.hexadecimal]
        details["reason"] = reason
        try introduce(
            next, JournalEvent(kind: .keyChange, at: clock.milliseconds(), actor: actor, details: details))
        try KeyRing.adoptNextJournalKey(in: directory.keys)
    }

    private func begin(_ key: KeyRing.RoleKey, actor: String, reason: String?, ended: DispatchSemaphore) throws {
        lock.lock()
        defer { lock.unlock() }
        guard !KeyRing.isRotating(key, in: directory.keys) else {
            throw GatewayError.keys("a rotation of the \(key.rawValue) key is under way; see `cxrgate keys list`")
        }
        finished.withLock { $0[key] = ended }
        try KeyRing.rotate(key, in: directory.keys)
        try note(change: "keys rotate \(key.rawValue)", actor: actor, reason: reason)
    }

    /// Ends a rotation if no study's key is sealed to the old one any more. Returns whether it has ended.
    @discardableResult
    func finish(_ key: KeyRing.RoleKey) throws -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard KeyRing.isRotating(key, in: directory.keys) else { return true }
        if let old = try oldKeyID(key) {
            let now = clock.milliseconds()
            let left = Box(0)
            let event = JournalEvent(
                kind: .keyChange, at: now, actor: "supervisor",
                details: ["change": "old \(key.rawValue) key destroyed", "key": old])
            try committer.commit { transaction in
                let row = try transaction.row(
                    "SELECT count(*) AS n FROM study_key WHERE class = ? AND recipient = ?",
                    .text(key.studyKeyClass.rawValue), .text(old))
                let count = Int(row?.integer("n") ?? 0)
                left.value.withLock { $0 = count }
                if count > 0 { return }
                try transaction.execute(
                    "UPDATE role_key SET state = 'destroyed', ended_at = ? WHERE key_id = ?", .integer(now),
                    .text(old))
                try transaction.owe(event)
            }
            guard left.value.withLock({ $0 }) == 0 else { return false }
        }
        try KeyRing.completeRotation(key, in: directory.keys)
        // The role forgets it; one that does not answer gets the keys of its moment when it starts again.
        defer { finished.withLock { $0.removeValue(forKey: key) }?.signal() }
        try handOver?(key.role)
        return true
    }

    /// The key that is being rotated out; `nil` if the table knows none.
    private func oldKeyID(_ key: KeyRing.RoleKey) throws -> String? {
        try store.read { transaction in
            try transaction.row(
                "SELECT key_id FROM role_key WHERE name = ? AND state = 'previous'", .text(key.rawValue))
        }?.text("key_id")
    }

    /// Notes in the table which keys there are: those whose files lie there now, and those that they follow.
    private func note(change: String?, actor: String, reason: String? = nil) throws {
        let ring = try KeyRing.load(in: directory.keys, roles: [])
        let now = clock.milliseconds()
        let files = KeyDirectory(directory.keys)
        let keys = KeyRing.RoleKey.allCases.map { key in
            (
                key: key, id: Hexadecimal.text(ring.publicKeys.key(for: key.studyKeyClass).keyID),
                madeAt: files.writtenAt(key.publicFile) ?? now
            )
        }
        var details = ["change": change ?? ""]
        details["reason"] = reason
        let event = JournalEvent(kind: .keyChange, at: now, actor: actor, details: details)
        try committer.commit { transaction in
            for (key, id, madeAt) in keys {
                try transaction.execute(
                    "UPDATE role_key SET state = 'previous' WHERE name = ? AND state = 'current' AND key_id <> ?",
                    .text(key.rawValue), .text(id))
                try transaction.execute(
                    "INSERT INTO role_key VALUES (?, ?, 'current', ?, NULL) ON CONFLICT (key_id) DO NOTHING",
                    .text(id), .text(key.rawValue), .integer(madeAt))
            }
            if change != nil { try transaction.owe(event) }
        }
    }

    /// Every key by name, with its age and how many studies it opens; never a secret.
    func list() throws -> JSONValue {
        let ring = try KeyRing.load(in: directory.keys, roles: [])
        let purposes = ["analysis": "de-identified images", "patient": "identities", "results": "analyses"]
        let rows = try store.read { transaction in
            try transaction.rows(
                """
                SELECT role_key.*, (SELECT count(*) FROM study_key WHERE recipient = key_id) AS studies
                FROM role_key ORDER BY name, made_at
                """)
        }
        let journalMade = KeyDirectory(directory.keys).writtenAt("journal.pub")
        let keys = rows.map { row in
            JSONValue.object([
                "name": .optional(row.text("name")), "kind": .string("P-256"), "id": .optional(row.text("key_id")),
                "opens": .optional(row.text("name").flatMap { purposes[$0] }), "state": .optional(row.text("state")),
                "made": .optional(row.integer("made_at")), "ended": .optional(row.integer("ended_at")),
                "studies": .optional(row.integer("studies")),
            ])
        }
        return .array(
            keys + [
                .object([
                    "name": .string("journal"), "kind": .string("Ed25519"),
                    "id": .string(ring.journalVerifyingKey.hexadecimal), "opens": .string("signs the journal"),
                    "state": .string("current"), "made": .optional(journalMade), "ended": .null, "studies": .null,
                ])
            ])
    }
}
