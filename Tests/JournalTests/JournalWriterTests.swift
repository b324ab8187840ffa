import Durability
import Foundation
import Journal
import Sealing
import Testing

@Suite struct JournalWriterTests {
    let temporary: TemporaryDirectory
    var directory: String { temporary.path + "/journal" }

    init() throws { temporary = try TemporaryDirectory() }

    @Test("what was appended is read, counted, signed and verified, over several segments")
    func appendAndVerify() throws {
        let checkpoints = try fill(directory, groups: [1, 3, 2, 8, 1, 1], segmentBytes: 2000)
        let found = try verify(directory, against: checkpoints)
        #expect(found.entries == 16)
        #expect(found.checkpoints == 6)
        #expect(found.segments.count > 1)
        #expect(found.compared == 6)
        #expect(found.lastCheckpoint == checkpoints.last)
        #expect(found.root == checkpoints.last?.root)
        let entries = try JournalReader(directory: directory).entries()
        #expect(entries.map(\.event) == (0..<16).map(event))
        #expect(entries.map(\.index) == Array(0..<16))
        #expect(entries.map(\.sequence) == Array(1...16))
        #expect(try JournalReader(directory: directory).lastCheckpoint() == checkpoints.last)
    }

    @Test("the same events give the same bytes")
    func determinism() throws {
        try fill(directory, groups: [2, 2, 2], segmentBytes: 1000)
        try fill(temporary.path + "/again", groups: [2, 2, 2], segmentBytes: 1000)
        for name in try RealDisk().list(directory) {
            #expect(try [UInt8](file: "\(directory)/\(name)") == [UInt8](file: "\(temporary.path)/again/\(name)"))
        }
    }

    @Test("a journal that is opened again goes on where it was, also right after a new segment")
    func reopen() throws {
        for round in 0..<6 {
            let writer = try JournalWriter(
                directory: directory, disk: RealDisk(), key: signingKey(), origin: origin, segmentBytes: 600)
            #expect(writer.recovery == nil)
            #expect(writer.size == UInt64(round) && writer.lastSequence == UInt64(round))
            let checkpoint = try writer.append([(UInt64(round) + 1, event(round))])
            #expect(writer.checkpoint == checkpoint)
        }
        #expect(try verify(directory).entries == 6)
    }

    @Test("events without a sequence do not change the last one; sequences must grow")
    func sequences() throws {
        let writer = try JournalWriter(directory: directory, disk: RealDisk(), key: signingKey(), origin: origin)
        try writer.append([(0, event(0)), (5, event(1)), (0, event(2))])
        #expect(writer.lastSequence == 5)
        for bad: [UInt64] in [[5], [4], [6, 6], [0, 7, 6], []] {
            #expect(throws: JournalError.sequenceNotIncreasing) { try writer.append(bad.map { ($0, event(3)) }) }
        }
        var unfit = event(3)
        unfit.actor = "\u{7}"
        #expect(throws: JournalError.unacceptableText(field: "actor")) {
            try writer.append([(6, event(3)), (7, unfit)])
        }
        // A refused event leaves the writer as it was.
        #expect(writer.size == 3)
        try writer.append([(6, event(3))])
        #expect(try verify(directory).entries == 4)
    }

    @Test("a journal of another key or origin is not opened, and nothing of it is cut")
    func foreign() throws {
        try fill(directory, groups: [1, 2])
        let before = try [UInt8](file: directory + "/00000000.cxrj")
        #expect(throws: JournalError.keyNotInForce(inForce: try signingKey().verifyingKey.hexadecimal)) {
            try JournalWriter(directory: directory, disk: RealDisk(), key: signingKey(2), origin: origin)
        }
        #expect(
            damageKind {
                _ = try JournalWriter(directory: directory, disk: RealDisk(), key: signingKey(), origin: "other")
            } == .header)
        #expect(throws: JournalError.originMalformed) {
            try JournalWriter(directory: directory, disk: RealDisk(), key: signingKey(), origin: "a b")
        }
        #expect(try [UInt8](file: directory + "/00000000.cxrj") == before)
    }

    @Test("threads that append at once all get in, once")
    func threads() throws {
        let writer = try JournalWriter(directory: directory, disk: RealDisk(), key: signingKey(), origin: origin)
        DispatchQueue.concurrentPerform(iterations: 40) { number in
            do { try writer.append([(0, event(number))]) } catch { Issue.record("\(error)") }
        }
        #expect(try verify(directory).entries == 40)
    }

    @Test("a filter narrows by every field, and the last ones are kept")
    func reader() throws {
        try fill(directory, groups: [10, 20, 30], segmentBytes: 3000)
        let reader = JournalReader(directory: directory)
        let all = (0..<60).map(event)
        func found(_ filter: JournalFilter) throws -> [JournalEvent] {
            try reader.entries(matching: filter).map(\.event)
        }
        #expect(try found(JournalFilter(kinds: [.open, .seal])) == all.filter { $0.kind == .open || $0.kind == .seal })
        #expect(try found(JournalFilter(outcome: "REC-003")) == all.filter { $0.outcome == "REC-003" })
        #expect(try found(JournalFilter(subject: all[7].subject)) == all.filter { $0.subject == all[7].subject })
        #expect(try found(JournalFilter(study: all[1].study)) == all.filter { $0.study != nil })
        #expect(try found(JournalFilter(actor: "nobody")).isEmpty)
        #expect(try found(JournalFilter(from: all[10].at, until: all[20].at)) == Array(all[10..<20]))
        #expect(try reader.entries(last: 7).map(\.index) == Array(53..<60))
        var first: [UInt64] = []
        try reader.forEach(from: 15) { entry in
            first.append(entry.index)
            return first.count < 4
        }
        #expect(first == [15, 16, 17, 18])
    }
}
