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
/// next Kx0a…= (only where a new key is introduced: its public half, base 64)
///
/// — cxrgate/hospital-a Az3grl…= (key id and signature, base 64)
/// — cxrgate/hospital-a 9fQ0aa…= (only where a new key is introduced: the new key signs too)
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
    /// The public key that signs every checkpoint after this one, 32 bytes; `nil` if that stays the same.
    public let next: [UInt8]?
    /// The id of the key, 4 bytes, and the signature, 64 bytes.
    let signature: [UInt8]
    /// The same by the key that is introduced: whoever introduces a key holds it.
    let nextSignature: [UInt8]?

    /// Reads a note. Says nothing about whether the signature holds. Throws `checkpointMalformed`.
    public init(text: String) throws(JournalError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let extra = lines.count == 10 ? 1 : 0
        guard lines.count == 8 + 2 * extra, lines[5 + extra].isEmpty, lines[7 + 2 * extra].isEmpty,
            let size = Checkpoint.number(lines[1]), let root = Checkpoint.hash(lines[2], after: ""),
            let previous = Checkpoint.hash(lines[3], after: "previous "), lines[4].hasPrefix("sequence "),
            let sequence = Checkpoint.number(lines[4].dropFirst(9)), Checkpoint.isOrigin(String(lines[0])),
            let signature = Checkpoint.signature(lines[6 + extra], origin: lines[0])
        else { throw .checkpointMalformed }
        origin = String(lines[0])
        self.size = size
        self.root = root
        self.previous = previous
        self.sequence = sequence
        self.signature = signature
        if extra == 1 {
            guard let next = Checkpoint.hash(lines[5], after: "next "),
                let nextSignature = Checkpoint.signature(lines[8], origin: lines[0])
            else { throw .checkpointMalformed }
            self.next = next
            self.nextSignature = nextSignature
        } else {
            next = nil
            nextSignature = nil
        }
    }

    /// Signs; with `next` it introduces a key, which signs too.
    init(
        origin: String, size: UInt64, root: [UInt8], previous: [UInt8], sequence: UInt64, key: JournalSigningKey,
        next: JournalSigningKey? = nil
    ) throws(SealingError) {
        self.origin = origin
        self.size = size
        self.root = root
        self.previous = previous
        self.sequence = sequence
        self.next = next?.verifyingKey.bytes
        let body = Array(Checkpoint.body(origin, size, root, previous, sequence, self.next).utf8)
        signature = try Checkpoint.keyID(origin, key.verifyingKey) + key.sign(body)
        if let next {
            nextSignature = try Checkpoint.keyID(origin, next.verifyingKey) + next.sign(body)
        } else {
            nextSignature = nil
        }
    }

    /// The note, with its line end.
    public var text: String {
        let second = nextSignature.map { "— \(origin) \(Base64.encode($0))\n" } ?? ""
        return "\(body)\n— \(origin) \(Base64.encode(signature))\n\(second)"
    }

    /// The root in base 64, as in the text.
    public var rootText: String { Base64.encode(root) }

    /// Whether the key has signed this: as the one that was in force, or as the one that is introduced.
    public func isSigned(by key: VerifyingKey) throws(JournalError) -> Bool {
        if try isSigned(signature, by: key) { return true }
        return try isIntroduction(of: key)
    }

    /// Whether the key that was in force has signed this, and the one that is introduced, if any, too.
    func isWhole(under key: VerifyingKey) throws(JournalError) -> Bool {
        guard try isSigned(signature, by: key) else { return false }
        guard let introduced = try introducedKey() else { return true }
        return try isIntroduction(of: introduced)
    }

    /// Whether this introduces the key, and the key has signed it.
    func isIntroduction(of key: VerifyingKey) throws(JournalError) -> Bool {
        guard let next, let nextSignature, next == key.bytes else { return false }
        return try isSigned(nextSignature, by: key)
    }

    /// The key that is introduced; `nil` if there is none.
    func introducedKey() throws(JournalError) -> VerifyingKey? {
        guard let next else { return nil }
        return try JournalError.of { () throws(SealingError) in try VerifyingKey(next) }
    }

    private func isSigned(_ signature: [UInt8], by key: VerifyingKey) throws(JournalError) -> Bool {
        try JournalError.of { () throws(SealingError) in
            guard try Array(signature.prefix(4)) == Checkpoint.keyID(origin, key) else { return false }
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

    /// What is signed.
    private var body: String { Checkpoint.body(origin, size, root, previous, sequence, next) }

    private static func body(
        _ origin: String, _ size: UInt64, _ root: [UInt8], _ previous: [UInt8], _ sequence: UInt64, _ next: [UInt8]?
    ) -> String {
        let introduction = next.map { "next \(Base64.encode($0))\n" } ?? ""
        return "\(origin)\n\(size)\n\(Base64.encode(root))\nprevious \(Base64.encode(previous))\n"
            + "sequence \(sequence)\n\(introduction)"
    }

    /// Source: C2SP signed-note, "Signatures": SHA-256(name | LF | 1 | key), the first 4 bytes.
    private static func keyID(_ origin: String, _ key: VerifyingKey) throws(SealingError) -> [UInt8] {
        Array(try SHA256.hash(Array(origin.utf8) + [0x0A, 1] + key.bytes).prefix(4))
    }

    /// 32 bytes behind a word.
    private static func hash(_ line: Substring, after word: String) -> [UInt8]? {
        guard line.hasPrefix(word), let bytes = Base64.decode(line.dropFirst(word.count)), bytes.count == 32 else {
            return nil
        }
        return bytes
    }

    /// The 68 bytes of a signature line.
    private static func signature(_ line: Substring, origin: Substring) -> [UInt8]? {
        guard line.hasPrefix("— \(origin) "), let bytes = Base64.decode(line.dropFirst(origin.count + 3)) else {
            return nil
        }
        return bytes.count == 68 ? bytes : nil
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
