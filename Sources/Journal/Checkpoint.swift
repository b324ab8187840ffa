import Sealing

/// What the journal was at a moment: how many entries, and their Merkle root; signed. As text a note that people can
/// read, send and keep elsewhere:
///
/// ```
/// cxrgate/hospital-a
/// 1042
/// 2Y8+…= (root, base 64)
/// previous 6hWk…= (SHA-256 of the whole checkpoint before, base 64; 32 zero bytes for the first)
/// sequence 990
///
/// — cxrgate/hospital-a Az3grl…= (key id and signature, base 64)
/// ```
///
/// Source: C2SP tlog-checkpoint and signed-note; `Conformance/Formats/Journal.md`.
public struct Checkpoint: Sendable, Hashable {
    /// Names the journal, and its key.
    public let origin: String
    /// Entries that it covers.
    public let size: UInt64
    /// The Merkle tree hash of these entries, 32 bytes.
    public let root: [UInt8]
    /// The SHA-256 of the whole text of the checkpoint before, 32 bytes.
    public let previous: [UInt8]
    /// The highest sequence among the entries; 0 if none has one.
    public let sequence: UInt64
    /// The id of the key, 4 bytes, and the signature, 64 bytes.
    let signature: [UInt8]

    /// Reads a note. Says nothing about whether the signature holds. Throws `checkpointMalformed`.
    public init(text: String) throws(JournalError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 8, lines[5].isEmpty, lines[7].isEmpty, let size = Checkpoint.number(lines[1]),
            let root = Base64.decode(lines[2]), root.count == 32, lines[3].hasPrefix("previous "),
            let previous = Base64.decode(lines[3].dropFirst(9)), previous.count == 32,
            lines[4].hasPrefix("sequence "), let sequence = Checkpoint.number(lines[4].dropFirst(9)),
            Checkpoint.isOrigin(String(lines[0])), lines[6].hasPrefix("— \(lines[0]) "),
            let signature = Base64.decode(lines[6].dropFirst(lines[0].count + 3)), signature.count == 68
        else { throw .checkpointMalformed }
        origin = String(lines[0])
        self.size = size
        self.root = root
        self.previous = previous
        self.sequence = sequence
        self.signature = signature
    }

    init(
        origin: String, size: UInt64, root: [UInt8], previous: [UInt8], sequence: UInt64, key: JournalSigningKey
    ) throws(SealingError) {
        self.origin = origin
        self.size = size
        self.root = root
        self.previous = previous
        self.sequence = sequence
        let body = Checkpoint.body(origin, size, root, previous, sequence)
        signature = try Checkpoint.keyID(origin, key.verifyingKey) + key.sign(Array(body.utf8))
    }

    /// The note, with its line end.
    public var text: String {
        "\(Checkpoint.body(origin, size, root, previous, sequence))\n— \(origin) \(Base64.encode(signature))\n"
    }

    /// The root in base 64, as in the text.
    public var rootText: String { Base64.encode(root) }

    /// Whether the key has signed this.
    public func isSigned(by key: VerifyingKey) throws(JournalError) -> Bool {
        try JournalError.of { () throws(SealingError) in
            guard try Array(signature.prefix(4)) == Checkpoint.keyID(origin, key) else { return false }
            let body = Checkpoint.body(origin, size, root, previous, sequence)
            return try key.isValid(Array(signature.dropFirst(4)), for: Array(body.utf8))
        }
    }

    /// The SHA-256 of the text: what the next checkpoint binds.
    func digest() throws(JournalError) -> [UInt8] {
        try JournalError.of { () throws(SealingError) in try SHA256.hash(Array(text.utf8)) }
    }

    /// The public key as a line for C2SP tools: `origin+keyid+base64(1 | key)`.
    public static func verifierLine(origin: String, key: VerifyingKey) throws(JournalError) -> String {
        try JournalError.of { () throws(SealingError) in
            let id = try keyID(origin, key).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
            return "\(origin)+\(id)+\(Base64.encode([1] + key.bytes))"
        }
    }

    static func isOrigin(_ text: String) -> Bool {
        (1...JournalLimits.originBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "+") }
    }

    private static func body(
        _ origin: String, _ size: UInt64, _ root: [UInt8], _ previous: [UInt8], _ sequence: UInt64
    ) -> String {
        "\(origin)\n\(size)\n\(Base64.encode(root))\nprevious \(Base64.encode(previous))\nsequence \(sequence)\n"
    }

    /// Source: C2SP signed-note, "Signatures": SHA-256(name | LF | 1 | key), the first 4 bytes.
    private static func keyID(_ origin: String, _ key: VerifyingKey) throws(SealingError) -> [UInt8] {
        Array(try SHA256.hash(Array(origin.utf8) + [0x0A, 1] + key.bytes).prefix(4))
    }

    /// Digits only, no leading zero, below 2⁵³.
    private static func number(_ text: some StringProtocol) -> UInt64? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = UInt64(text),
            value < JournalLimits.exactNumber, String(value) == text
        else { return nil }
        return value
    }
}

extension Checkpoint: Codable {
    /// As its text.
    public init(from decoder: any Decoder) throws {
        try self.init(text: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
