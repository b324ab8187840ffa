import DICOMCore

/// The installation's key for pseudonyms, of one epoch. Each use has a subkey of its own (HKDF), so that what one
/// use shows says nothing about another. It is never rotated silently: another epoch gives other pseudonyms.
public struct PseudonymKey: Sendable, Hashable {
    /// Counts the keys of this installation, from 1.
    public let epoch: UInt32
    let secret: SecretBytes
    private let uidKey: SecretBytes
    private let uidMarkKey: SecretBytes
    private let studyKey: SecretBytes
    private let streamKey: SecretBytes
    private let streamOutputKey: SecretBytes
    /// For the UIDs of results, the only part of this key that filing needs.
    public let resultUIDKey: ResultUIDKey

    /// From 32 secret bytes.
    public init(_ secret: SecretBytes, epoch: UInt32) throws(SealingError) {
        guard secret.count == 32, epoch > 0 else { throw .keyMalformed }
        self.secret = secret
        self.epoch = epoch
        func subkey(_ purpose: String) throws(SealingError) -> SecretBytes {
            try PseudonymKey.subkey(of: secret, epoch: epoch, purpose: purpose)
        }
        uidKey = try subkey("uid")
        uidMarkKey = try subkey("uid mark")
        studyKey = try subkey("study")
        streamKey = try subkey("stream")
        streamOutputKey = try subkey("stream output")
        resultUIDKey = ResultUIDKey(uidKey: try subkey("result uid"), markKey: uidMarkKey)
    }

    public static func generate(
        epoch: UInt32 = 1, _ random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> PseudonymKey {
        try PseudonymKey(random.secret(32), epoch: epoch)
    }

    /// A key for a use that this module does not name (date shift, A/B assignment, lookup).
    public func subkey(purpose: String) throws(SealingError) -> SecretBytes {
        try PseudonymKey.subkey(of: secret, epoch: epoch, purpose: "other \(purpose)")
    }

    /// The replacement of a UID: `2.25.` and a keyed number, always the same for the same UID.
    /// Source: PS3.5 B.2, PS3.15 E.3.9 (action U).
    public func uid(for original: UID) throws(SealingError) -> UID {
        try MarkedUID.make(name: Array(original.value.utf8), key: uidKey, markKey: uidMarkKey)
    }

    /// Whether a UID was made with this key, for an instance or for a result. Wrong for one foreign UID in 2³².
    public func isPossiblyOurs(_ uid: UID) throws(SealingError) -> Bool {
        try MarkedUID.isMarked(uid, markKey: uidMarkKey)
    }

    /// The pseudonym of a study, from the value of Study Instance UID without padding.
    public func studyID(studyInstanceUID bytes: [UInt8]) throws(SealingError) -> StudyID {
        StudyID(unchecked: Array(try HMACSHA256.tag(bytes, key: studyKey).prefix(16)))
    }

    public func studyID(_ studyInstanceUID: UID) throws(SealingError) -> StudyID {
        try studyID(studyInstanceUID: Array(studyInstanceUID.value.utf8))
    }

    /// A pseudonym for one purpose: 16 hexadecimal digits. The same bytes give another token for another purpose.
    public func token(_ bytes: [UInt8], purpose: String) throws(SealingError) -> String {
        let key = try PseudonymKey.subkey(of: secret, epoch: epoch, purpose: "token \(purpose)")
        return Hexadecimal.text(try HMACSHA256.tag(bytes, key: key).prefix(8))
    }

    /// Begins the digest of an instance's plaintext, by which a byte-identical repeat is known.
    public func streamDigest(for sopInstanceUID: UID) throws(SealingError) -> StreamDigest {
        try StreamDigest(sopInstanceUID: sopInstanceUID, streamKey: streamKey, outputKey: streamOutputKey)
    }

    private static func subkey(
        of secret: SecretBytes, epoch: UInt32, purpose: String
    ) throws(SealingError) -> SecretBytes {
        try HKDFSHA256.derive(
            secret, salt: Array("cxrgate pseudonym v1".utf8), info: epoch.bigEndianBytes + Array(purpose.utf8))
    }
}

extension PseudonymKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "‹pseudonym key, epoch \(epoch)›" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
