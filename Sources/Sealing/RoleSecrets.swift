/// Exactly the secrets that one role holds, and the public halves that all know. Printing it shows none.
public struct RoleSecrets: Sendable, Hashable {
    public let role: Role
    public let publicKeys: RolePublicKeys
    public let journalVerifyingKey: VerifyingKey
    /// Every epoch, the current one last. Reception only.
    public let pseudonyms: [PseudonymKey]
    /// The current key first, then one that is being rotated out. Analysis only.
    public let analysisKeys: [P256PrivateKey]
    /// The current key first, then one that is being rotated out. Filing only.
    public let patientKeys: [P256PrivateKey]
    /// The current key first, then one that is being rotated out. Filing only.
    public let resultsKeys: [P256PrivateKey]
    /// Filing only.
    public let resultUIDKey: ResultUIDKey?
    /// Supervisor only.
    public let journalKey: JournalSigningKey?

    /// The epoch in which new pseudonyms are made. Throws `keyNotHeld` in any role but reception.
    public func pseudonym() throws(SealingError) -> PseudonymKey {
        guard let key = pseudonyms.last else { throw .keyNotHeld }
        return key
    }

    /// Opens a study's private half, also if it is still sealed to the previous role key. Throws `keyNotHeld` if this
    /// role has no business with the class.
    public func open(_ record: StudyKeyRecord, class: StudyKeyClass) throws(SealingError) -> P256PrivateKey {
        let keys =
            switch `class` {
            case .image: analysisKeys
            case .identity: patientKeys
            case .result: resultsKeys
            }
        let header = try SealedHeader(unauthenticated: record[`class`].sealedPrivateKey)
        guard !keys.isEmpty else { throw .keyNotHeld }
        guard let key = keys.first(where: { $0.publicKey.keyID == header.recipientKeyID }) else {
            throw .wrongRecipient
        }
        return try StudyKeys.open(record, class: `class`, with: key)
    }

    init(role: Role, ring: KeyRing) {
        self.role = role
        publicKeys = ring.publicKeys
        journalVerifyingKey = ring.journalVerifyingKey
        pseudonyms = role == .reception ? ring.pseudonyms : []
        analysisKeys = role == .analysis ? ring.analysisKeys : []
        patientKeys = role == .filing ? ring.patientKeys : []
        resultsKeys = role == .filing ? ring.resultsKeys : []
        resultUIDKey = role == .filing ? ring.pseudonyms.last?.resultUIDKey : nil
        journalKey = role == .supervisor ? ring.journalKey : nil
    }

    init(decoding reader: inout SecretReader) throws(SealingError) {
        guard let role = Role(rawValue: String(decoding: try reader.part(), as: UTF8.self)) else {
            throw .secretsMalformed
        }
        self.role = role
        publicKeys = RolePublicKeys(
            analysis: try P256PublicKey(x963: reader.part()), patient: try P256PublicKey(x963: reader.part()),
            results: try P256PublicKey(x963: reader.part()))
        journalVerifyingKey = try VerifyingKey(reader.part())
        pseudonyms = try reader.list { reader throws(SealingError) in
            let epoch = try reader.part()
            guard epoch.count == 4 else { throw .secretsMalformed }
            return try PseudonymKey(reader.secret(), epoch: UInt32(bigEndian: epoch))
        }
        let key = { (reader: inout SecretReader) throws(SealingError) in
            try P256PrivateKey(scalar: reader.secret())
        }
        analysisKeys = try reader.list(key)
        patientKeys = try reader.list(key)
        resultsKeys = try reader.list(key)
        resultUIDKey = try reader.list { reader throws(SealingError) in
            ResultUIDKey(uidKey: try reader.secret(), markKey: try reader.secret())
        }.first
        journalKey = try reader.list { reader throws(SealingError) in
            try JournalSigningKey(seed: reader.secret())
        }.first
    }

    func write(to writer: inout SecretWriter) throws(SealingError) {
        writer.part(Array(role.rawValue.utf8))
        for key in [publicKeys.analysis, publicKeys.patient, publicKeys.results] { writer.part(key.x963) }
        writer.part(journalVerifyingKey.bytes)
        try writer.list(pseudonyms) { writer, key throws(SealingError) in
            writer.part(key.epoch.bigEndianBytes)
            writer.secret(key.secret)
        }
        for keys in [analysisKeys, patientKeys, resultsKeys] {
            try writer.list(keys) { writer, key throws(SealingError) in writer.secret(try key.scalar()) }
        }
        try writer.list(resultUIDKey.map { [$0] } ?? []) { writer, key throws(SealingError) in
            writer.secret(key.uidKey)
            writer.secret(key.markKey)
        }
        try writer.list(journalKey.map { [$0] } ?? []) { writer, key throws(SealingError) in
            writer.secret(try key.seed())
        }
    }

    public static func == (left: RoleSecrets, right: RoleSecrets) -> Bool {
        guard let left = try? left.encoded(), let right = try? right.encoded() else { return false }
        return left == right
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(role) }
}

extension RoleSecrets: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "‹secrets of \(role.rawValue)›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
