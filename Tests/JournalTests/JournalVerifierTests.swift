import Durability
import Foundation
import Journal
import Sealing
import Testing

@Suite struct JournalVerifierTests {
    let temporary: TemporaryDirectory
    let directory: String
    let checkpoints: [Checkpoint]
    let names: [String]

    init() throws {
        temporary = try TemporaryDirectory()
        directory = temporary.path + "/journal"
        checkpoints = try fill(directory, groups: [1, 2, 1, 3], segmentBytes: 1100)
        names = try RealDisk().list(directory)
    }

    /// Runs `body` with one segment changed, and puts it back.
    private func changing(_ name: String, to bytes: [UInt8], _ body: () throws -> Void) throws {
        let path = "\(directory)/\(name)"
        let before = try [UInt8](file: path)
        try bytes.write(path)
        try body()
        try before.write(path)
    }

    @Test("every flipped bit of every segment is found, without any checkpoint from elsewhere")
    func flips() throws {
        #expect(names.count == 2)
        for name in names {
            let good = try [UInt8](file: "\(directory)/\(name)")
            for index in good.indices {
                var flipped = good
                flipped[index] ^= 1 << (index % 8)
                try changing(name, to: flipped) {
                    #expect(damageKind { _ = try verify(directory) } != nil, "\(name), byte \(index)")
                }
            }
        }
        #expect(try verify(directory).entries == 7)
    }

    @Test("every frame that is taken out, doubled, or moved is found")
    func framesMoved() throws {
        for name in names {
            let good = try [UInt8](file: "\(directory)/\(name)")
            let places = frames(good)
            for (number, place) in places.enumerated() {
                let without = Array(good[..<place.lowerBound] + good[place.upperBound...])
                let isLastCheckpoint = name == names.last && number == places.count - 1
                try changing(name, to: without) {
                    // Without its checkpoint the last group is an unsigned tail.
                    let kind = damageKind { _ = try verify(directory, against: checkpoints) }
                    #expect(kind != nil, "\(name), frame \(number)")
                    if isLastCheckpoint { #expect(kind == .unsignedTail) }
                }
                try changing(name, to: Array(good[..<place.upperBound] + good[place] + good[place.upperBound...])) {
                    #expect(damageKind { _ = try verify(directory) } != nil)
                }
                guard number + 1 < places.count else { continue }
                let next = places[number + 1]
                try changing(
                    name, to: Array(good[..<place.lowerBound] + good[next] + good[place] + good[next.upperBound...])
                ) {
                    #expect(damageKind { _ = try verify(directory) } != nil)
                }
            }
        }
    }

    @Test("every cut is found with the last checkpoint at hand; without it, all but cuts at a checkpoint")
    func cuts() throws {
        let name = try #require(names.last)
        let good = try [UInt8](file: "\(directory)/\(name)")
        let whole = frames(good).filter { good[$0.lowerBound + 4] != UInt8(ascii: "E") }.map(\.upperBound)
        let path = "\(directory)/\(name)"
        for length in 0..<good.count {
            try Array(good.prefix(length)).write(path)
            let withCheckpoint = damageKind { _ = try verify(directory, against: [checkpoints[3]]) }
            #expect(withCheckpoint != nil, "cut to \(length)")
            let alone = damageKind { _ = try verify(directory) }
            #expect((alone == nil) == whole.contains(length), "cut to \(length)")
        }
    }

    @Test("segments that are missing, exchanged, or not the journal's are found")
    func segments() throws {
        let manager = FileManager.default
        try manager.moveItem(atPath: "\(directory)/\(names[0])", toPath: temporary.path + "/away")
        #expect(damageKind { _ = try verify(directory) } == .missingSegment)
        try manager.copyItem(atPath: "\(directory)/\(names[1])", toPath: "\(directory)/\(names[0])")
        #expect(damageKind { _ = try verify(directory) } == .header)
        try manager.removeItem(atPath: "\(directory)/\(names[0])")
        try manager.moveItem(atPath: temporary.path + "/away", toPath: "\(directory)/\(names[0])")
        try [UInt8]().write(directory + "/notes.txt")
        #expect(damageKind { _ = try verify(directory) } == .foreignFile)
        try manager.removeItem(atPath: directory + "/notes.txt")
        try manager.removeItem(atPath: "\(directory)/\(names[1])")
        #expect(try verify(directory).entries < 7)
        #expect(damageKind { _ = try verify(directory, against: checkpoints) } == .truncated)
        try manager.removeItem(atPath: "\(directory)/\(names[0])")
        #expect(damageKind { _ = try verify(directory) } == .missingSegment)
    }

    @Test("another key, another journal's checkpoint, and a forged continuation are found")
    func foreign() throws {
        #expect(
            damageKind {
                _ = try JournalVerifier.verify(directory: directory, key: signingKey(2).verifyingKey)
            } == .signature)
        let other = temporary.path + "/other"
        let writer = try JournalWriter(directory: other, disk: RealDisk(), key: signingKey(), origin: origin)
        let fork = try writer.append([(1, event(50))])
        #expect(damageKind { _ = try verify(directory, against: [fork]) } == .fork)
        let strange = try JournalWriter(
            directory: temporary.path + "/third", disk: RealDisk(), key: signingKey(2), origin: origin
        ).append([(1, event(0))])
        #expect(throws: JournalError.checkpointNotSigned) { try verify(directory, against: [strange]) }
        let elsewhere = try JournalWriter(
            directory: temporary.path + "/fourth", disk: RealDisk(), key: signingKey(), origin: "cxrgate/else"
        ).append([(1, event(0))])
        #expect(damageKind { _ = try verify(directory, against: [elsewhere]) } == .fork)
        // The whole journal written anew with another key, to the last checkpoint: the first one is named.
        let forged = temporary.path + "/forged"
        let forger = try JournalWriter(directory: forged, disk: RealDisk(), key: signingKey(3), origin: origin)
        for number in 0..<4 { try forger.append([(UInt64(number + 1), event(number))]) }
        #expect {
            try JournalVerifier.verify(directory: forged, key: signingKey().verifyingKey)
        } throws: { error in
            guard case JournalError.damaged(let damage) = error else { return false }
            return damage.kind == .signature && damage.index == 1
        }
    }

    @Test("damage is named with segment, entry and byte")
    func place() throws {
        let name = names[1]
        var bytes = try [UInt8](file: "\(directory)/\(name)")
        let place = frames(bytes)[1]
        #expect(bytes[place.lowerBound + 4] == UInt8(ascii: "E"))
        bytes[place.upperBound - 1] = UInt8(ascii: "!")
        let inSegment = frames(bytes).count { bytes[$0.lowerBound + 4] == UInt8(ascii: "E") }
        let index = try verify(directory).entries - UInt64(inSegment)
        try changing(name, to: bytes) {
            #expect(
                throws: JournalError.damaged(
                    JournalDamage(.entry, segment: 1, index: index, offset: place.lowerBound))
            ) { try verify(directory) }
        }
    }

    @Test("while a gateway is at work an unsigned tail is reported, but never one that hides a signed checkpoint")
    func live() throws {
        let name = try #require(names.last)
        let good = try [UInt8](file: "\(directory)/\(name)")
        let places = frames(good)
        let last = try #require(places.last)
        let group = places[places.count - 4].lowerBound
        for length in group + 1..<last.upperBound {
            try changing(name, to: Array(good.prefix(length))) {
                let found = try verify(directory, isLive: true)
                #expect(found.unsignedTailBytes == length - group && found.entries == 4)
            }
        }
        var hidden = good
        hidden[group] ^= 0x40
        try changing(name, to: hidden) {
            #expect(damageKind { _ = try verify(directory, isLive: true) } == .frame)
        }
        #expect(try verify(directory, isLive: true).unsignedTailBytes == 0)
    }

    @Test("checkpoints survive their text, and any other text is refused")
    func checkpointText() throws {
        for checkpoint in checkpoints {
            #expect(try Checkpoint(text: checkpoint.text) == checkpoint)
            #expect(try checkpoint.isSigned(by: signingKey().verifyingKey))
            #expect(try !checkpoint.isSigned(by: signingKey(2).verifyingKey))
            let coded = try JSONEncoder().encode([checkpoint])
            #expect(try JSONDecoder().decode([Checkpoint].self, from: coded) == [checkpoint])
        }
        let text = checkpoints[0].text
        for bad in [
            "", text + "\n", String(text.dropLast()), text.replacing("\n1\n", with: "\n01\n"),
            text.replacing("previous", with: "Previous"), text.replacing("— ", with: "- "),
            text.replacing(origin, with: "a b"), text.replacing("=\n", with: "\n"),
        ] {
            #expect(throws: JournalError.checkpointMalformed) { try Checkpoint(text: bad) }
        }
    }
}
