import Durability
import Foundation
import Journal
import Sealing
import Testing

@testable import Gateway

/// One synthetic image that walked the whole path, and an administration over it.
struct KeptStudy {
    let path: PathInOneProcess
    let committer: Committer
    let administration: Administration
    let study: StudyID
    var directory: DataDirectory { path.directory }
    var store: Store { path.store }

    init(retention: Retention = Retention(), now: Int64? = nil) throws {
        path = try PathInOneProcess()
        try path.receive(seed: 1)
        try path.work()
        committer = Committer(store: path.store, afterCommit: {})
        var configuration = GatewayConfiguration()
        configuration.dataDirectory = path.folder
        configuration.retention = retention
        let clock = now.map { now in GatewayClock(milliseconds: { now }) } ?? .system
        administration = Administration(
            store: path.store, committer: committer, directory: path.directory, configuration: configuration,
            clock: clock, verifyingKey: path.ring.journalVerifyingKey, wake: { _ in })
        let row = try path.store.read { try $0.row("SELECT id FROM study") }
        study = try #require(row?.text("id").flatMap { StudyID($0) })
        try administration.keyOffice.recover()
    }

    func count(_ query: String) throws -> Int {
        Int(try store.read { try $0.row("SELECT count(*) AS n FROM \(query)") }?.integer("n") ?? -1)
    }

    func sealedFiles() throws -> [String] {
        let all = FileManager.default.enumerator(atPath: path.folder)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".sealed") }
    }

    /// The image of the study, opened with the keys that now lie in the key directory.
    func opensImage() throws -> Bool {
        let ring = try KeyRing.load(in: directory.keys)
        let row = try #require(try store.read { try $0.row("SELECT id, path FROM instance") })
        let instance = try #require(row.text("id").flatMap { ObjectID($0) })
        let file = try #require(row.text("path"))
        let keys = try #require(try StudyRows.keys(of: study, in: store))
        let key = try ring.secrets(for: .analysis).open(keys, class: .image)
        let context = SealedContext(kind: .image, object: instance, study: study)
        return try !SealedFiles.read(directory.file(file), context: context, with: key).isEmpty
    }
}

@Suite struct KeyOfficeTests {
    let kept: KeptStudy
    init() throws { kept = try KeptStudy() }

    @Test("a rotation rewraps every study, leaves the sealed files as they are, and destroys the old key")
    func rotation() throws {
        let files = try kept.sealedFiles().sorted()
        let contents = try files.map { try Data(contentsOf: URL(fileURLWithPath: kept.directory.file($0))) }
        let before = try KeyRing.load(in: kept.directory.keys)
        for key in KeyRing.RoleKey.allCases {
            #expect(try kept.administration.keyOffice.rotate(key, actor: "test", reason: "test"))
        }
        let after = try KeyRing.load(in: kept.directory.keys)
        #expect(try kept.opensImage())
        #expect(try files.map { try Data(contentsOf: URL(fileURLWithPath: kept.directory.file($0))) } == contents)
        let keys = try #require(try StudyRows.keys(of: kept.study, in: kept.store))
        for key in KeyRing.RoleKey.allCases {
            let name = key.studyKeyClass
            #expect(before.publicKeys.key(for: name) != after.publicKeys.key(for: name))
            // The old key, which a thief may have copied, opens nothing of the database of today.
            #expect(throws: SealingError.wrongRecipient) { try before.secrets(for: key.role).open(keys, class: name) }
        }
        #expect(try kept.count("role_key WHERE state = 'destroyed'") == 3)
        #expect(try kept.count("role_key WHERE state = 'current'") == 3)
        let names = try FileManager.default.contentsOfDirectory(atPath: kept.directory.keys)
        #expect(!names.contains { $0.contains("previous") })
    }

    @Test("a rotation that stopped before, between or behind the rewrapping is ended by the next start")
    func cutShort() throws {
        let office = kept.administration.keyOffice
        // Behind the files, before the table.
        try KeyRing.rotate(.analysis, in: kept.directory.keys)
        try office.recover()
        #expect(try kept.count("role_key WHERE state = 'previous'") == 1)
        #expect(try !office.finish(.analysis), "a study is still sealed to the old key")
        #expect(try kept.opensImage())
        let secrets = try KeyRing.load(in: kept.directory.keys).secrets(for: .analysis)
        while try StudyKeyRewrap.batch(.analysis, store: kept.store, secrets: secrets, now: 1) > 0 {}
        // Behind the table, before the file.
        _ = try kept.store.write { transaction in
            try transaction.execute("UPDATE role_key SET state = 'destroyed', ended_at = 1 WHERE state = 'previous'")
        }
        #expect(KeyRing.isRotating(.analysis, in: kept.directory.keys))
        try office.recover()
        #expect(!KeyRing.isRotating(.analysis, in: kept.directory.keys))
        #expect(try kept.opensImage())
    }

    @Test("a second rotation waits for the end of the first")
    func twice() throws {
        try KeyRing.rotate(.patient, in: kept.directory.keys)
        #expect(throws: GatewayError.self) {
            try kept.administration.keyOffice.rotate(.patient, actor: "test", reason: nil)
        }
    }

    @Test("rewrapping leaves a row alone that was destroyed meanwhile")
    func destroyedMeanwhile() throws {
        try KeyRing.rotate(.analysis, in: kept.directory.keys)
        let secrets = try KeyRing.load(in: kept.directory.keys).secrets(for: .analysis)
        let study = "\(kept.study)"
        try kept.store.write { try StudyRows.destroyKeys(of: study, in: $0) }
        #expect(try StudyKeyRewrap.batch(.analysis, store: kept.store, secrets: secrets, now: 1) == 0)
        #expect(try kept.count("study_key") == 0)
    }

    @Test("the list tells age and use of each key and holds no secret")
    func list() throws {
        let keys = try kept.administration.listKeys(actor: "test").array
        #expect(keys.compactMap { $0["name"].text } == ["analysis", "patient", "results", "journal"])
        #expect(keys.prefix(3).allSatisfy { $0["studies"].number == 1 && ($0["made"].number ?? 0) > 1_600_000_000_000 })
    }
}

@Suite struct JournalKeyRotationTests {
    private struct Crash: Error {}

    private func office(_ directory: DataDirectory) throws -> (JournalOffice, Committer) {
        let office = try JournalOffice(directory: directory)
        let keeper = office.keeper
        return (office, Committer(store: office.store, afterCommit: { try keeper.flush() }))
    }

    @Test("a new journal key is introduced by the old one, and a crash before or behind the introduction is set right")
    func succession() throws {
        let folder = NSTemporaryDirectory() + "cxrgate-journal-key-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let directory = DataDirectory(folder)
        try directory.create()
        let trusted = try office(directory).0.verifyingKey
        for crash in ["before", "behind", "never"] {
            let (journal, committer) = try office(directory)
            let keeper = journal.keeper
            let keys = KeyOffice(
                directory: directory, store: journal.store, committer: committer, clock: .system,
                introduce: { key, event in
                    if crash == "before" { throw Crash() }
                    try keeper.introduce(key, event)
                    if crash == "behind" { throw Crash() }
                })
            do {
                try keys.rotateJournalKey(actor: "test", reason: nil)
                #expect(crash == "never")
            } catch is Crash {
                #expect(crash != "never")
            }
            // The next start: the journal is written on with the key that is in force, and there is one key.
            let next = try office(directory).0
            #expect((next.verifyingKey == journal.verifyingKey) == (crash == "before"))
            #expect(try KeyRing.nextJournalKey(in: directory.keys) == nil)
            // Whoever trusts the first key follows the chain to the last.
            _ = try JournalVerifier.verify(directory: directory.journal, key: trusted, isLive: true)
        }
    }
}

@Suite struct StudyKeyCacheTests {
    let kept: KeptStudy
    init() throws { kept = try KeptStudy() }

    private func study(_ number: UInt8) throws -> StudyID {
        try #require(StudyID(bytes: [UInt8](repeating: number, count: 16)))
    }

    @Test("two images of a new study are sealed to the same keys; what was never committed is forgotten")
    func fresh() throws {
        let cache = StudyKeyCache(store: kept.store, roles: kept.path.ring.publicKeys)
        let new = try study(9)
        var first: StudyKeyLease? = try cache.lease(new)
        let record = first?.record
        var second: StudyKeyLease? = try cache.lease(new)
        #expect(second?.record == record)
        first = nil
        #expect(try cache.lease(new).record == record)
        second = nil
        #expect(try cache.lease(new).record != record)
    }

    @Test("new role keys wait for images under way, and no study key is made for the old ones any more")
    func renewal() throws {
        let cache = StudyKeyCache(store: kept.store, roles: kept.path.ring.publicKeys)
        let lease = Held(try cache.lease(study(9)))
        try KeyRing.rotate(.analysis, in: kept.directory.keys)
        let new = try KeyRing.load(in: kept.directory.keys, roles: []).publicKeys
        let isDone = Box(false)
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            cache.renew(new)
            isDone.value.withLock { $0 = true }
            done.signal()
        }
        thread.start()
        // A study that is seen now is sealed to the new key, while the other image is still on its way.
        while try cache.lease(study(8)).record.pair(for: .image).recipientKeyID() != new.analysis.keyID {}
        #expect(!isDone.value.withLock { $0 })
        lease.lease = nil
        done.wait()
        #expect(isDone.value.withLock { $0 })
    }

    @Test("keys that were destroyed meanwhile are not brought back by whoever still remembers them")
    func destroyed() throws {
        let record = try #require(try StudyRows.keys(of: kept.study, in: kept.store))
        let study = "\(kept.study)"
        try kept.store.write { try StudyRows.destroyKeys(of: study, classes: [.identity], in: $0) }
        #expect(throws: GatewayError.self) {
            try kept.store.write { try StudyRows.touch(record, now: 1, in: $0) }
        }
        #expect(try kept.count("study_key") == 2)
    }

    @Test("an image whose study key was sealed to a role key that is gone must be sent again")
    func goneRecipient() throws {
        let record = try StudyKeys.make(study: study(7), roles: kept.path.ring.publicKeys)
        _ = try kept.administration.keyOffice.rotate(.analysis, actor: "test", reason: nil)
        #expect(throws: GatewayError.self) {
            try kept.store.write { try StudyRows.touch(record, now: 1, in: $0) }
        }
    }
}

/// Lets a test end a lease while another thread waits for it; used by the test's thread alone.
private final class Held {
    var lease: StudyKeyLease?
    init(_ lease: StudyKeyLease) { self.lease = lease }
}
