import Foundation
import Sealing
import Testing

/// The vectors of `Conformance/Formats/vectors/sealed`: a change of the format shows as a difference here, and a reader
/// in another language proves itself against them. `CXR_RENEW_GOLDENS=1` writes them anew, and fails.
@Suite struct SealedVectorTests {
    struct Vector: Codable {
        var name: String
        /// `ok`, or the code of the error with which it must be refused.
        var expect: String
        var recipientScalar: String
        var kind: UInt8
        var object: String
        var study: String
        /// Plaintext of `ok`: a byte again and again.
        var plaintextByte: UInt8?
        var plaintextCount: Int?
        /// With these a writer gives exactly the file.
        var ephemeralScalar: String?
        var noncePrefix: String?
        var sealedSHA256: String
        /// Absent for large ones: made again from the fields above.
        var file: String?
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Conformance/Formats/vectors/sealed")
    static let recipient = String(repeating: "11", count: 32)
    static let ephemeral = String(repeating: "22", count: 32)
    static let prefix = "01020304050607"

    private func seal(count: Int, kind: SealedKind = .image, object: UInt8 = 1, study: UInt8 = 2) throws -> [UInt8] {
        let key = try P256PrivateKey(scalar: SecretBytes(copying: try unhex(Self.recipient)))
        return try Sealed.seal(
            [UInt8](repeating: 0x5A, count: count), context: context(kind: kind, object: object, study: study),
            to: key.publicKey, random: ScriptedRandom(script: try unhex(Self.ephemeral) + unhex(Self.prefix)))
    }

    /// Every vector, and the bytes of those that have a file.
    private func make() throws -> [(Vector, [UInt8])] {
        var made: [(Vector, [UInt8])] = []
        func add(_ name: String, _ expect: String, _ bytes: [UInt8], count: Int? = nil, kind: SealedKind = .image)
            throws
        {
            let isSmall = bytes.count < 4096
            made.append(
                (
                    Vector(
                        name: name, expect: expect, recipientScalar: Self.recipient, kind: kind.rawValue,
                        object: String(repeating: "01", count: 16), study: String(repeating: "02", count: 16),
                        plaintextByte: count == nil ? nil : 0x5A, plaintextCount: count,
                        ephemeralScalar: count == nil ? nil : Self.ephemeral,
                        noncePrefix: count == nil ? nil : Self.prefix, sealedSHA256: hex(try SHA256.hash(bytes)),
                        file: isSmall ? "\(name).sealed" : nil), bytes
                ))
        }
        let chunk = SealingLimits.chunkBytes
        for (name, count) in [("empty", 0), ("one-byte", 1), ("small", 100)] {
            try add(name, "ok", seal(count: count), count: count)
        }
        for (name, count) in [("chunk", chunk), ("chunk-and-one", chunk + 1), ("two-chunks-and-some", 2 * chunk + 77)] {
            try add(name, "ok", seal(count: count), count: count)
        }
        for kind in SealedKind.allCases where kind != .image {
            try add("kind-\(kind)", "ok", seal(count: 20, kind: kind), count: 20, kind: kind)
        }
        let good = try seal(count: 100)
        func changed(_ index: Int) -> [UInt8] {
            var bytes = good
            bytes[index] ^= 1
            return bytes
        }
        try add("bad-magic", "SEA-010", changed(0))
        try add("bad-version", "SEA-011", changed(8))
        try add("bad-kind-unknown", "SEA-012", Array(good[..<9]) + [0xEE] + good[10...])
        try add("bad-kind-other", "SEA-012", seal(count: 100, kind: .identity))
        try add("bad-object", "SEA-013", seal(count: 100, object: 9))
        try add("bad-study", "SEA-014", seal(count: 100, study: 9))
        try add("bad-recipient", "SEA-015", changed(42))
        try add("bad-ephemeral-off-curve", "SEA-003", changed(100))
        try add("bad-nonce-prefix", "SEA-016", changed(115))
        try add("bad-ciphertext", "SEA-016", changed(130))
        try add("bad-tag", "SEA-016", changed(122 + 100))
        try add("bad-closing-tag", "SEA-017", changed(good.count - 1))
        try add("bad-header-cut", "SEA-017", Array(good.prefix(121)))
        try add("bad-nothing-behind-header", "SEA-017", Array(good.prefix(122)))
        try add("bad-closing-missing", "SEA-016", Array(good.dropLast(16)))
        try add("bad-last-byte-missing", "SEA-016", Array(good.dropLast()))
        try add("bad-trailing-byte", "SEA-016", good + [0])
        try add("bad-closing-twice", "SEA-016", good + good.suffix(16))
        try add("bad-data-left-out", "SEA-017", Array(good[..<122]) + good.suffix(16))
        var renamed = try seal(count: 9, object: 9)
        renamed.replaceSubrange(10..<26, with: [UInt8](repeating: 1, count: 16))
        try add("bad-renamed-object", "SEA-016", renamed)
        return made
    }

    @Test("the vectors are what this program writes")
    func goldens() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let made = try make()
        var files: [String: Data] = ["vectors.json": try encoder.encode(made.map(\.0)) + Data("\n".utf8)]
        for (vector, bytes) in made { if let file = vector.file { files[file] = Data(bytes) } }
        if ProcessInfo.processInfo.environment["CXR_RENEW_GOLDENS"] == "1" {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            for (name, data) in files { try data.write(to: Self.folder.appendingPathComponent(name)) }
            Issue.record("vectors renewed; run again without CXR_RENEW_GOLDENS")
        }
        let there = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(there == files.keys.sorted())
        for (name, data) in files {
            #expect(try Data(contentsOf: Self.folder.appendingPathComponent(name)) == data, "\(name)")
        }
    }

    @Test("every vector opens, or is refused with its code")
    func judged() throws {
        let text = try Data(contentsOf: Self.folder.appendingPathComponent("vectors.json"))
        let vectors = try JSONDecoder().decode([Vector].self, from: text)
        #expect(vectors.count { $0.expect != "ok" } >= 20)
        for vector in vectors {
            let key = try P256PrivateKey(scalar: SecretBytes(copying: try unhex(vector.recipientScalar)))
            let context = SealedContext(
                kind: try #require(SealedKind(rawValue: vector.kind)), object: try #require(ObjectID(vector.object)),
                study: try #require(StudyID(vector.study)))
            let message = [UInt8](repeating: vector.plaintextByte ?? 0, count: vector.plaintextCount ?? 0)
            let sealed: [UInt8]
            if let file = vector.file {
                sealed = Array(try Data(contentsOf: Self.folder.appendingPathComponent(file)))
            } else {
                let script = try unhex(#require(vector.ephemeralScalar)) + unhex(#require(vector.noncePrefix))
                sealed = try Sealed.seal(
                    message, context: context, to: key.publicKey, random: ScriptedRandom(script: script))
            }
            #expect(hex(try SHA256.hash(sealed)) == vector.sealedSHA256)
            do {
                let opened = try Sealed.open(sealed, context: context, with: key)
                #expect(vector.expect == "ok" && opened == message, "\(vector.name)")
            } catch {
                #expect(error.code == vector.expect, "\(vector.name)")
            }
        }
    }
}
