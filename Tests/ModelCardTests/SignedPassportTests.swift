import Foundation
import Sealing
import Testing

@testable import ModelCard

@Suite struct SignedPassportTests {
    private static func key(_ byte: UInt8 = 7) throws -> SigningKey {
        try SigningKey(seed: SecretBytes(copying: [UInt8](repeating: byte, count: 32)))
    }

    private static func passport() throws -> Passport {
        Passport(
            package: try ModelPackage.builtIn(), card: String(decoding: ModelPackage.builtInCard, as: UTF8.self),
            origin: .site,
            knownAnswer: Passport.KnownAnswer(
                pictures: "integer-1", probabilities: [[0.25], [0.5], [0.75]], tolerance: 0.001),
            evaluation: Passport.Evaluation(
                sha256: String(repeating: "ab", count: 32), label: "Pneumonia", cases: 200, positives: 100, auroc: 0.97,
                sensitivity: 0.95, specificity: 0.9, ece: 0.02), registeredAt: 1_767_225_600_000)
    }

    @Test func isReadAsItWasSigned() throws {
        let key = try Self.key()
        let passport = try Self.passport()
        let signed = try SignedPassport(passport, key: key)
        let read = try SignedPassport(reading: Array(signed.text.utf8), key: key.verifyingKey)
        #expect(read == signed)
        #expect(read.passport == passport)
        #expect(try read.package(weights: ModelPackage.builtIn().onnx).card.id == passport.id)
    }

    @Test func theSamePassportAndKeyGiveTheSameBytes() throws {
        #expect(
            try SignedPassport(Self.passport(), key: Self.key()).text
                == SignedPassport(Self.passport(), key: Self.key()).text)
    }

    @Test func anotherKeyHasNotSignedIt() throws {
        let text = try SignedPassport(Self.passport(), key: Self.key()).text
        #expect(throws: PassportError.notSigned) {
            try SignedPassport(reading: Array(text.utf8), key: Self.key(8).verifyingKey)
        }
    }

    @Test func noByteCanBeChangedAddedOrTakenAway() throws {
        let key = try Self.key()
        let bytes = Array(try SignedPassport(Self.passport(), key: key).text.utf8)
        for place in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[place] ^= 1
            #expect(throws: PassportError.self, "byte \(place)") {
                try SignedPassport(reading: changed, key: key.verifyingKey)
            }
        }
        for changed in [Array(bytes.dropLast()), bytes + [0x0A], [0x0A] + bytes, []] {
            #expect(throws: PassportError.malformed) { try SignedPassport(reading: changed, key: key.verifyingKey) }
        }
    }

    @Test func weightsOfAnotherModelAreRefused() throws {
        let signed = try SignedPassport(Self.passport(), key: Self.key())
        var onnx = try ModelPackage.builtIn().onnx
        onnx[onnx.count / 2] ^= 1
        #expect(throws: ModelCardError.hashDiffers(model: signed.passport.title)) { try signed.package(weights: onnx) }
    }

    /// The vectors of the format: `valid.passport` opens with `models.pub`; every other file must not.
    @Test func theVectorsOfTheFormatHold() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Conformance/Formats/vectors/passport").path
        let key = try Self.key()
        let valid = try SignedPassport(Self.passport(), key: key).text
        if ProcessInfo.processInfo.environment["CXR_RENEW_GOLDENS"] != nil {
            try Self.renew(folder, valid: valid, key: key.verifyingKey)
            Issue.record("the vectors were renewed; look at them, and run again")
        }
        func read(_ name: String) throws -> [UInt8] {
            Array(try #require(FileManager.default.contents(atPath: "\(folder)/\(name)")))
        }
        let published = try VerifyingKey(
            hexadecimal: String(decoding: read("models.pub"), as: UTF8.self).trimmingCharacters(in: .newlines))
        #expect(try read("valid.passport") == Array(valid.utf8))
        #expect(try SignedPassport(reading: read("valid.passport"), key: published).passport == Self.passport())
        let invalid = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasPrefix("invalid-") && $0.hasSuffix(".passport")
        }
        #expect(invalid.count == 6)
        for name in invalid {
            #expect(throws: PassportError.self, "\(name)") {
                try SignedPassport(reading: read(name), key: published)
            }
        }
    }

    private static func renew(_ folder: String, valid: String, key: VerifyingKey) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let stranger = try SignedPassport(passport(), key: Self.key(8)).text
        let files = [
            "models.pub": key.hexadecimal + "\n", "valid.passport": valid,
            "invalid-stranger.passport": stranger,
            "invalid-threshold.passport": valid.replacingOccurrences(of: "0.747", with: "0.001"),
            "invalid-unsigned.passport": valid.split(separator: "\n").prefix(2).joined(separator: "\n") + "\n",
            "invalid-twice-signed.passport": valid + String(stranger.split(separator: "\n").last ?? "") + "\n",
            "invalid-title.passport": valid.replacingOccurrences(of: "passport 1\n", with: "passport 2\n"),
            "invalid-cut.passport": String(valid.dropLast(5)),
        ]
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
    }
}
