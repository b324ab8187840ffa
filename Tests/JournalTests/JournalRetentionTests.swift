import Durability
import Foundation
import Journal
import Sealing
import Testing

@Suite struct JournalRetentionTests {
    let temporary: TemporaryDirectory
    var directory: String { temporary.path + "/journal" }

    init() throws { temporary = try TemporaryDirectory() }

    /// Twelve entries in several segments; entry n is of second n.
    private func write(_ directory: String, disk: any Disk = RealDisk()) throws -> (JournalWriter, [Checkpoint]) {
        let writer = try JournalWriter(
            directory: directory, disk: disk, key: signingKey(), origin: origin, segmentBytes: 900)
        let checkpoints = try (0..<12).map { number in
            var event = event(number)
            event.at = Int64(number) * 1000
            return try writer.append([(UInt64(number + 1), event)])
        }
        return (writer, checkpoints)
    }

    @Test("segments whose every entry is old enough go after a signed entry, and what stays verifies from there")
    func retire() throws {
        let (writer, checkpoints) = try write(directory)
        let names = try RealDisk().list(directory)
        #expect(names.count > 3)
        #expect(try JournalRetention.due(directory: directory, olderThan: 0) == nil)
        let below = try #require(try JournalRetention.due(directory: directory, olderThan: 7000))
        #expect(below > 1 && below < names.count - 1)
        // Nothing goes before the entry is there.
        #expect(throws: JournalError.notRetired) { try JournalRetention.remove(directory: directory, below: below) }
        #expect(try RealDisk().list(directory) == names)
        try writer.append([(13, JournalRetention.event(below: below, at: 20_000, actor: "supervisor"))])
        #expect(try JournalRetention.remove(directory: directory, below: below) == below)
        #expect(try JournalRetention.remove(directory: directory, below: below) == 0)
        #expect(try RealDisk().list(directory).first == names[below])
        let found = try verify(directory, against: checkpoints)
        #expect(found.entries == 13 && found.segments.lowerBound == below)
        #expect(found.beforeStart > 0 && found.beforeStart + found.compared == 12)
        let entries = try JournalReader(directory: directory).entries()
        #expect(entries.first?.index == found.firstIndex && entries.last?.index == 12)
        // It goes on, also when opened again.
        let again = try JournalWriter(directory: directory, disk: RealDisk(), key: signingKey(), origin: origin)
        try again.append([(14, event(1))])
        #expect(try verify(directory).entries == 14)
        // One segment more than the entry says is missing, and found.
        try FileManager.default.removeItem(atPath: "\(directory)/\(names[below])")
        #expect(damageKind { _ = try verify(directory) } == .missingSegment)
    }

    @Test("the segment that is being written never goes, however old")
    func last() throws {
        let (_, _) = try write(directory)
        let names = try RealDisk().list(directory)
        #expect(try JournalRetention.due(directory: directory, olderThan: .max) == names.count - 1)
    }

    @Test("a damaged segment is evidence: it is not retired")
    func damaged() throws {
        _ = try write(directory)
        let path = "\(directory)/00000000.cxrj"
        var bytes = try [UInt8](file: path)
        bytes[frames(bytes)[1].lowerBound + 10] ^= 1
        try bytes.write(path)
        #expect(damageKind { _ = try JournalRetention.due(directory: directory, olderThan: .max) } == .entry)
    }

    @Test("whatever call of the disk fails while segments go, the journal verifies, and the next try completes it")
    func everyFailure() throws {
        var failing = 0
        while true {
            let directory = "\(temporary.path)/journal-\(failing)"
            var (writer, checkpoints) = try write(directory)
            let disk = FaultyDisk(RealDisk(), failing: failing)
            var sequence: UInt64 = 12
            func pass(_ disk: any Disk) throws {
                guard let below = try JournalRetention.due(directory: directory, olderThan: 7000, disk: disk) else {
                    return
                }
                sequence += 1
                checkpoints.append(
                    try writer.append([(sequence, JournalRetention.event(below: below, at: 1, actor: "supervisor"))]))
                try JournalRetention.remove(directory: directory, below: below, disk: disk)
            }
            do { try pass(disk) } catch JournalError.disk {}
            _ = try verify(directory, against: checkpoints)
            writer = try JournalWriter(
                directory: directory, disk: RealDisk(), key: signingKey(), origin: origin,
                acknowledged: checkpoints.last)
            try pass(RealDisk())
            #expect(try JournalRetention.due(directory: directory, olderThan: 7000) == nil)
            #expect(try verify(directory, against: checkpoints).segments.lowerBound > 1)
            if !disk.hasFailed { break }
            failing += 1
        }
        #expect(failing > 8)
    }
}
