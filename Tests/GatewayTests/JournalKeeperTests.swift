import Durability
import Foundation
import Journal
import Sealing
import Testing
import Watching

@testable import Gateway

/// What happens while the journal cannot be written, and what is kept elsewhere.
@Suite final class JournalKeeperTests {
    private let directory: DataDirectory
    private let store: Store
    private let key: JournalSigningKey

    init() throws {
        let path = NSTemporaryDirectory() + "cxrgate-keeper-\(UUID().uuidString)"
        directory = DataDirectory(path)
        try directory.create()
        store = try Store(path: directory.database)
        key = try JournalSigningKey.generate()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.path) }

    private func keeper(
        _ disk: any Disk = RealDisk(), _ settings: JournalSettings = JournalSettings(), _ time: Time = Time()
    ) throws -> JournalKeeper {
        try JournalKeeper(
            store: store, directory: directory, disk: disk, key: key, settings: settings,
            clock: GatewayClock { time.now })
    }

    private final class Time: Sendable {
        private let value = Box<Int64>(1_700_000_000_000)
        var now: Int64 { value.value.withLock { $0 } }
        func pass(_ milliseconds: Int64) { value.value.withLock { $0 += milliseconds } }
    }

    private func owe(_ count: Int = 1) throws {
        try store.write { transaction in
            for number in 0..<count {
                try transaction.owe(JournalEvent(kind: .open, at: Int64(number), actor: "test"))
            }
        }
    }

    /// One entry that the journal refuses would stop every later one.
    @Test func whateverIsOwedCanBeAppended() throws {
        var details = ["": "empty", "a b": "space", "naïve": "letter", String(repeating: "k", count: 200): "long"]
        for number in 0..<40 { details["fact\(number)"] = "\u{0}" }
        let event = JournalEvent(kind: .open, at: 0, actor: "", subject: "", study: "\n", details: details)
        try store.write { try $0.owe(event) }
        try keeper().flush()
        let entries = try JournalReader(directory: directory.journal).entries()
        #expect(entries.last { $0.event.kind == .open }?.event.details.count == JournalLimits.details)
    }

    /// A keeper whose journal opened well, and whose disk is broken from now on.
    private func broken(_ policy: JournalSettings.FailurePolicy, spool: Int, _ time: Time) throws -> JournalKeeper {
        _ = try keeper()
        var settings = JournalSettings()
        settings.onFailure = policy
        settings.spoolEntries = spool
        for failing in 0..<100 {
            let disk = FaultyDisk(RealDisk(), failing: failing, staysBroken: true)
            if let keeper = try? keeper(disk, settings, time) { return keeper }
        }
        throw GatewayError.journal("no disk opened the journal")
    }

    @Test("refuse: what cannot be journalled is not done, and nothing is lost")
    func refuse() throws {
        let keeper = try broken(.refuse, spool: 10, Time())
        try owe()
        #expect(throws: GatewayError.self) { try keeper.flush() }
        #expect(throws: GatewayError.self) { try keeper.flush() }
        #expect(try keeper.waiting() == 1)
        try self.keeper().flush()
        #expect(try JournalReader(directory: directory.journal).entries().count == 1)
    }

    @Test("spool: work goes on until so many entries wait; all come when the journal can be written again")
    func spool() throws {
        let time = Time()
        let keeper = try broken(.spool, spool: 3, time)
        for _ in 0..<3 {
            try owe()
            try keeper.flush()
            time.pass(2000)
        }
        try owe()
        #expect(throws: GatewayError.self) { try keeper.flush() }
        try self.keeper().flush()
        #expect(
            try JournalReader(directory: directory.journal).entries().map(\.event.kind) == [.open, .open, .open, .open])
    }

    @Test("ignore: work goes on however many wait")
    func ignore() throws {
        let keeper = try broken(.ignore, spool: 1, Time())
        try owe(50)
        try keeper.flush()
        try owe(50)
        try keeper.flush()
        #expect(try keeper.waiting() == 100)
        try self.keeper().flush()
        #expect(try JournalReader(directory: directory.journal).entries().count == 100)
    }

    @Test("a journal that failed once is tried again after a second, and then says that there was a gap")
    func recovers() throws {
        _ = try keeper()
        var settings = JournalSettings()
        settings.onFailure = .spool
        for failing in 0..<100 {
            let time = Time()
            let disk = FaultyDisk(RealDisk(), failing: failing)
            guard let keeper = try? keeper(disk, settings, time) else { continue }
            try owe()
            try keeper.flush()
            guard disk.hasFailed else { break }
            #expect(try keeper.waiting() == 1 || keeper.checkpoint != nil)
            time.pass(1500)
            try keeper.flush()
            #expect(try keeper.waiting() == 0)
            let kinds = try JournalReader(directory: directory.journal).entries().map(\.event.kind)
            #expect(kinds.last == .heal, "call \(failing)")
        }
    }

    @Test("the keeper introduces a new key, whatever call fails, and goes on with the one in force")
    func introduce() throws {
        let next = try JournalSigningKey.generate()
        var failing = 0
        while true {
            try? FileManager.default.removeItem(atPath: directory.journal)
            _ = try store.write { try $0.execute("DELETE FROM fact") }
            let disk = FaultyDisk(RealDisk(), failing: failing)
            do {
                let keeper = try keeper(disk)
                try keeper.introduce(next, JournalEvent(kind: .keyChange, at: 1, actor: "test"))
                #expect(keeper.verifyingKey == next.verifyingKey)
                try owe()
                try keeper.flush()
            } catch {
                #expect(disk.hasFailed, "\(error)")
            }
            let inForce = try #require(
                try JournalKeeper.keyInForce(among: [key, next], directory: directory, disk: RealDisk()))
            let again = try JournalKeeper(store: store, directory: directory, disk: RealDisk(), key: inForce)
            try owe()
            try again.flush()
            _ = try JournalVerifier.verify(directory: directory.journal, key: inForce.verifyingKey)
            if !disk.hasFailed { break }
            failing += 1
        }
        #expect(failing > 10)
    }

    @Test("checkpoints are kept in a directory and a witness file, never over a later one")
    func anchors() throws {
        let keeper = try keeper()
        let witness = directory.path + "/witness"
        let anchors = JournalAnchors(anchors: [.directory(directory.models), .file(witness)], disk: RealDisk())
        var notes: [Checkpoint] = []
        for _ in 0..<8 {
            try owe()
            try keeper.flush()
            notes.append(try #require(keeper.checkpoint))
            for _ in 0..<2 { #expect(anchors.keep(try #require(notes.last)).isEmpty) }
        }
        #expect(try CheckpointFile.read(String(contentsOfFile: witness, encoding: .utf8)) == notes)
        let latest = directory.models + "/checkpoint.note"
        #expect(try CheckpointFile.read(String(contentsOfFile: latest, encoding: .utf8)) == [notes[7]])
        let failures = anchors.keep(notes[3])
        #expect(failures.count == 2 && failures.allSatisfy { $0 is JournalAnchors.Contradiction })
        #expect(try CheckpointFile.read(String(contentsOfFile: latest, encoding: .utf8)) == [notes[7]])
        #expect(JournalAnchors(anchors: [.directory("/nonexistent")], disk: RealDisk()).keep(notes[7]).count == 1)
    }

    @Test("old segments go behind a signed entry, and only when they are older than the site keeps them")
    func retire() throws {
        var settings = JournalSettings()
        settings.segmentMiB = 1
        let keeper = try keeper(RealDisk(), settings)
        for _ in 0..<4 {
            try owe(3000)
            try keeper.flush()
        }
        let committer = Committer(store: store, afterCommit: { try keeper.flush() })
        defer { committer.stop() }
        let caretaker = JournalCaretaker(
            keeper: keeper, committer: committer, directory: directory, disk: RealDisk(), settings: settings,
            clock: .system, log: .silent)
        let segments = try RealDisk().list(directory.journal).count
        #expect(segments > 1)
        // The entries are of the first seconds of 1970.
        let year: Int64 = 366 * 86_400_000
        #expect(try caretaker.retire(now: 6 * year) == 0)
        #expect(try caretaker.retire(now: 6 * year + 10_000) == segments - 1)
        let found = try JournalVerifier.verify(directory: directory.journal, key: key.verifyingKey)
        #expect(found.entries == 12_001 && found.segments == segments - 1..<segments)
        #expect(try JournalReader(directory: directory.journal).entries().last?.event.kind == .retire)
    }

    @Test("every kind of event is made somewhere, but for those whose station is not built yet")
    func catalogue() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        var text = ""
        for folder in ["Gateway", "Journal"] {
            for name in try RealDisk().list(root.path + "/" + folder) where name.hasSuffix(".swift") {
                text += try String(contentsOfFile: "\(root.path)/\(folder)/\(name)", encoding: .utf8)
            }
        }
        // Storage commitment, and deletion at the end of retention.
        let notBuilt: Set<JournalEventKind> = [.commit, .delete]
        for kind in JournalEventKind.allCases where !notBuilt.contains(kind) {
            let isMade = try Regex("(event|note|JournalEvent)\\(\\s*(kind: )?\\.\(kind.rawValue)\\b")
            #expect(text.contains(isMade), "\(kind)")
        }
    }

    @Test("reasons are sealed, differ each time, open with the installation's key, and are never too long for an entry")
    func reasons() throws {
        _ = try KeyRing.create(in: directory.keys)
        let reasons = try JournalReason(directory)
        for text in ["ordered by Dr. X", String(repeating: "é", count: 160), "a\nb"] {
            let sealed = try reasons.sealed(text)
            #expect(sealed.utf8.count <= 512 && !sealed.contains(text))
            #expect(!sealed.contains(Data(text.utf8).base64EncodedString().prefix(12)))
            #expect(try reasons.sealed(text) != sealed)
            #expect(reasons.opened(sealed) == text)
            #expect(JournalReason.hidden(["reason": sealed, "ae": "CR1"]) == ["reason": "(sealed)", "ae": "CR1"])
            #expect(reasons.opened(String(sealed.dropLast(4)) + "AAAA") != text)
        }
        #expect(throws: GatewayError.self) { try reasons.sealed(String(repeating: "x", count: 321)) }
        #expect(reasons.opened("plain") == "plain")
    }
}
