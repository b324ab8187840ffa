import Durability
import Foundation
import Synchronization
import Testing

/// A store in a folder of its own.
struct TemporaryStore {
    let folder: String
    let store: Store

    init() throws {
        folder = NSTemporaryDirectory() + "cxrgate-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try Store(path: folder + "/test.sqlite")
    }

    func count(_ table: String) throws -> Int64? {
        try store.read { try $0.row("SELECT count(*) AS n FROM \(table)")?.integer("n") }
    }
}

struct Refusal: Error {}

@Suite struct StoreTests {
    @Test func whatThrowsLeavesNothing() throws {
        let test = try TemporaryStore()
        #expect(throws: Refusal.self) {
            try test.store.write { transaction in
                try transaction.execute("INSERT INTO counter VALUES ('a', 1)")
                throw Refusal()
            }
        }
        #expect(try test.count("counter") == 0)
    }

    @Test func aSavepointUndoesOnlyItself() throws {
        let test = try TemporaryStore()
        try test.store.write { transaction in
            try transaction.execute("INSERT INTO counter VALUES ('kept', 1)")
            #expect(throws: Refusal.self) {
                try transaction.savepoint { inner in
                    try inner.execute("INSERT INTO counter VALUES ('undone', 1)")
                    throw Refusal()
                }
            }
        }
        #expect(try test.store.read { try $0.rows("SELECT name FROM counter") }.map { $0.text("name") } == ["kept"])
    }

    /// A body that should only read and writes all the same changes nothing.
    @Test func whatAReadWritesIsUndone() throws {
        let test = try TemporaryStore()
        let seen = try test.store.read { transaction in
            try transaction.execute("INSERT INTO counter VALUES ('a', 1)")
            return try transaction.row("SELECT count(*) AS n FROM counter")?.integer("n")
        }
        #expect(seen == 1)
        #expect(try test.count("counter") == 0)
    }

    /// SQLite sets nothing aside in the system's temporary folder.
    @Test func temporaryTablesLieInMemory() throws {
        let test = try TemporaryStore()
        #expect(try test.store.read { try $0.row("PRAGMA temp_store")?.integer("temp_store") } == 2)
    }

    @Test func readsEveryKindOfValue() throws {
        let test = try TemporaryStore()
        let row = try test.store.read { try $0.row("SELECT 1 AS i, 1.5 AS r, 'x' AS t, x'00ff' AS b, NULL AS n") }
        #expect(row?.integer("i") == 1)
        #expect(row?.real("r") == 1.5)
        #expect(row?.text("t") == "x")
        #expect(row?.blob("b") == [0, 255])
        #expect(row?["n"] == .null)
    }

    @Test func aSecondHolderOfTheDirectoryIsRefused() throws {
        let test = try TemporaryStore()
        let directory = DataDirectory(test.folder)
        let lock = try DataDirectoryLock(directory)
        #expect(throws: DurabilityError.locked) { try DataDirectoryLock(directory) }
        withExtendedLifetime(lock) {}
    }
}

@Suite struct CommitterTests {
    @Test func oneFailureTakesOnlyItsOwnWorkBack() throws {
        let test = try TemporaryStore()
        let flushes = Mutex(0)
        let committer = Committer(store: test.store) { flushes.withLock { $0 += 1 } }
        let outcomes = Mutex<[Int: Bool]>([:])
        DispatchQueue.concurrentPerform(iterations: 40) { number in
            let isCommitted: Bool
            do {
                try committer.commit { transaction in
                    try transaction.execute("INSERT INTO counter VALUES (?, 1)", .text("\(number)"))
                    if number % 4 == 0 { throw Refusal() }
                }
                isCommitted = true
            } catch {
                isCommitted = false
            }
            outcomes.withLock { $0[number] = isCommitted }
        }
        committer.stop()
        let failed = outcomes.withLock { outcomes in outcomes.filter { !$0.value }.map(\.key) }
        #expect(Set(failed) == Set(stride(from: 0, to: 40, by: 4)))
        #expect(try test.count("counter") == 30)
        #expect(flushes.withLock { $0 } <= 40)
    }

    @Test func whatIsNotJournalledIsNotDone() throws {
        let test = try TemporaryStore()
        let committer = Committer(store: test.store) { throw Refusal() }
        #expect(throws: Refusal.self) {
            try committer.commit { try $0.execute("INSERT INTO counter VALUES ('a', 1)") }
        }
        committer.stop()
    }

    @Test func aStoppedCommitterRefuses() throws {
        let test = try TemporaryStore()
        let committer = Committer(store: test.store) {}
        committer.stop()
        #expect(throws: DurabilityError.notCommitted) { try committer.commit { _ in } }
    }
}
