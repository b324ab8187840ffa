import Sealing
import Testing

@Suite struct SealedTests {
    static let chunk = SealingLimits.chunkBytes

    @Test(
        "what was sealed opens again, whatever its length",
        arguments: [
            0, 1, 15, 16, 17, 1000, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 500_000,
        ])
    func roundTrip(count: Int) throws {
        let key = try P256PrivateKey.generate()
        let message = plaintext(count)
        let sealed = try Sealed.seal(message, context: context(), to: key.publicKey)
        #expect(sealed.count == Sealed.sealedByteCount(count))
        #expect(try Sealed.open(sealed, context: context(), with: key) == message)
    }

    @Test("the same random bytes give the same file; other ones another")
    func determinism() throws {
        let key = try P256PrivateKey.generate()
        func seal(_ seed: UInt64) throws -> [UInt8] {
            try Sealed.seal(
                plaintext(100), context: context(), to: key.publicKey, random: InsecureSeededRandom(seed: seed))
        }
        #expect(try seal(1) == seal(1))
        #expect(try seal(1).suffix(132) != seal(2).suffix(132))
        #expect(
            try Sealed.seal(plaintext(9), context: context(), to: key.publicKey)
                != Sealed.seal(plaintext(9), context: context(), to: key.publicKey))
    }

    @Test("a flipped bit in any byte is found")
    func flips() throws {
        let key = try P256PrivateKey.generate()
        let sealed = try Sealed.seal(plaintext(40), context: context(), to: key.publicKey)
        for index in sealed.indices {
            var flipped = sealed
            flipped[index] ^= 1 << (index % 8)
            #expect(throws: SealingError.self, "byte \(index)") {
                try Sealed.open(flipped, context: context(), with: key)
            }
        }
    }

    @Test("every shortened file is found, and so is every longer one")
    func lengths() throws {
        let key = try P256PrivateKey.generate()
        for count in [0, 5, 40] {
            let sealed = try Sealed.seal(plaintext(count), context: context(), to: key.publicKey)
            for length in 0..<sealed.count {
                #expect(throws: SealingError.self, "\(count) bytes cut to \(length)") {
                    try Sealed.open(Array(sealed.prefix(length)), context: context(), with: key)
                }
            }
            for more in [1, 15, 16, 17, 200] {
                #expect(throws: SealingError.self) {
                    try Sealed.open(sealed + [UInt8](repeating: 0, count: more), context: context(), with: key)
                }
                #expect(throws: SealingError.self) {
                    try Sealed.open(sealed + sealed.suffix(more), context: context(), with: key)
                }
            }
        }
    }

    @Test("chunks that are exchanged, left out, doubled, or cut at their border are found")
    func chunks() throws {
        let key = try P256PrivateKey.generate()
        let sealed = try Sealed.seal(plaintext(3 * Self.chunk), context: context(), to: key.publicKey)
        let frame = Self.chunk + 16
        let header = Array(sealed.prefix(122))
        let frames = (0..<3).map { Array(sealed[122 + $0 * frame..<122 + ($0 + 1) * frame]) }
        let closing = Array(sealed.suffix(16))
        func opens(_ frames: [[UInt8]], closing: [UInt8]) -> Bool {
            (try? Sealed.open(header + frames.joined() + closing, context: context(), with: key)) != nil
        }
        #expect(opens(frames, closing: closing))
        #expect(!opens([frames[1], frames[0], frames[2]], closing: closing))
        #expect(!opens([frames[0], frames[2]], closing: closing))
        #expect(!opens([frames[0], frames[1]], closing: closing))
        #expect(!opens([frames[0], frames[0], frames[1], frames[2]], closing: closing))
        #expect(!opens(frames, closing: []))
        #expect(!opens(frames, closing: Array(frames[2].suffix(16))))
        #expect(!opens(frames + [closing], closing: closing))
    }

    @Test("a file that is not the expected one is refused by its own name")
    func context_() throws {
        let key = try P256PrivateKey.generate()
        let sealed = try Sealed.seal(plaintext(9), context: context(), to: key.publicKey)
        #expect(throws: SealingError.wrongKind) {
            try Sealed.open(sealed, context: context(kind: .identity), with: key)
        }
        #expect(throws: SealingError.wrongObject) { try Sealed.open(sealed, context: context(object: 9), with: key) }
        #expect(throws: SealingError.wrongStudy) { try Sealed.open(sealed, context: context(study: 9), with: key) }
        #expect(throws: SealingError.wrongRecipient) {
            try Sealed.open(sealed, context: context(), with: P256PrivateKey.generate())
        }
        #expect(throws: SealingError.notSealed) { try Sealed.open(Array("DICM".utf8), context: context(), with: key) }
        var newer = sealed
        newer[8] = 2
        #expect(throws: SealingError.unsupportedVersion(2)) { try Sealed.open(newer, context: context(), with: key) }
    }

    @Test("a header that was rewritten to the expected names does not open either")
    func rewrittenHeader() throws {
        let key = try P256PrivateKey.generate()
        let sealed = try Sealed.seal(plaintext(9), context: context(object: 7), to: key.publicKey)
        var renamed = sealed
        renamed.replaceSubrange(10..<26, with: [UInt8](repeating: 1, count: 16))
        #expect(throws: SealingError.damaged(chunk: 0)) { try Sealed.open(renamed, context: context(), with: key) }
    }
}
