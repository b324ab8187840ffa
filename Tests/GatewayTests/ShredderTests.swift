import Durability
import Foundation
import Journal
import Sealing
import Testing

@testable import Gateway

@Suite struct ShredderTests {
    private func assertShredded(_ kept: KeptStudy) throws {
        #expect(try kept.count("study_key") == 0)
        #expect(try kept.count("instance WHERE state <> 'shredded' OR length(identity) > 0") == 0)
        #expect(try kept.count("job WHERE state <> 'done'") == 0)
        #expect(try kept.sealedFiles().isEmpty)
        let keys = try #require(try StudyRows.keys(of: kept.study, in: kept.store))
        for name in StudyKeyClass.allCases {
            #expect(throws: SealingError.keyDestroyed) { try keys.publicKey(for: name) }
        }
        let folder = kept.directory.shredded
        let certificate = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(kept.study).json"))
        let signature = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(kept.study).sig"))
        #expect(try kept.path.ring.journalVerifyingKey.isValid(Array(signature), for: Array(certificate)))
        let words = try JSONDecoder().decode(JSONValue.self, from: certificate)
        #expect(words["study"].text == "\(kept.study)" && words["limits"].array.count >= 4)
    }

    @Test("a shredded study is opened by nothing, and its wrapped keys stand nowhere in the database's files")
    func shred() throws {
        let kept = try KeptStudy()
        let rows = try kept.store.read { try $0.rows("SELECT private_key FROM study_key") }
        let secrets = rows.compactMap { $0.blob("private_key") }
        #expect(secrets.count == 3)
        _ = try kept.administration.shredder.shred(kept.study, actor: "a", approvedBy: "b", reason: "test")
        try assertShredded(kept)
        for suffix in ["", "-wal"] {
            let file = URL(fileURLWithPath: kept.directory.database + suffix)
            let bytes = try Data(contentsOf: file)
            for secret in secrets {
                // The middle of the ciphertext, too: no piece of it is left in a free page.
                #expect(bytes.range(of: Data(secret.suffix(48))) == nil, "\(suffix)")
            }
        }
    }

    @Test("a shred that fails at any operation of the disk is ended by the next start")
    func cutShort() throws {
        var failures = 0
        for number in 0... {
            let kept = try KeptStudy()
            let disk = FaultyDisk(RealDisk(), failing: number)
            func shredder(_ disk: any Disk) -> Shredder {
                Shredder(
                    directory: kept.directory, store: kept.store, committer: kept.committer, disk: disk, clock: .system)
            }
            do {
                _ = try shredder(disk).shred(kept.study, actor: "a", approvedBy: "b", reason: "test")
            } catch {
                failures += 1
            }
            #expect(try kept.count("study_key") == 0, "destroyed before the disk is touched")
            try shredder(RealDisk()).recover()
            try assertShredded(kept)
            if !disk.hasFailed { break }
        }
        #expect(failures >= 8)
    }

    @Test("a study that a restored database brings back is destroyed again at start")
    func restored() throws {
        let kept = try KeptStudy()
        let keys = try #require(try StudyRows.keys(of: kept.study, in: kept.store))
        _ = try kept.administration.shredder.shred(kept.study, actor: "a", approvedBy: "b", reason: "test")
        // What an earlier database would hold.
        let study = "\(kept.study)"
        try kept.store.write { transaction in
            try transaction.execute("UPDATE study SET shredded_at = NULL")
            try transaction.execute("UPDATE instance SET state = 'delivered'")
            try transaction.execute("DELETE FROM destroyed_key")
            try StudyRows.touch(keys, now: 1, in: transaction)
        }
        #expect(try kept.count("study_key WHERE study = '\(study)'") == 3)
        try kept.administration.shredder.recover()
        try assertShredded(kept)
    }

    @Test("one person asks and another agrees; the one who asked may not, and a legal hold blocks both")
    func secondPerson() throws {
        let kept = try KeptStudy()
        let first = Caller(user: 0, groups: [])
        let second = Caller(user: geteuid() == 0 ? 0 : geteuid(), groups: [])
        #expect(first.user == 0)
        let request = AdministrationRequest("keys shred", ["study": "\(kept.study)"], reason: "test")
        let hold = AdministrationRequest("hold set", ["study": "\(kept.study)"], reason: "court")
        _ = try kept.administration.perform(hold, by: first)
        #expect(throws: GatewayError.self) { try kept.administration.perform(request, by: first) }
        let clear = AdministrationRequest("hold clear", ["study": "\(kept.study)"], reason: "settled")
        _ = try kept.administration.perform(clear, by: first)

        let action = try #require(try kept.administration.perform(request, by: first)["action"].text)
        let approval = AdministrationRequest("actions approve", ["id": action])
        #expect(throws: GatewayError.refused("a second person must approve this, not the one who asked")) {
            try kept.administration.perform(approval, by: second)
        }
        _ = try kept.administration.perform(hold, by: first)
        let other = Caller(user: 4_000_000, groups: [])
        #expect(throws: GatewayError.self, "a stranger") { try kept.administration.perform(approval, by: other) }
        #expect(try kept.count("study_key") == 3)
    }

    @Test("an action that nobody decided about is no longer valid after its time")
    func expiry() throws {
        let kept = try KeptStudy()
        let caller = Caller(user: 0, groups: [])
        let request = AdministrationRequest("keys shred", ["study": "\(kept.study)"], reason: "test")
        let action = try #require(try kept.administration.perform(request, by: caller)["action"].text)
        _ = try kept.store.write { try $0.execute("UPDATE action SET expires_at = 1, requested_user = 77") }
        #expect(throws: GatewayError.notFound("pending action with this id")) {
            try kept.administration.perform(AdministrationRequest("actions approve", ["id": action]), by: caller)
        }
        let listed = try kept.administration.perform(AdministrationRequest("actions list"), by: caller).array
        #expect(listed.map { $0["state"].text } == ["expired"])
    }

    @Test("a study is found by its UID and by its accession number, and an unknown one is said to be unknown")
    func names() throws {
        let kept = try KeptStudy()
        let success = try #require(kept.path.successes.first)
        #expect(success.operations > 0)
        for by in ["uid", "accession", "pseudonym"] {
            let request = AdministrationRequest("hold set", ["study": "1.2.3", "by": by], reason: "test")
            #expect(throws: GatewayError.notFound("study of this name")) {
                try kept.administration.perform(request, by: Caller(user: 0, groups: []))
            }
        }
    }
}

@Suite struct HousekeeperTests {
    private static let day: Int64 = 86_400_000

    private func housekeeper(_ kept: KeptStudy, days: Int64) -> Housekeeper {
        let now = GatewayClock.system.milliseconds() + days * Self.day
        return Housekeeper(
            configuration: kept.administration.configuration, directory: kept.directory, store: kept.store,
            committer: kept.committer, disk: RealDisk(), clock: GatewayClock(milliseconds: { now }))
    }

    @Test("pixels and results go after their time, the identity after its own, and only then the image is expired")
    func clocks() throws {
        let kept = try KeptStudy()
        // Without a destination nothing is delivered: the study is not over, and nothing goes.
        #expect(try housekeeper(kept, days: 400).pass() == 0)
        _ = try kept.store.write { transaction in
            try transaction.execute("UPDATE instance SET state = 'delivered'")
        }
        #expect(try housekeeper(kept, days: 29).pass() == 0)
        #expect(try housekeeper(kept, days: 31).pass() == 2)
        #expect(try kept.sealedFiles().isEmpty)
        #expect(try kept.count("study_key WHERE class = 'identity'") == 1)
        #expect(try kept.count("study_key") == 1)
        #expect(try kept.count("instance WHERE state = 'delivered' AND length(identity) > 0") == 1)
        #expect(try housekeeper(kept, days: 366).pass() == 1)
        #expect(try kept.count("study_key") == 0)
        #expect(try kept.count("instance WHERE state = 'expired' AND length(identity) = 0") == 1)
        #expect(try housekeeper(kept, days: 400).pass() == 0)
        #expect(try kept.count("job") == 0)
    }

    @Test("a legal hold keeps everything until it is cleared")
    func hold() throws {
        let kept = try KeptStudy()
        _ = try kept.store.write { try $0.execute("UPDATE instance SET state = 'delivered'") }
        let hold = AdministrationRequest("hold set", ["study": "\(kept.study)"], reason: "court")
        _ = try kept.administration.perform(hold, by: .current())
        #expect(try housekeeper(kept, days: 4000).pass() == 0)
        #expect(try kept.count("study_key") == 3)
        let clear = AdministrationRequest("hold clear", ["study": "\(kept.study)"], reason: "settled")
        _ = try kept.administration.perform(clear, by: .current())
        #expect(try housekeeper(kept, days: 4000).pass() == 3)
    }

    @Test("an image that comes to a study whose time was over gets keys of its own, and the old ones stay destroyed")
    func lateImage() throws {
        let kept = try KeptStudy()
        _ = try kept.store.write { try $0.execute("UPDATE instance SET state = 'delivered'") }
        let before = try #require(try StudyRows.keys(of: kept.study, in: kept.store))
        #expect(try housekeeper(kept, days: 31).pass() == 2)
        let cache = StudyKeyCache(store: kept.store, roles: kept.path.ring.publicKeys)
        let record = try cache.lease(kept.study).record
        #expect(record.pairs[.identity] == before.pairs[.identity])
        #expect(record.pairs[.image]?.publicKey != before.pairs[.image]?.publicKey)
        try kept.store.write { try StudyRows.touch(record, now: 1, in: $0) }
        #expect(try kept.count("study_key") == 3)
    }
}
