import Durability
import Foundation
import Passage
import Testing
import WorkQueue

@Suite struct DeliveriesTests {
    private let store: Store

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("deliveries-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try Store(path: folder.appendingPathComponent("gateway.sqlite").path)
        try store.write { transaction in
            for study in ["a", "b"] {
                try transaction.execute(
                    "INSERT INTO study (id, first_at, last_at) VALUES (?, 0, 0)", .text(study))
            }
            for (number, study) in ["a", "a", "b"].enumerated() {
                try transaction.execute(
                    """
                    INSERT INTO result (id, kind, study, revision, path, made_at, source_set)
                    VALUES (?, 'report', ?, ?, '', 0, x'00')
                    """, .text("r\(number)"), .text(study), .integer(Int64(number)))
                try WorkQueue.enqueue(
                    .deliver, subject: "r\(number)", destination: "P", id: "j\(number)", notBefore: 0, now: 0,
                    in: transaction)
            }
        }
    }

    private func lease(_ limit: Int = 10, to destination: String = "P", now: Int64 = 0) throws -> [Job] {
        try store.write { try WorkQueue.leaseDeliveries(to: destination, limit: limit, now: now, in: $0) }
    }

    @Test func aDestinationGetsItsOwnResultsInTheirOrder() throws {
        #expect(try lease(to: "Q").isEmpty)
        #expect(try lease(2).map(\.id) == ["j0", "j1"])
        #expect(try lease().map(\.id) == ["j2"])
    }

    @Test func aLaterResultOfAStudyWaitsForTheEarlierAndOtherStudiesDoNot() throws {
        let first = try #require(try lease(1).first)
        try store.write { try WorkQueue.postpone(first, until: 1_000, now: 0, in: $0) }
        #expect(try lease().map(\.id) == ["j2"])
        #expect(try lease(now: 1_000).map(\.id) == ["j0", "j1"])
    }

    @Test func whatIsHeldWaitsForAPersonAndHoldsUpNobody() throws {
        let first = try #require(try lease(1).first)
        try store.write { try WorkQueue.hold(first, reason: "DEL-010", now: 0, in: $0) }
        #expect(try lease(now: 1_000_000).map(\.id) == ["j1", "j2"])
        let row = try store.read { try $0.row("SELECT state, error FROM job WHERE id = 'j0'") }
        #expect(row?.text("state") == "held")
        #expect(row?.text("error") == "DEL-010")
    }

    @Test func aLeaseThatRanOutIsGivenAgain() throws {
        _ = try lease()
        #expect(try lease(now: WorkQueue.leaseDuration - 1).isEmpty)
        #expect(try lease(now: WorkQueue.leaseDuration).count == 3)
    }

    @Test func theNextDeliveryIsTheEarliestThatWaits() throws {
        #expect(try store.read { try WorkQueue.nextDelivery(to: "P", in: $0) } == 0)
        _ = try lease()
        #expect(try store.read { try WorkQueue.nextDelivery(to: "P", in: $0) } == nil)
    }
}
