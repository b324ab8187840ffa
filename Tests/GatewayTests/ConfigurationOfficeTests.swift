import Durability
import Foundation
import Journal
import Synchronization
import Testing

@testable import Gateway

@Suite struct ConfigurationOfficeTests {
    /// Roles that take, or refuse, what they are handed; and peers that answer, or do not.
    private final class House: Sendable {
        let taken = Mutex<[GatewayConfiguration]>([])
        let refuses = Mutex<(@Sendable (GatewayConfiguration) -> Bool)>({ _ in false })
        let silences = Mutex<(@Sendable (GatewayConfiguration) -> Bool)>({ _ in false })
        let directory: DataDirectory
        let store: Store
        let committer: Committer
        let office: ConfigurationOffice

        init(_ folder: String, file: String) throws {
            let path = folder + "/gateway.yaml"
            try Data(file.utf8).write(to: URL(fileURLWithPath: path))
            let data = DataDirectory(folder + "/data")
            try data.create()
            self.directory = data
            store = try Store(path: data.database)
            committer = Committer(store: store, afterCommit: {})
            let sources = ConfigurationSources(file: path, environment: [:], dataDirectory: data.path)
            let reading = try sources.reading(in: data).reading
            let box = Box<House?>(nil)
            office = ConfigurationOffice(
                sources: sources, running: reading, directory: data, store: store, committer: committer,
                clock: GatewayClock(milliseconds: { 1_000 }),
                distribute: { new in
                    guard let house = box.value.withLock({ $0 }) else { return }
                    if house.refuses.withLock({ $0 })(new) { throw GatewayError.refused("no such port") }
                    house.taken.withLock { $0.append(new) }
                },
                probe: { new in
                    guard let house = box.value.withLock({ $0 }) else { return [] }
                    return house.silences.withLock({ $0 })(new) ? ["A"] : ["A", "PACS1"]
                })
            box.value.withLock { $0 = self }
        }

        func apply(_ yaml: String) throws -> ConfigurationRevision? {
            let layer = ConfigurationLayer(yaml: yaml, path: "new.yaml", keys: ConfigurationCatalogue.keys)
            return try office.apply(layer, what: "apply", actor: "alice", reason: nil) { details in
                JournalEvent(kind: .configurationChange, at: 0, actor: "administrator:alice", details: details)
            }
        }

        func owed() throws -> Int64 {
            try store.read { try $0.row("SELECT count(*) AS n FROM journal_outbox") }?.integer("n") ?? -1
        }
    }

    private func withHouse(_ file: String = "", _ body: (House, String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "cxrgate-configuration-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(try House(folder, file: file), folder)
    }

    @Test("what can change at once reaches the roles, what cannot waits, and each key owes the journal an entry")
    func apply() throws {
        try withHouse { (house, _) throws in
            let revision = try #require(try house.apply("study: {quiet_seconds: 3}\njournal: {keep_years: 9}\n"))
            #expect(revision.number == 1 && revision.changes.map(\.isLive) == [true, false])
            let taken = house.taken.withLock { $0 }
            #expect(taken.map(\.quietSeconds) == [3] && taken.map(\.journal.keepYears) == [6])
            #expect(house.office.next.configuration.journal.keepYears == 9)
            #expect(try house.owed() == 2)
            #expect(try house.apply("study: {quiet_seconds: 3}\njournal: {keep_years: 9}\n") == nil)
        }
    }

    @Test("a file that cannot be used changes nothing")
    func unusable() throws {
        try withHouse { (house, _) throws in
            #expect(throws: ConfigurationError.self) { try house.apply("study: {quiet_seconds: 3}\nzebra: 1\n") }
            #expect(house.taken.withLock { $0.isEmpty } && house.office.running.configuration.quietSeconds == 10)
            #expect(try house.owed() == 0)
            #expect(try house.office.revisions().isEmpty)
        }
    }

    @Test("a role that cannot take a change gets the old configuration back")
    func refused() throws {
        try withHouse { (house, _) throws in
            house.refuses.withLock { $0 = { $0.port == 104 } }
            #expect(throws: GatewayError.self) { try house.apply("dicom: {port: 104}\n") }
            #expect(house.taken.withLock { $0.map(\.port) } == [11112])
            #expect(house.office.running.configuration.port == 11112)
            #expect(try house.office.revisions().isEmpty)
        }
    }

    @Test("a change after which a peer is silent is taken back by itself, and the journal hears of it")
    func silenced() throws {
        try withHouse { (house, _) throws in
            house.silences.withLock { $0 = { $0.network.answerSeconds == 1 } }
            #expect(throws: GatewayError.refused("rolled back by itself: PACS1 did not answer any more")) {
                try house.apply("delivery: {answer_seconds: 1}\n")
            }
            #expect(house.taken.withLock { $0.map(\.network.answerSeconds) } == [1, 60])
            #expect(try house.owed() == 1)
            #expect(try house.office.revisions().isEmpty)
        }
    }

    @Test("a revision holds at the next start, until the file says something else")
    func nextStart() throws {
        try withHouse("study: {cap_seconds: 50}\n") { (house, folder) throws in
            _ = try house.apply("study: {cap_seconds: 60}\n")
            func start() throws -> (reading: ConfigurationReading, isFileNewer: Bool) {
                try ConfigurationSources(
                    file: folder + "/gateway.yaml", environment: [:], dataDirectory: house.directory.path
                ).reading(in: house.directory)
            }
            #expect(try start().reading.configuration.quietCapSeconds == 60)
            try Data("# only a remark\nstudy:\n  cap_seconds: 50\n".utf8).write(
                to: URL(fileURLWithPath: folder + "/gateway.yaml"))
            #expect(try start().reading.configuration.quietCapSeconds == 60)
            try Data("study: {cap_seconds: 70}\n".utf8).write(to: URL(fileURLWithPath: folder + "/gateway.yaml"))
            let (reading, isFileNewer) = try start()
            #expect(reading.configuration.quietCapSeconds == 70 && isFileNewer)
        }
    }

    @Test("any revision can be returned to, and 0 is the file")
    func rollback() throws {
        try withHouse("study: {cap_seconds: 50}\n") { (house, _) throws in
            for seconds in [60, 70] { _ = try house.apply("study: {cap_seconds: \(seconds)}\n") }
            for (number, seconds) in [(1, 60.0), (0, 50.0), (2, 70.0)] {
                let layer = try house.office.layer(of: number)
                _ = try house.office.apply(layer, what: "rollback to \(number)", actor: "alice", reason: nil) {
                    details in
                    JournalEvent(kind: .configurationChange, at: 0, actor: "administrator:alice", details: details)
                }
                #expect(house.office.running.configuration.quietCapSeconds == seconds)
            }
            #expect(throws: GatewayError.self) { try house.office.layer(of: 99) }
            #expect(try house.office.revisions().map(\.number) == [5, 4, 3, 2, 1])
        }
    }
}

@Suite struct PauseBookTests {
    @Test("a pause is kept until it is cleared, by part and by AE title")
    func book() throws {
        let folder = NSTemporaryDirectory() + "cxrgate-pause-\(UUID().uuidString)"
        let directory = DataDirectory(folder)
        try directory.create()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(path: directory.database)
        let pause = PauseBook.Pause(at: 5, by: "alice")
        #expect(try store.write { try PauseBook.set("reception", pause, in: $0) })
        #expect(try store.write { try !PauseBook.set("reception", pause, in: $0) })
        #expect(try store.write { try PauseBook.set("ae reception", pause, in: $0) })
        try store.read { (transaction: borrowing Transaction) throws in
            #expect(try PauseBook.pause(of: .reception, in: transaction) == pause)
            #expect(try PauseBook.pause(of: .delivery, in: transaction) == nil)
            #expect(try PauseBook.pause(ofAETitle: "reception", in: transaction) == pause)
            #expect(try PauseBook.all(in: transaction).map(\.what) == ["ae reception", "reception"])
        }
        #expect(try store.write { try PauseBook.clear("reception", in: $0) })
        #expect(try store.write { try !PauseBook.clear("reception", in: $0) })
    }
}

@Suite struct LiveConfigurationTests {
    @Test("a change that cannot be followed changes nothing")
    func following() throws {
        let live = LiveConfiguration(GatewayConfiguration())
        live.follow { if $0.port == 104 { throw GatewayError.refused("taken") } }
        var wanted = GatewayConfiguration()
        wanted.port = 104
        #expect(throws: GatewayError.self) { try live.change(to: wanted) }
        #expect(live.current.port == 11112)
        wanted.port = 105
        try live.change(to: wanted)
        #expect(live.current.port == 105)
    }
}
