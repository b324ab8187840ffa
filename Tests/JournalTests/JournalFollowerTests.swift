import Durability
import Foundation
import Journal
import Testing

@Suite struct JournalFollowerTests {
    let temporary: TemporaryDirectory
    var directory: String { temporary.path + "/journal" }

    init() throws { temporary = try TemporaryDirectory() }

    private func open() throws -> JournalWriter {
        try JournalWriter(
            directory: directory, disk: RealDisk(), key: signingKey(), origin: origin, segmentBytes: 1500)
    }

    @Test("a follower gives every acknowledged entry once, over segments, as they come")
    func follow() throws {
        let writer = try open()
        var follower = JournalFollower(directory: directory, next: 0)
        #expect(try follower.read(limit: 10).isEmpty)
        var seen: [JournalEvent] = []
        for number in 0..<20 {
            try writer.append([(0, event(2 * number)), (0, event(2 * number + 1))])
            if number % 3 == 0 { seen += try follower.read(limit: 100).map(\.event) }
        }
        seen += try follower.read(limit: 100).map(\.event)
        #expect(seen == (0..<40).map(event))
        #expect(try follower.read(limit: 100).isEmpty && follower.next == 40)
        // Wherever another begins, or goes back to.
        for start in [0, 1, 7, 22, 39, 40] {
            var other = JournalFollower(directory: directory, next: UInt64(start))
            var rest: [JournalEntry] = []
            while case let more = try other.read(limit: 3), !more.isEmpty { rest += more }
            #expect(rest.map(\.index) == Array(UInt64(start)..<40))
            other.goBack(to: 30)
            #expect(try other.read(limit: 100).map(\.index) == Array(30..<40))
        }
    }

    @Test("what no checkpoint covers is not given")
    func unsigned() throws {
        try fill(directory, groups: [2, 2])
        let path = directory + "/00000000.cxrj"
        let good = try [UInt8](file: path)
        try Array(good.dropLast(frames(good).last?.count ?? 0)).write(path)
        var follower = JournalFollower(directory: directory, next: 0)
        #expect(try follower.read(limit: 100).map(\.index) == [0, 1])
        try good.write(path)
        #expect(try follower.read(limit: 100).map(\.index) == [2, 3])
    }

    @Test(
        "an export verifies with its own key and checkpoint, also while the journal grows, and never mixes with another"
    )
    func export() throws {
        let writer = try open()
        for number in 0..<10 { try writer.append([(0, event(number))]) }
        try writer.append([(0, event(3))], introducing: signingKey(2))
        let target = temporary.path + "/copy"
        let checkpoint = try JournalExport.write(directory: directory, to: target)
        try writer.append([(0, event(4))])
        #expect(checkpoint.size == 11)
        let note = try String(contentsOfFile: target + "/checkpoint.note", encoding: .utf8)
        let found = try JournalVerifier.verify(
            directory: target + "/journal", key: signingKey(2).verifyingKey, against: CheckpointFile.read(note))
        #expect(found.entries == 11 && found.compared == 1)
        #expect(throws: (any Error).self) { try JournalExport.write(directory: directory, to: target) }
    }

    @Test("a file of checkpoints holds one or many, and nothing else")
    func checkpointFile() throws {
        let notes = try fill(directory, groups: [1, 2, 3])
        #expect(try CheckpointFile.read(notes[0].text) == [notes[0]])
        #expect(try CheckpointFile.read(notes.map(CheckpointFile.appended).joined()) == notes)
        for bad in ["", "\n", notes[0].text + "x\n", String(notes[0].text.dropLast(4))] {
            #expect(throws: JournalError.checkpointMalformed) { try CheckpointFile.read(bad) }
        }
    }
}
