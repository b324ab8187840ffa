import Durability
import Foundation
import Journal
import Sealing
import Testing

@Suite struct KeyIntroductionTests {
    let temporary: TemporaryDirectory
    var directory: String { temporary.path + "/journal" }

    init() throws { temporary = try TemporaryDirectory() }

    private func open(
        _ seed: UInt8, _ directory: String? = nil, acknowledged: Checkpoint? = nil, disk: any Disk = RealDisk(),
        segmentBytes: Int = 1100
    ) throws -> JournalWriter {
        try JournalWriter(
            directory: directory ?? self.directory, disk: disk, key: signingKey(seed), origin: origin,
            acknowledged: acknowledged, segmentBytes: segmentBytes)
    }

    private func verify(
        _ directory: String? = nil, seed: UInt8, against exported: [Checkpoint] = []
    ) throws -> JournalVerification {
        try JournalVerifier.verify(
            directory: directory ?? self.directory, key: signingKey(seed).verifyingKey, against: exported)
    }

    /// Three keys one after the other, over several segments.
    private func rotateTwice() throws -> [Checkpoint] {
        let writer = try open(1)
        var checkpoints: [Checkpoint] = []
        for number in 0..<9 {
            let next: [(UInt64, JournalEvent)] = [(UInt64(number + 1), event(number))]
            switch number {
            case 2: checkpoints.append(try writer.append(next, introducing: signingKey(2)))
            case 5: checkpoints.append(try writer.append(next, introducing: signingKey(3)))
            default: checkpoints.append(try writer.append(next))
            }
        }
        #expect(writer.verifyingKey == (try signingKey(3).verifyingKey))
        return checkpoints
    }

    @Test("a journal whose key was changed verifies with each of its keys, and with checkpoints of each")
    func rotation() throws {
        let checkpoints = try rotateTwice()
        #expect(
            checkpoints.compactMap(\.next) == [
                try signingKey(2).verifyingKey.bytes, try signingKey(3).verifyingKey.bytes,
            ])
        for seed: UInt8 in 1...3 {
            let found = try verify(seed: seed, against: checkpoints)
            #expect(found.entries == 9 && found.compared == 9 && found.keysIntroduced == 2)
            #expect(found.keyInForce == (try signingKey(3).verifyingKey))
        }
        #expect(damageKind { _ = try verify(seed: 4) } == .signature)
        #expect(try JournalReader(directory: directory).keyInForce() == signingKey(3).verifyingKey)
        for checkpoint in checkpoints { #expect(try Checkpoint(text: checkpoint.text) == checkpoint) }
    }

    @Test(
        "an old key opens the journal no more, and nothing is cut; the new one does, also right after its introduction")
    func oldKey() throws {
        for extra in 0...6 {
            let directory = "\(temporary.path)/journal-\(extra)"
            do {
                let writer = try open(1, directory)
                try writer.append([(1, event(0))])
                try writer.append([(2, event(1))], introducing: signingKey(2))
                for number in 0..<extra { try writer.append([(UInt64(number) + 3, event(2))]) }
            }
            let inForce = try signingKey(2).verifyingKey.hexadecimal
            #expect(throws: JournalError.keyNotInForce(inForce: inForce)) { try open(1, directory) }
            let writer = try open(2, directory)
            #expect(writer.recovery == nil)
            try writer.append([(0, event(3))])
            #expect(try verify(directory, seed: 2).entries == UInt64(3 + extra))
        }
    }

    @Test("the key in force is not introduced again")
    func same() throws {
        let writer = try open(1)
        #expect(throws: JournalError.keyNotNew) { try writer.append([(1, event(0))], introducing: signingKey(1)) }
        try writer.append([(1, event(0))])
    }

    @Test("whatever call of the disk fails, one of the two keys is in force, and the journal goes on with it")
    func everyFailure() throws {
        for staysBroken in [false, true] {
            var failing = 0
            while true {
                let directory = "\(temporary.path)/journal-\(staysBroken)-\(failing)"
                let disk = FaultyDisk(RealDisk(), failing: failing, staysBroken: staysBroken)
                var acknowledged: Checkpoint?
                var isIntroduced = false
                do {
                    let writer = try open(1, directory, disk: disk, segmentBytes: 500)
                    acknowledged = try writer.append([(1, event(0)), (2, event(1))])
                    acknowledged = try writer.append([(3, event(2))], introducing: signingKey(2))
                    isIntroduced = true
                    acknowledged = try writer.append([(4, event(3))])
                } catch JournalError.disk {
                    #expect(disk.hasFailed)
                }
                let isThere = FileManager.default.fileExists(atPath: directory)
                let inForce = isThere ? try JournalReader(directory: directory).keyInForce() : nil
                let isNew = try inForce == signingKey(2).verifyingKey
                if isIntroduced { #expect(isNew) }
                let writer = try open(isNew ? 2 : 1, directory, acknowledged: acknowledged)
                try writer.append([(0, event(7))])
                _ = try verify(directory, seed: isNew ? 2 : 1, against: acknowledged.map { [$0] } ?? [])
                if !disk.hasFailed { break }
                failing += 1
            }
            #expect(failing > 15)
        }
    }

    /// Whether a byte belongs to a line that names a key.
    private func isInKey(_ index: Int, _ bytes: [UInt8]) -> Bool {
        let line = bytes[..<index].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return bytes[line...].starts(with: Array("key ".utf8)) || bytes[line...].starts(with: Array("next ".utf8))
    }

    @Test("every flipped byte that names a key is found, and any other, with the newest key and with the oldest")
    func flips() throws {
        _ = try rotateTwice()
        for name in try RealDisk().list(directory) {
            let path = "\(directory)/\(name)"
            let good = try [UInt8](file: path)
            // Where keys are told, every byte; elsewhere what the tests of the verifier show is not shown again.
            for index in good.indices where index % 5 == 0 || isInKey(index, good) {
                var flipped = good
                flipped[index] ^= 1 << (index % 8)
                try flipped.write(path)
                #expect(damageKind { _ = try verify(seed: 3) } != nil, "\(name), byte \(index)")
                if index % 20 == 0 { #expect(damageKind { _ = try verify(seed: 1) } != nil, "\(name), byte \(index)") }
            }
            try good.write(path)
        }
    }

    @Test("who does not hold the key in force introduces none, and who does not hold the new key does not either")
    func forged() throws {
        // One journal handed over to another key, with the consent of both: either key may be trusted. Without the new
        // key's signature it is a stranger who names a key that others trust, and no introduction.
        let writer = try open(9)
        try writer.append([(1, event(0))])
        let note = try writer.append([(2, event(1))], introducing: signingKey(1))
        #expect(try verify(seed: 1).entries == 2)
        let path = directory + "/00000000.cxrj"
        let good = try [UInt8](file: path)
        let lines = note.text.split(separator: "\n", omittingEmptySubsequences: false)
        let forged = note.text.replacing(lines[8], with: lines[7])
        #expect(forged.utf8.count == note.text.utf8.count)
        let place = try #require(good.firstRange(of: Array(note.text.utf8)))
        try Array(good[..<place.lowerBound] + Array(forged.utf8)).write(path)
        #expect(damageKind { _ = try verify(seed: 1) } == .signature)
        #expect(damageKind { _ = try verify(seed: 9) } == .signature)
    }
}
