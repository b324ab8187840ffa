/// The first 122 bytes of a sealed file, version 1. Set in stone: `Conformance/Formats/Sealed.md`.
///
/// | offset | bytes | field |
/// | --- | --- | --- |
/// | 0 | 8 | `CXRSEAL1` |
/// | 8 | 1 | version, 1 |
/// | 9 | 1 | kind |
/// | 10 | 16 | object |
/// | 26 | 16 | study |
/// | 42 | 8 | key id of the recipient |
/// | 50 | 65 | ephemeral public key, uncompressed |
/// | 115 | 7 | nonce prefix |
public struct SealedHeader: Sendable, Hashable {
    public static let magic = Array("CXRSEAL1".utf8)
    public static let version: UInt8 = 1
    public static let byteCount = 122
    static let noncePrefixBytes = 7

    public let context: SealedContext
    /// Names the recipient's public key (`P256PublicKey.keyID`).
    public let recipientKeyID: [UInt8]
    let ephemeral: [UInt8]
    let noncePrefix: [UInt8]

    init(context: SealedContext, recipientKeyID: [UInt8], ephemeral: [UInt8], noncePrefix: [UInt8]) {
        self.context = context
        self.recipientKeyID = recipientKeyID
        self.ephemeral = ephemeral
        self.noncePrefix = noncePrefix
    }

    /// Reads a header that nothing has authenticated yet: good for finding the key, not for trusting.
    public init(unauthenticated bytes: [UInt8]) throws(SealingError) {
        guard bytes.prefix(8).elementsEqual(SealedHeader.magic.prefix(bytes.count)) else { throw .notSealed }
        guard bytes.count >= SealedHeader.byteCount else { throw .truncated }
        guard bytes[8] == SealedHeader.version else { throw .unsupportedVersion(bytes[8]) }
        guard let kind = SealedKind(rawValue: bytes[9]) else { throw .wrongKind }
        context = SealedContext(
            kind: kind, object: ObjectID(unchecked: Array(bytes[10..<26])),
            study: StudyID(unchecked: Array(bytes[26..<42])))
        recipientKeyID = Array(bytes[42..<50])
        ephemeral = Array(bytes[50..<115])
        noncePrefix = Array(bytes[115..<122])
    }

    var bytes: [UInt8] {
        SealedHeader.magic + [SealedHeader.version, context.kind.rawValue] + context.object.bytes
            + context.study.bytes + recipientKeyID + ephemeral + noncePrefix
    }

    /// The file's own AES-256-GCM key. Source: NIST SP 800-56A 6.2.2.2 (one-pass Diffie-Hellman), RFC 5869.
    func fileKey(
        from own: P256PrivateKey, with peer: P256PublicKey, recipient: P256PublicKey
    ) throws(SealingError) -> SecretBytes {
        try HKDFSHA256.derive(
            own.sharedSecret(with: peer), salt: ephemeral + recipient.x963,
            info: Array("cxrgate sealed v1".utf8) + bytes)
    }

    /// `prefix | counter | flag`, 12 bytes; the flag is 1 for the closing chunk alone.
    func nonce(counter: UInt32, isClosing: Bool) -> [UInt8] {
        noncePrefix + counter.bigEndianBytes + [isClosing ? 1 : 0]
    }
}
