/// What the keys of a study are for.
public enum StudyKeyClass: String, Sendable, Hashable, Codable, CaseIterable {
    /// De-identified images and facts; opened by analysis.
    case image
    /// Original headers; opened by filing with the patient key.
    case identity
    /// Rendered results; opened by filing with the results key.
    case result

    /// Binds a sealed private half to its class, so that two halves of a study cannot be exchanged.
    fileprivate func object(study: StudyID) throws(SealingError) -> ObjectID {
        let label = Array("cxrgate study key v1 \(rawValue) ".utf8)
        return ObjectID(unchecked: Array(try SHA256.hash(label + study.bytes).prefix(16)))
    }
}

/// The public halves of the roles' keys: all that is needed to make a study's keys.
public struct RolePublicKeys: Sendable, Hashable, Codable {
    public var analysis: P256PublicKey
    public var patient: P256PublicKey
    public var results: P256PublicKey

    public init(analysis: P256PublicKey, patient: P256PublicKey, results: P256PublicKey) {
        self.analysis = analysis
        self.patient = patient
        self.results = results
    }

    /// The role key to which the private half of a class is sealed.
    public func key(for class: StudyKeyClass) -> P256PublicKey {
        switch `class` {
        case .image: analysis
        case .identity: patient
        case .result: results
        }
    }
}

/// One pair of a study: the public half lies plainly, the private half lies sealed to its role.
public struct StudyKeyPair: Sendable, Hashable, Codable {
    public var publicKey: P256PublicKey
    /// A sealed file of kind `key`.
    public var sealedPrivateKey: [UInt8]

    /// Names the role key that opens the private half (`P256PublicKey.keyID`). Throws if it is not a sealed file.
    public func recipientKeyID() throws(SealingError) -> [UInt8] {
        try SealedHeader(unauthenticated: sealedPrivateKey).recipientKeyID
    }

    public init(publicKey: P256PublicKey, sealedPrivateKey: [UInt8]) {
        self.publicKey = publicKey
        self.sealedPrivateKey = sealedPrivateKey
    }
}

extension StudyKeyPair {
    private enum CodingKeys: String, CodingKey { case publicKey, sealedPrivateKey }

    /// The sealed half as hexadecimal digits, a third of what an array of numbers takes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        publicKey = try container.decode(P256PublicKey.self, forKey: .publicKey)
        let text = try container.decode(String.self, forKey: .sealedPrivateKey)
        guard let bytes = Hexadecimal.bytes(text, count: text.utf8.count / 2) else { throw SealingError.keyMalformed }
        sealedPrivateKey = bytes
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(publicKey, forKey: .publicKey)
        try container.encode(Hexadecimal.text(sealedPrivateKey), forKey: .sealedPrivateKey)
    }
}

/// The keys of a study, one pair for each class that has not been destroyed. Destroying a pair shreds everything that
/// was sealed for the study in its class.
public struct StudyKeyRecord: Sendable, Hashable {
    public var study: StudyID
    public var pairs: [StudyKeyClass: StudyKeyPair]

    public init(study: StudyID, pairs: [StudyKeyClass: StudyKeyPair]) {
        self.study = study
        self.pairs = pairs
    }

    /// The pair of a class. Throws `keyDestroyed` if it is gone: shredded, or its time was over.
    public func pair(for class: StudyKeyClass) throws(SealingError) -> StudyKeyPair {
        guard let pair = pairs[`class`] else { throw .keyDestroyed }
        return pair
    }

    /// The public half to which objects of the class are sealed. Throws `keyDestroyed` if it is gone.
    public func publicKey(for class: StudyKeyClass) throws(SealingError) -> P256PublicKey {
        try pair(for: `class`).publicKey
    }
}

/// Makes, opens and rewraps the keys of a study.
public enum StudyKeys {
    /// Three new pairs. The private halves exist for the time of this call only.
    public static func make(
        study: StudyID, roles: RolePublicKeys, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> StudyKeyRecord {
        func pair(_ class: StudyKeyClass) throws(SealingError) -> StudyKeyPair {
            let key = try P256PrivateKey.generate(random)
            return try wrap(key, class: `class`, study: study, to: roles.key(for: `class`), random: random)
        }
        var pairs: [StudyKeyClass: StudyKeyPair] = [:]
        for `class` in StudyKeyClass.allCases { pairs[`class`] = try pair(`class`) }
        return StudyKeyRecord(study: study, pairs: pairs)
    }

    /// The private half of a class. Throws `wrongRecipient` if it is sealed to another key than that of `role`, and
    /// `keysDisagree` if it does not belong to the public half of the record, `keyDestroyed` if it is gone.
    public static func open(
        _ record: StudyKeyRecord, class: StudyKeyClass, with role: P256PrivateKey
    ) throws(SealingError) -> P256PrivateKey {
        let context = SealedContext(
            kind: .key, object: try `class`.object(study: record.study), study: record.study)
        let pair = try record.pair(for: `class`)
        var scalar = try Sealed.open(pair.sealedPrivateKey, context: context, with: role)
        let secret = SecretBytes(copying: scalar)
        scalar.wipe()
        let key = try P256PrivateKey(scalar: secret)
        guard key.publicKey == pair.publicKey else { throw .keysDisagree }
        return key
    }

    /// The same record with one class sealed to a new role key: all that a rotation has to write.
    public static func rewrap(
        _ record: StudyKeyRecord, class: StudyKeyClass, from old: P256PrivateKey, to new: P256PublicKey,
        random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> StudyKeyRecord {
        let key = try open(record, class: `class`, with: old)
        var rewrapped = record
        rewrapped.pairs[`class`] = try wrap(key, class: `class`, study: record.study, to: new, random: random)
        return rewrapped
    }

    private static func wrap(
        _ key: P256PrivateKey, class: StudyKeyClass, study: StudyID, to role: P256PublicKey, random: any RandomBytes
    ) throws(SealingError) -> StudyKeyPair {
        let context = SealedContext(kind: .key, object: try `class`.object(study: study), study: study)
        var scalar = try key.scalar().exposedCopy()
        defer { scalar.wipe() }
        let sealed = try Sealed.seal(scalar, context: context, to: role, random: random)
        return StudyKeyPair(publicKey: key.publicKey, sealedPrivateKey: sealed)
    }
}
