import Durability
import Foundation
import Journal
import Sealing

/// The reasons that people give for what they do. They are free text, and a name may slip into them: in the journal, in
/// the database and in audit messages they stand sealed under a subkey of the pseudonym key. The privacy officer reads
/// them with `journal show --reasons`.
///
/// `sealed:` and base 64 of nonce (12 bytes), ciphertext and tag (16), AES-256-GCM.
struct JournalReason {
    private static let prefix = "sealed:"
    /// Bytes of a reason: with nonce, tag and base 64 it must fit a text of the journal (512 bytes).
    private static let byteLimit = 320

    private let key: SecretBytes

    init(_ directory: DataDirectory) throws {
        let secrets = try KeyRing.load(in: directory.keys, roles: [.reception]).secrets(for: .reception)
        key = try secrets.pseudonym().subkey(purpose: "journal reason")
    }

    func sealed(_ reason: String, random: any RandomBytes = SystemRandom()) throws -> String {
        let bytes = Array(reason.utf8)
        guard bytes.count <= Self.byteLimit else {
            throw GatewayError.badRequest("a reason has at most \(Self.byteLimit) bytes")
        }
        let nonce = try random.bytes(AES256GCM.nonceBytes)
        return Self.prefix + Base64.encode(nonce + (try AES256GCM.seal(bytes, key: key, nonce: nonce)))
    }

    /// The reason; the text itself if it is not a sealed one, and a remark if it cannot be opened.
    func opened(_ text: String) -> String {
        guard text.hasPrefix(Self.prefix), let bytes = Base64.decode(text.dropFirst(Self.prefix.count)),
            bytes.count > AES256GCM.nonceBytes,
            let reason = try? AES256GCM.open(
                Array(bytes.dropFirst(AES256GCM.nonceBytes)), key: key, nonce: Array(bytes.prefix(AES256GCM.nonceBytes))
            )
        else { return text.hasPrefix(Self.prefix) ? "(cannot be opened with this pseudonym key)" : text }
        return String(decoding: reason, as: UTF8.self)
    }

    /// What is shown to whoever may not read reasons.
    static func hidden(_ details: [String: String]) -> [String: String] {
        details.mapValues { $0.hasPrefix(prefix) ? "(sealed)" : $0 }
    }
}
