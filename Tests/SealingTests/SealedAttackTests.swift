import Foundation
import Sealing
import Testing

/// What a thief or a careless restore could do to sealed files on a disk: each attack is refused.
@Suite struct SealedAttackTests {
    private static let frame = (1 << 20) + 16
    private static let header = 122
    let key: P256PrivateKey
    let other: P256PrivateKey
    /// Three chunks of data.
    let file: [UInt8]

    init() throws {
        key = try P256PrivateKey.generate()
        other = try P256PrivateKey.generate()
        file = try Sealed.seal(plaintext(2_500_000), context: context(), to: key.publicKey)
    }

    private func refusal(_ file: [UInt8], _ expected: SealedContext? = nil, with: P256PrivateKey? = nil) throws
        -> String?
    {
        let expected = try expected ?? context()
        do throws(SealingError) {
            _ = try Sealed.open(file, context: expected, with: with ?? key)
            return nil
        } catch {
            return error.code
        }
    }

    private func chunk(_ number: Int) -> Range<Int> {
        Self.header + number * Self.frame..<Self.header + (number + 1) * Self.frame
    }

    @Test("the file as it was sealed opens: the attacks below fail because of what they do")
    func whole() throws { #expect(try refusal(file) == nil) }

    @Test("two objects of one study whose files are exchanged")
    func swappedObjects() throws {
        let second = try Sealed.seal(plaintext(10), context: context(object: 9), to: key.publicKey)
        #expect(try refusal(second) == "SEA-013")
        // Also with the name in the header changed to the expected one.
        #expect(try refusal(Array(second[..<10]) + file[10..<26] + second[26...]) == "SEA-016")
    }

    @Test("two chunks of one file that are exchanged")
    func swappedChunks() throws {
        let swapped = Array(file[..<Self.header]) + file[chunk(1)] + file[chunk(0)] + file[chunk(2).lowerBound...]
        #expect(swapped.count == file.count)
        #expect(try refusal(swapped) == "SEA-016")
    }

    @Test("a chunk that is put in from another file of the same object to the same key")
    func foreignChunk() throws {
        let second = try Sealed.seal(plaintext(2_500_000), context: context(), to: key.publicKey)
        #expect(try refusal(Array(file[..<Self.header]) + second[chunk(0)] + file[chunk(1).lowerBound...]) == "SEA-016")
    }

    @Test("a file that is cut at the end, at a chunk, or by one chunk with the closing one kept")
    func truncated() throws {
        for length in [0, 1, Self.header, chunk(0).upperBound, chunk(1).upperBound, file.count - 16, file.count - 1] {
            #expect(try refusal(Array(file.prefix(length))) != nil, "\(length)")
        }
        #expect(try refusal(Array(file[..<chunk(1).upperBound]) + file.suffix(16)) != nil)
    }

    @Test("a file that something is put behind: a byte, a chunk of its own, a whole other file")
    func extended() throws {
        for tail in [[0], Array(file[chunk(0)]), file] { #expect(try refusal(file + tail) != nil) }
    }

    @Test("a file with the header of another study")
    func otherStudy() throws {
        let second = try Sealed.seal(plaintext(2_500_000), context: context(study: 8), to: key.publicKey)
        #expect(try refusal(second) == "SEA-014")
        #expect(try refusal(Array(file[..<Self.header]) + second[Self.header...]) == "SEA-016")
        #expect(try refusal(Array(second[..<Self.header]) + file[Self.header...], context(study: 8)) == "SEA-016")
    }

    @Test("a generator that gives the same ephemeral key and nonce twice: other objects still have other keys")
    func reusedNonce() throws {
        let script = [UInt8](repeating: 7, count: 32) + [UInt8](repeating: 9, count: 7)
        let bytes = plaintext(100)
        let first = try Sealed.seal(
            bytes, context: context(object: 1), to: key.publicKey, random: ScriptedRandom(script: script))
        let second = try Sealed.seal(
            bytes, context: context(object: 2), to: key.publicKey, random: ScriptedRandom(script: script))
        #expect(first[50..<Self.header] == second[50..<Self.header], "the same ephemeral key and nonce prefix")
        #expect(first[Self.header...] != second[Self.header...])
        #expect(try refusal(Array(first[..<Self.header]) + second[Self.header...], context(object: 1)) == "SEA-016")
    }

    @Test("another recipient, also with its name in the header")
    func wrongRecipient() throws {
        #expect(try refusal(file, with: other) == "SEA-015")
        let renamed = Array(file[..<42]) + other.publicKey.keyID + file[50...]
        #expect(try refusal(renamed, with: other) == "SEA-016")
    }

    @Test("the old role key after a rotation")
    func oldKey() throws {
        let roles = RolePublicKeys(analysis: key.publicKey, patient: key.publicKey, results: key.publicKey)
        let record = try StudyKeys.make(study: context().study, roles: roles)
        let rewrapped = try StudyKeys.rewrap(record, class: .image, from: key, to: other.publicKey)
        #expect(throws: SealingError.wrongRecipient) { try StudyKeys.open(rewrapped, class: .image, with: key) }
        #expect(try StudyKeys.open(rewrapped, class: .image, with: other).publicKey == record.publicKey(for: .image))
    }
}
