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
        let keys = keys(for: `class`)
        guard !keys.isEmpty else { throw .keyNotHeld }
        let header = try SealedHeader(unauthenticated: record.pair(for: `class`).sealedPrivateKey)
        guard let key = keys.first(where: { $0.publicKey.keyID == header.recipientKeyID }) else {
            throw .wrongRecipient
        }
        return try StudyKeys.open(record, class: `class`, with: key)
    }

    /// The current role key of a class first, then one that is being rotated out; empty if this role holds none.
    public func keys(for class: StudyKeyClass) -> [P256PrivateKey] {
        switch `class` {
        case .image: analysisKeys
        case .identity: patientKeys
        case .result: resultsKeys
        }
    }

    init(role: Role, ring: KeyRing) {
        self.role = role
        publicKeys = ring.publicKeys
        journalVerifyingKey = ring.journalVerifyingKey
        pseudonyms = role == .reception ? ring.pseudonyms : []
        analysisKeys = role == .analysis ? ring.analysisKeys : []
        patientKeys = role == .filing ? ring.patientKeys : []
        resultsKeys = role == .filing ? ring.resultsKeys : []
        resultUIDKey = role == .filing ? ring.resultUIDKey : nil
        journalKey = role == .supervisor ? ring.journalKey : nil
    }

    public static func == (left: RoleSecrets, right: RoleSecrets) -> Bool {
        func publics(_ keys: [P256PrivateKey]) -> [P256PublicKey] { keys.map(\.publicKey) }
        return left.role == right.role && left.publicKeys == right.publicKeys
            && left.journalVerifyingKey == right.journalVerifyingKey && left.pseudonyms == right.pseudonyms
            && publics(left.analysisKeys) == publics(right.analysisKeys)
            && publics(left.patientKeys) == publics(right.patientKeys)
            && publics(left.resultsKeys) == publics(right.resultsKeys) && left.resultUIDKey == right.resultUIDKey
            && left.journalKey?.verifyingKey == right.journalKey?.verifyingKey
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(role) }
}

extension RoleSecrets: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "‹secrets of \(role.rawValue)›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
