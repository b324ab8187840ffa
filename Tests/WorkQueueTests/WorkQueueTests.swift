import Durability
import Foundation
import Passage
import Testing
import WorkQueue

@Suite struct WorkQueueTests {
    let store: Store

    init() throws {
        let folder = NSTemporaryDirectory() + "cxrgate-queue-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try Store(path: folder + "/test.sqlite")
    }

    private func enqueue(_ id: String, _ kind: JobKind = .deliver, due: Int64 = 0) throws {
        try store.write {
            try WorkQueue.enqueue(kind, subject: "s", destination: "d", id: id, notBefore: due, now: 0, in: $0)
        }
    }

    private func lease(_ kinds: [JobKind] = [.deliver], at now: Int64) throws -> Job? {
        try store.write { try WorkQueue.lease(kinds, now: now, in: $0) }
    }

    @Test func aJobIsLeasedOnce() throws {
        try enqueue("a")
        #expect(try lease(at: 0)?.id == "a")
        #expect(try lease(at: 1) == nil)
    }

    @Test func aJobWaitsUntilItIsDue() throws {
        try enqueue("a", due: 100)
        #expect(try lease(at: 99) == nil)
        #expect(try store.read { try WorkQueue.nextDue([.deliver], in: $0) } == 100)
        #expect(try lease(at: 100) != nil)
    }

    @Test func anotherRoleDoesNotGetIt() throws {
        try enqueue("a")
        #expect(try lease([.analyse], at: 0) == nil)
    }

    @Test func oneJobIsOpenForEachSubjectAndDestination() throws {
        try enqueue("a", due: 10)
        try enqueue("b", due: 50)
        #expect(try lease(at: 49) == nil)
        #expect(try lease(at: 50)?.id == "a")
        #expect(try lease(at: 50) == nil)
    }

    @Test func aLeaseThatRunsOutIsTakenBack() throws {
        try enqueue("a")
        #expect(try lease(at: 0)?.attempts == 0)
        #expect(try lease(at: WorkQueue.leaseDuration)?.attempts == 1)
    }

    @Test func aRoleThatStartsAnewTakesItsLeasesBackAtOnce() throws {
        try enqueue("a")
        #expect(try lease(at: 0) != nil)
        try store.write { try WorkQueue.recover([.deliver], now: 1, in: $0) }
        #expect(try lease(at: 1)?.crashes == 1)
    }

    @Test func whatIsDoneStaysDone() throws {
        try enqueue("a")
        let job = try #require(try lease(at: 0))
        try store.write { try WorkQueue.complete(job, now: 0, in: $0) }
        #expect(
            try !store.write { try WorkQueue.fail(job, JobFailure("x", isTransient: false), now: 1, in: $0) })
        #expect(try store.read { try $0.row("SELECT state FROM job")?.text("state") } == "done")
    }

    @Test func deliveriesComeLast() throws {
        try enqueue("a", .deliver, due: 0)
        try enqueue("b", .report, due: 5)
        #expect(try lease([.deliver, .report], at: 10)?.id == "b")
    }

    @Test func aHigherPriorityComesFirst() throws {
        try store.write {
            try WorkQueue.enqueue(.analyse, subject: "s1", id: "backlog", notBefore: 0, now: 0, in: $0)
            try WorkQueue.enqueue(.analyse, subject: "s2", priority: 1, id: "live", notBefore: 5, now: 0, in: $0)
        }
        #expect(try lease([.analyse], at: 10)?.id == "live")
        #expect(try lease([.analyse], at: 10)?.id == "backlog")
    }

    @Test func aPostponedJobWaitsWithoutCountingAsTried() throws {
        try enqueue("a")
        let job = try #require(try lease(at: 0))
        try store.write { try WorkQueue.postpone(job, until: 50, now: 0, in: $0) }
        #expect(try lease(at: 49) == nil)
        #expect(try lease(at: 50)?.attempts == 0)
    }

    @Test func aTransientFailureIsTriedAgainLaterAndLater() throws {
        try enqueue("a")
        var now: Int64 = 0
        for delay: Int64 in [1_000, 2_000, 4_000] {
            let job = try #require(try lease(at: now))
            let isDead = try store.write {
                try WorkQueue.fail(job, JobFailure("x", isTransient: true), now: now, in: $0)
            }
            #expect(!isDead)
            #expect(try lease(at: now + delay - 1) == nil)
            now += delay
        }
    }

    @Test func aPermanentFailureIsDeadAtOnce() throws {
        try enqueue("a")
        let job = try #require(try lease(at: 0))
        #expect(try store.write { try WorkQueue.fail(job, JobFailure("x", isTransient: false), now: 0, in: $0) })
        #expect(try lease(at: 1 << 40) == nil)
    }

    @Test func oneAttemptTooManyIsDead() {
        let policy = RetryPolicy(firstDelay: 1, longestDelay: 8, attempts: 6)
        #expect((1...6).map { policy.delay(afterAttempt: $0) } == [1, 2, 4, 8, 8, nil])
    }
}

@Suite struct ReportTimeTests {
    @Test func waitsForQuietButNotForever() {
        #expect(Ledger.reportTime(firstImage: 0, lastImage: 0, quiet: 10, cap: 100) == 10)
        #expect(Ledger.reportTime(firstImage: 0, lastImage: 95, quiet: 10, cap: 100) == 100)
        #expect(Ledger.reportTime(firstImage: 0, lastImage: 200, quiet: 10, cap: 100) == 200)
    }
}
