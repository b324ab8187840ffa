import DICOMCore
import Sealing
import Testing

@Suite struct PseudonymTests {
    let key: PseudonymKey

    init() throws {
        key = try PseudonymKey.generate(InsecureSeededRandom(seed: 5))
    }

    @Test("a UID has one replacement: valid, below 2.25, ours, and another under another key or epoch")
    func uids() throws {
        let other = try PseudonymKey.generate(InsecureSeededRandom(seed: 6))
        let later = try PseudonymKey.generate(epoch: 2, InsecureSeededRandom(seed: 5))
        var seen: Set<UID> = []
        for number in 0..<500 {
            let original = try #require(UID("1.2.3.\(number)"))
            let uid = try key.uid(for: original)
            #expect(try uid == key.uid(for: original))
            #expect(uid.value.hasPrefix("2.25.") && uid.value.count <= 44)
            let bits = try #require(UInt128(uid.value.dropFirst(5)))
            #expect((bits >> 76) & 0xF == 8 && (bits >> 62) & 3 == 2)
            #expect(try key.isPossiblyOurs(uid))
            #expect(try !other.isPossiblyOurs(uid))
            #expect(try uid != other.uid(for: original) && uid != later.uid(for: original))
            seen.insert(uid)
        }
        #expect(seen.count == 500)
    }

    @Test(
        "foreign UIDs are not ours",
        arguments: [
            "1.2.840.10008.1.1", "2.25.0", "2.25", "2.25.340282366920938463463374607431768211455",
            "2.25.999999999999999999999999999999999999999999", "2.25.1.2",
            "2.25.329800735698586629295641978511506172918",
        ])
    func foreign(text: String) throws {
        #expect(try !key.isPossiblyOurs(try #require(UID(text))))
    }

    @Test("every changed digit of a UID of ours makes it foreign")
    func changedDigits() throws {
        let digits = Array(try key.uid(for: "1.2.3").value)
        for index in 5..<digits.count {
            var changed = digits
            changed[index] = digits[index] == "7" ? "8" : "7"
            if let uid = UID(String(changed)) { #expect(try !key.isPossiblyOurs(uid)) }
        }
    }

    @Test("study ids and tokens are the same for the same, and differ by purpose")
    func tokens() throws {
        #expect(try key.studyID("1.2.3") == key.studyID(studyInstanceUID: Array("1.2.3".utf8)))
        #expect(try key.studyID("1.2.3") != key.studyID("1.2.4"))
        let token = try key.token([1, 2, 3], purpose: "device")
        #expect(token.count == 16 && token.allSatisfy(\.isHexDigit))
        #expect(try token == key.token([1, 2, 3], purpose: "device"))
        #expect(try token != key.token([1, 2, 3], purpose: "patient"))
        #expect(try key.subkey(purpose: "a") != key.subkey(purpose: "b"))
    }

    @Test("results get another UID whenever one part of their identity differs")
    func results() throws {
        let base = ResultIdentity(
            source: [UInt8](repeating: 1, count: 16), modelVersion: "1.0+ab", kind: "report", sourceSetDigest: [1],
            revision: 0, sopClass: SOPClass.comprehensive3DSR)
        var variants = [base]
        for change: (inout ResultIdentity) -> Void in [
            { $0.source[0] = 2 }, { $0.modelVersion = "1.0+a" }, { $0.kind = "breport" }, { $0.sourceSetDigest = [] },
            { $0.revision = 1 }, { $0.sopClass = SOPClass.enhancedSR },
        ] {
            var variant = base
            change(&variant)
            variants.append(variant)
        }
        let uids = try variants.map { try key.resultUIDKey.uid(for: $0) }
        #expect(Set(uids).count == variants.count)
        #expect(try uids == variants.map { try key.resultUIDKey.uid(for: $0) })
        for uid in uids { #expect(try key.isPossiblyOurs(uid) && key.resultUIDKey.isPossiblyOurs(uid)) }
    }

    @Test("the digest of a stream does not depend on how it is cut, and does on every byte, length and UID")
    func streamDigest() throws {
        let message = plaintext(10_000)
        func digest(_ bytes: [UInt8], pieces: Int = 10_001, uid: UID = "1.2.3") throws -> [UInt8] {
            let digest = try key.streamDigest(for: uid)
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                try digest.update(Array(bytes[start..<min(start + pieces, bytes.count)]))
            }
            return try digest.finish()
        }
        let expected = try digest(message)
        #expect(expected.count == 32)
        for pieces in [1, 7, 16, 4096] { #expect(try digest(message, pieces: pieces) == expected) }
        #expect(try digest(message, uid: "1.2.4") != expected)
        #expect(try digest(message + [0]) != expected)
        #expect(try digest([]) != digest([0]))
        for index in stride(from: 0, to: message.count, by: 997) {
            var flipped = message
            flipped[index] ^= 1
            #expect(try digest(flipped) != expected)
        }
    }
}
