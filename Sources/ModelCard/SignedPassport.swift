import Foundation
import Sealing

/// A passport with its signature, as it lies on disk: a signed note of five lines.
///
/// ```
/// cxrgate model passport 1
/// {"card":"…","id":"cxr-pneumonia",…}
///
/// — cxrgate-models Az3grl…= (key id and Ed25519 signature of the lines above the empty one, base 64)
/// ```
///
/// Source: C2SP signed-note; `Conformance/Formats/Passport.md`.
public struct SignedPassport: Sendable, Hashable {
    public let passport: Passport
    /// The whole note.
    public let text: String

    /// Name of the key in the note.
    public static let keyName = "cxrgate-models"
    private static let title = "cxrgate model passport 1"
    /// Longest note, in bytes: a card with its training record has a few KiB.
    public static let byteLimit = 1 << 20

    /// Signs.
    public init(_ passport: Passport, key: SigningKey) throws(PassportError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(passport) else { throw .malformed }
        let body = "\(Self.title)\n\(String(decoding: json, as: UTF8.self))\n"
        do {
            let signature = try Self.keyID(key.verifyingKey) + key.sign(Array(body.utf8))
            text = "\(body)\n— \(Self.keyName) \(Data(signature).base64EncodedString())\n"
        } catch {
            throw .notSigned
        }
        self.passport = passport
    }

    /// Reads a note and verifies it: throws `malformed` for anything that is not one, and `notSigned` unless this key has
    /// signed exactly these bytes.
    public init(reading bytes: [UInt8], key: VerifyingKey) throws(PassportError) {
        guard bytes.count <= Self.byteLimit, let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let mark = "— \(Self.keyName) "
        guard lines.count == 5, lines[0] == Self.title, lines[2].isEmpty, lines[4].isEmpty, lines[3].hasPrefix(mark),
            let signature = Data(base64Encoded: String(lines[3].dropFirst(mark.count))), signature.count == 68
        else { throw .malformed }
        let body = Array("\(lines[0])\n\(lines[1])\n".utf8)
        let isValid: Bool
        do {
            isValid =
                try Array(signature.prefix(4)) == Self.keyID(key)
                && key.isValid(Array(signature.dropFirst(4)), for: body)
        } catch {
            throw .notSigned
        }
        guard isValid else { throw .notSigned }
        guard let passport = try? JSONDecoder().decode(Passport.self, from: Data(lines[1].utf8)) else {
            throw .malformed
        }
        self.passport = passport
        self.text = text
    }

    /// The model that the passport is of, if these are its weights. Throws what is wrong with the card otherwise.
    public func package(weights onnx: [UInt8]) throws -> ModelPackage {
        let package = try ModelPackage(card: Array(passport.card.utf8), onnx: onnx)
        guard package.card.sha256 == passport.weights.sha256, package.card.id == passport.id,
            package.card.version == passport.version
        else { throw PassportError.malformed }
        return package
    }

    /// Source: C2SP signed-note, "Signatures": SHA-256(name | LF | 1 | key), the first 4 bytes.
    private static func keyID(_ key: VerifyingKey) throws(SealingError) -> [UInt8] {
        Array(try SHA256.hash(Array(keyName.utf8) + [0x0A, 1] + key.bytes).prefix(4))
    }
}

/// Why a passport is not accepted.
public enum PassportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `MOD-005`: not a passport of this version, or one that contradicts its own card.
    case malformed
    /// `MOD-006`: changed, or signed by somebody else.
    case notSigned

    public var code: String {
        switch self {
        case .malformed: "MOD-005"
        case .notSigned: "MOD-006"
        }
    }

    public var description: String {
        switch self {
        case .malformed: "\(code): this is not a passport that this version reads; register the model again"
        case .notSigned:
            "\(code): the passport was changed, or this gateway did not sign it; register the model again under a new version"
        }
    }
}
