import Durability
import Foundation
import Synchronization
import Testing

@testable import Registry

/// What went wrong on many threads.
private final class Failures: Sendable {
    let list = Mutex<[String]>([])
}

@Suite struct ModelBookTests {
    @Test func registeringAgainNeverReplaces() throws {
        let bench = try Bench()
        defer { bench.remove() }
        let entry = try bench.register("1.0.0")
        try bench.store.write { _ = try ModelBook.promote(entry, by: Bench.step(), in: $0) }
        #expect(throws: RegistryError.exists) { try bench.register("1.0.0") }
        let production = try bench.store.read { try ModelBook.production(in: $0) }
        #expect(production?.passport == entry.passport)
        #expect(try bench.store.read { try ModelBook.all(in: $0) }.count == 1)
    }

    @Test func aCorruptDatabaseNeverBecomesAnEmptyRegistry() throws {
        let bench = try Bench()
        defer { bench.remove() }
        try bench.register("1.0.0")
        let path = bench.folder + "/other.sqlite"
        #expect(try bench.store.truncateLog())
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: bench.folder + "/gateway.sqlite")))
        for place in bytes.indices.dropFirst(64) where place % 3 == 0 { bytes[place] = 0xA5 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(throws: DurabilityError.self) {
            let store = try Store(path: path)
            _ = try store.read { try ModelBook.all(in: $0) }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(bytes), "and it is left as it was")
    }

    @Test func eightThreadsOnTwoConnectionsLoseNothing() throws {
        let bench = try Bench()
        defer { bench.remove() }
        let other = try Store(path: bench.folder + "/gateway.sqlite")
        let group = DispatchGroup()
        let failures = Failures()
        for thread in 0..<8 {
            let worker = Thread {
                for number in 0..<10 {
                    do {
                        try bench.register("\(thread).\(number).0", in: thread % 2 == 0 ? bench.store : other)
                    } catch {
                        failures.list.withLock { $0.append("\(error)") }
                    }
                }
                group.leave()
            }
            group.enter()
            worker.start()
        }
        group.wait()
        #expect(failures.list.withLock { $0 } == [])
        #expect(try bench.store.read { try ModelBook.all(in: $0) }.count == 80)
        #expect(try bench.store.read { try ModelBook.steps(of: nil, in: $0) }.count == 80)
    }

    @Test func exactlyOneVersionIsInProduction() throws {
        let bench = try Bench()
        defer { bench.remove() }
        for version in ["1.0.0", "1.1.0", "1.2.0"] {
            let entry = try bench.register(version)
            try bench.store.write { _ = try ModelBook.promote(entry, by: Bench.step(), in: $0) }
            let states = try bench.store.read { try ModelBook.all(in: $0) }.map(\.state)
            #expect(states.count { $0 == .production } == 1)
        }
        #expect(throws: RegistryError.wrongState("in production already")) {
            try bench.store.write { transaction in
                let entry = try ModelBook.find("cxr-pneumonia", "1.2.0", in: transaction)
                _ = try ModelBook.promote(entry, by: Bench.step(), in: transaction)
            }
        }
    }

    @Test func rollingBackTwiceGoesTwoStepsBack() throws {
        let bench = try Bench()
        defer { bench.remove() }
        for version in ["1.0.0", "1.1.0", "1.2.0"] {
            let entry = try bench.register(version)
            try bench.store.write { _ = try ModelBook.promote(entry, by: Bench.step(), in: $0) }
        }
        func back() throws -> String {
            try bench.store.write { try ModelBook.rollback(to: nil, by: Bench.step(), in: $0).version }
        }
        #expect(try back() == "1.1.0")
        #expect(try back() == "1.0.0")
        #expect(throws: RegistryError.nothingEarlier) { try back() }
        let later = try bench.store.read { try ModelBook.find("cxr-pneumonia", "1.2.0", in: $0) }
        #expect(
            try bench.store.write { try ModelBook.rollback(to: later, by: Bench.step(), in: $0).version } == "1.2.0")
        #expect(try back() == "1.0.0")
    }

    @Test func aRetiredVersionNeverSpeaksAgain() throws {
        let bench = try Bench()
        defer { bench.remove() }
        let first = try bench.register("1.0.0")
        let second = try bench.register("1.1.0")
        try bench.store.write { transaction in
            try ModelBook.promote(first, by: Bench.step(), in: transaction)
            try ModelBook.promote(second, by: Bench.step(), in: transaction)
            try ModelBook.retire(first, by: Bench.step(), in: transaction)
        }
        #expect(throws: RegistryError.self) {
            try bench.store.write { try ModelBook.promote(first, by: Bench.step(), in: $0) }
        }
        #expect(throws: RegistryError.nothingEarlier) {
            try bench.store.write { try ModelBook.rollback(to: nil, by: Bench.step(), in: $0) }
        }
        #expect(throws: RegistryError.wrongState("production")) {
            try bench.store.write { transaction in
                try ModelBook.retire(
                    ModelBook.find("cxr-pneumonia", "1.1.0", in: transaction), by: Bench.step(), in: transaction)
            }
        }
    }

    @Test(arguments: ["../../escape", "a\0b", "CXR"])
    func namesThatEscapeAreNeverLookedUp(_ name: String) throws {
        let bench = try Bench()
        defer { bench.remove() }
        #expect(throws: RegistryError.notModelID) { try bench.store.read { try ModelBook.find(name, "1.0.0", in: $0) } }
    }
}

@Suite struct StudyBindingTests {
    @Test func aStudyKeepsTheVersionThatWasFirst() throws {
        let bench = try Bench()
        defer { bench.remove() }
        let first = StudyBinding(try bench.register("1.0.0"))
        let second = StudyBinding(try bench.register("1.1.0"))
        try bench.store.write { _ = try $0.execute("INSERT INTO study (id, first_at, last_at) VALUES ('s', 1, 1)") }
        #expect(try bench.store.write { try first.bind("s", at: 1, in: $0) } == first)
        #expect(try bench.store.write { try second.bind("s", at: 2, in: $0) } == first)
        #expect(try bench.store.read { try StudyBinding.find("s", in: $0) } == first)
        #expect(try bench.store.read { try StudyBinding.find("t", in: $0) } == nil)
    }
}
