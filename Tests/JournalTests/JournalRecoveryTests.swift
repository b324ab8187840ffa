import Durability
import Foundation
import Journal
import Sealing
import Testing

@Suite struct JournalRecoveryTests {
    let temporary: TemporaryDirectory
    var directory: String { temporary.path + "/journal" }

    init() throws { temporary = try TemporaryDirectory() }

    private func open(
        _ directory: String, acknowledged: Checkpoint? = nil, disk: any Disk = RealDisk()
    ) throws -> JournalWriter {
        try JournalWriter(
            directory: directory, disk: disk, key: signingKey(), origin: origin, acknowledged: acknowledged,
            segmentBytes: 1100)
    }

    @Test("a journal cut anywhere behind its last acknowledged checkpoint opens, says what it cut, and goes on")
    func everyCut() throws {
        let checkpoints = try fill(directory, groups: [1, 2, 1, 3], segmentBytes: 1100)
        let name = try #require(try RealDisk().list(directory).last)
        let path = "\(directory)/\(name)"
        let good = try [UInt8](file: path)
        let places = frames(good)
        let group = places[places.count - 4].lowerBound
        for length in group..<good.count {
            try Array(good.prefix(length)).write(path)
            let writer = try open(directory, acknowledged: checkpoints[2])
            #expect(writer.size == 4 && writer.lastSequence == 4)
            #expect((writer.recovery?.bytes ?? 0) == length - group)
            #expect(writer.recovery?.entries ?? 0 == places.count { $0.lowerBound >= group && $0.upperBound <= length })
            #expect(damageKind { _ = try open(directory, acknowledged: checkpoints[3]) } == .truncated)
            try writer.append((4..<7).map { (UInt64($0 + 1), event($0)) })
            #expect(try [UInt8](file: path) == good)
        }
    }

    @Test("a flip anywhere in what was acknowledged is never cut away in silence")
    func everyFlip() throws {
        let checkpoints = try fill(directory, groups: [2, 1, 2])
        let path = directory + "/00000000.cxrj"
        let good = try [UInt8](file: path)
        let last = try #require(frames(good).dropLast(3).last).upperBound
        for index in good.indices {
            var flipped = good
            flipped[index] ^= 1 << (index % 8)
            try flipped.write(path)
            #expect(damageKind { _ = try open(directory, acknowledged: checkpoints[2]) } != nil, "byte \(index)")
            #expect(try [UInt8](file: path) == flipped)
            // Without the database's word the last group may be taken for a torn write, but no group before it.
            if index < last { #expect(damageKind { _ = try open(directory) } != nil, "byte \(index)") }
            try good.write(path)
        }
    }

    @Test("whatever call of the disk fails, the journal then holds every acknowledged event, once, and verifies")
    func everyFailure() throws {
        for staysBroken in [false, true] {
            var failing = 0
            while true {
                let directory = "\(temporary.path)/journal-\(staysBroken)-\(failing)"
                let disk = FaultyDisk(RealDisk(), failing: failing, staysBroken: staysBroken)
                var acknowledged: Checkpoint?
                var sent = 0
                do {
                    let writer = try open(directory, disk: disk)
                    for count in [1, 3, 2, 4, 1] {
                        let events = (sent..<sent + count).map { (UInt64($0 + 1), event($0)) }
                        do {
                            acknowledged = try writer.append(events)
                            sent += count
                        } catch {
                            #expect(throws: JournalError.poisoned) { try writer.append(events) }
                            throw error
                        }
                    }
                } catch JournalError.disk {
                    #expect(disk.hasFailed)
                }
                let writer = try open(directory, acknowledged: acknowledged)
                #expect(Int(writer.lastSequence) >= sent)
                let next = Int(writer.lastSequence)
                try writer.append((next..<next + 2).map { (UInt64($0 + 1), event($0)) })
                _ = try verify(directory, against: acknowledged.map { [$0] } ?? [])
                let entries = try JournalReader(directory: directory).entries()
                #expect(entries.map(\.event) == (0..<next + 2).map(event))
                if !disk.hasFailed { break }
                failing += 1
            }
            #expect(failing > 15)
        }
    }

    @Test(
        "a power cut after any operation loses no acknowledged event",
        arguments: [
            DiskReplay.Policy.dropUnsynced, .keepAll, .keepSome(seed: 1), .keepSome(seed: 2), .keepSome(seed: 3),
        ])
    func everyPowerCut(policy: DiskReplay.Policy) throws {
        let disk = try RecordingDisk(RealDisk(), root: temporary.path)
        let writer = try open(directory, disk: disk)
        try disk.syncDirectory(temporary.path)
        // How many operations had been done when each checkpoint was acknowledged.
        var acknowledged: [(operations: Int, checkpoint: Checkpoint, events: Int)] = []
        var sent = 0
        for count in [1, 3, 2, 20, 4, 1] {
            let checkpoint = try writer.append((sent..<sent + count).map { (UInt64($0 + 1), event($0)) })
            sent += count
            acknowledged.append((disk.operations.count, checkpoint, sent))
        }
        #expect(try RealDisk().list(directory).count > 2)
        for count in 0...disk.operations.count {
            let survivors = try TemporaryDirectory()
            try DiskReplay.materialize(disk.operations, upTo: count, into: survivors.path, policy: policy)
            let known = acknowledged.last { $0.operations <= count }
            let journal = survivors.path + "/journal"
            let reopened = try open(journal, acknowledged: known?.checkpoint)
            #expect(Int(reopened.lastSequence) >= known?.events ?? 0, "after \(count) operations")
            let next = Int(reopened.lastSequence)
            try reopened.append([(UInt64(next + 1), event(next))])
            _ = try verify(journal, against: known.map { [$0.checkpoint] } ?? [])
            #expect(try JournalReader(directory: journal).entries().map(\.event) == (0...next).map(event))
        }
    }

    @Test("a journal that is gone is not begun anew when the database knows better")
    func gone() throws {
        let checkpoint = try #require(try fill(directory, groups: [2]).last)
        #expect(
            damageKind { _ = try open(temporary.path + "/empty", acknowledged: checkpoint) } == .truncated)
    }
}
