import Delivery
import Durability
import Foundation
import Testing

@testable import Gateway

@Suite struct DestinationBookTests {
    private let store: Store

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("book-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try Store(path: folder.appendingPathComponent("gateway.sqlite").path)
    }

    private func kept(_ state: CircuitBreaker.State) throws -> CircuitBreaker.State {
        try store.write { transaction in
            try DestinationBook.keep(CircuitBreaker(state), of: "P", error: "TKT-002", now: 5, in: transaction)
        }
        return try store.read { try DestinationBook.breaker("P", in: $0).state }
    }

    @Test func anOutageIsNotForgottenByARestart() throws {
        #expect(try store.read { try DestinationBook.breaker("P", in: $0).state } == .closed(failures: 0))
        #expect(try kept(.closed(failures: 2)) == .closed(failures: 2))
        #expect(try kept(.open(until: 77, trips: 3)) == .open(until: 77, trips: 3))
        // The probe died with its process: it is due again at once.
        #expect(try kept(.halfOpen(trips: 3)) == .open(until: 0, trips: 3))
    }

    @Test func theLastErrorStaysBesideALaterSuccess() throws {
        _ = try kept(.closed(failures: 1))
        try store.write { transaction in
            try DestinationBook.keep(CircuitBreaker(), of: "P", error: nil, now: 9, in: transaction)
        }
        let row = try store.read { try $0.row("SELECT * FROM destination WHERE name = 'P'") }
        #expect(row?.text("error") == "TKT-002")
        #expect(row?.integer("error_at") == 5)
        #expect(row?.integer("success_at") == 9)
    }

    @Test func anotherReportClassIsNewsOnce() throws {
        func note() throws -> Bool {
            try store.write {
                try DestinationBook.noteAbilities(
                    of: "P", reportClass: "1.2.3", takesQueries: true, takesCommitment: false, in: $0)
            }
        }
        #expect(try note())
        #expect(try !note())
    }

    @Test func refusalsAreCountedAndBounded() throws {
        try store.write { transaction in
            for number in 0..<1_050 {
                try RefusalBook.note(
                    title: "CR\(number / 2)", address: "10.0.0.1", code: "REC-002", meaning: "m", now: Int64(number),
                    in: transaction)
            }
            for number in 0..<1_050 {
                try RefusalBook.note(
                    title: "SCAN\(number)", address: "10.0.0.1", code: "REC-002", meaning: "m",
                    now: Int64(10_000 + number),
                    in: transaction)
            }
        }
        let rows = try store.read { try $0.rows("SELECT title, count FROM ae_refusal") }
        #expect(rows.count == 1_000)
        #expect(rows.allSatisfy { $0.text("title")?.hasPrefix("SCAN") == true })
    }
}
