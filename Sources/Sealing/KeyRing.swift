/// All keys of an installation, in one directory of mode 0700 with files of mode 0600.
///
/// | file | content |
/// | --- | --- |
/// | `analysis.key`, `patient.key`, `results.key` | P-256 private keys, PKCS#8 PEM |
/// | `analysis.pub`, `patient.pub`, `results.pub` | their public halves, PEM |
/// | `….previous.key` | a private key that is being rotated out |
/// | `pseudonym.key`, `pseudonym.2.key`, … | 64 hexadecimal digits, one file for each epoch |
/// | `result-uid.key`, `result-uid.2.key`, … | 128 hexadecimal digits derived from the pseudonym key: all of it that filing needs |
/// | `journal.key` | the Ed25519 seed, 64 hexadecimal digits |
/// | `journal.pub` | the Ed25519 public key, 64 hexadecimal digits |
/// | `models.key`, `models.pub` | the Ed25519 key that signs the passports of models, in the same forms |
///
/// A ring that was loaded for some roles holds only what these roles may hold.
public struct KeyRing: Sendable {
    /// The role keys that can be rotated.
    public enum RoleKey: String, Sendable, CaseIterable {
        case analysis, patient, results

        /// The role that holds it.
        public var role: Role { self == .analysis ? .analysis : .filing }

        /// The study keys that it opens.
        public var studyKeyClass: StudyKeyClass {
            switch self {
            case .analysis: .image
            case .patient: .identity
            case .results: .result
            }
        }

        /// Its files in the key directory.
        public var file: String { "\(rawValue).key" }
        public var publicFile: String { "\(rawValue).pub" }
        public var previousFile: String { "\(rawValue).previous.key" }
        var nextFile: String { "\(rawValue).next.key" }
        var nextPublicFile: String { "\(rawValue).next.pub" }
    }

    public let publicKeys: RolePublicKeys
    public let journalVerifyingKey: VerifyingKey
    let analysisKeys: [P256PrivateKey]
    let patientKeys: [P256PrivateKey]
    let resultsKeys: [P256PrivateKey]
    let pseudonyms: [PseudonymKey]
    let resultUIDKey: ResultUIDKey?
    let journalKey: JournalSigningKey?

    /// What one role is handed. Only what the ring was loaded for is in it.
    public func secrets(for role: Role) -> RoleSecrets { RoleSecrets(role: role, ring: self) }

    /// Whether a directory holds a ring already.
    public static func exists(in directory: String) -> Bool { KeyDirectory(directory).exists("journal.pub") }

    /// Makes every key that is not there yet. A creation that was cut short is completed by calling again; a key
    /// that is there is never overwritten. Throws `keyFileExists` if the ring is complete.
    public static func create(
        in directory: String, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> KeyRing {
        try create(in: KeyDirectory(directory), random: random)
    }

    static func create(
        in directory: KeyDirectory, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> KeyRing {
        guard !directory.exists("journal.pub") else { throw .keyFileExists(name: "journal.pub") }
        try directory.make()
        for key in RoleKey.allCases {
            if !directory.exists(key.file) {
                try directory.create(key.file, content: P256PrivateKey.generate(random).pem())
            }
            if !directory.exists(key.publicFile) {
                let made = try directory.readPrivateKey(key.file)
                try directory.create(key.publicFile, content: text(made.publicKey.pem()))
            }
        }
        for name in [pseudonymName(1), "journal.key"] where !directory.exists(name) {
            try directory.create(name, content: hexadecimal(random.secret(32)))
        }
        try deriveResultUIDKeys(in: directory)
        // Last: its presence says that the ring is complete.
        let journal = try JournalSigningKey(seed: directory.readSecret("journal.key"))
        try directory.create("journal.pub", content: text(journal.verifyingKey.hexadecimal + "\n"))
        return try load(from: directory, roles: Set(Role.allCases))
    }

    /// Sets right what a crash or an older version has left: rotations that were cut short, derived files that are not
    /// there. Called at start, before `load`.
    public static func heal(in directory: String) throws(SealingError) {
        let directory = KeyDirectory(directory)
        try directory.check()
        // A file that was being written when the power went holds a secret that nobody will use.
        for name in everyName where directory.exists("\(name).new") { try directory.destroy("\(name).new") }
        try recoverRotation(in: directory)
        try recoverJournalKey(in: directory)
        try deriveResultUIDKeys(in: directory)
    }

    /// Reads what the roles may hold, and every public half. Throws `keyFilePermissions` if anybody but the owner has
    /// access to the directory or a secret file, and `keysDisagree` if two halves do not belong together.
    public static func load(
        in directory: String, roles: Set<Role> = Set(Role.allCases)
    ) throws(SealingError) -> KeyRing {
        let directory = KeyDirectory(directory)
        try directory.check()
        return try load(from: directory, roles: roles)
    }

    static func load(from source: some KeySource, roles: Set<Role>) throws(SealingError) -> KeyRing {
        let analysis = try source.readPublicKey(RoleKey.analysis.publicFile)
        let patient = try source.readPublicKey(RoleKey.patient.publicFile)
        let results = try source.readPublicKey(RoleKey.results.publicFile)
        let journalPublic = try VerifyingKey(source.readBytes("journal.pub", isSecret: false))
        let filing = roles.contains(.filing)
        var journal: JournalSigningKey?
        if roles.contains(.supervisor) {
            let key = try JournalSigningKey(seed: source.readSecret("journal.key"))
            guard key.verifyingKey == journalPublic else { throw .keysDisagree }
            journal = key
        }
        return KeyRing(
            publicKeys: RolePublicKeys(analysis: analysis, patient: patient, results: results),
            journalVerifyingKey: journalPublic,
            analysisKeys: roles.contains(.analysis) ? try source.readPair(.analysis, analysis) : [],
            patientKeys: filing ? try source.readPair(.patient, patient) : [],
            resultsKeys: filing ? try source.readPair(.results, results) : [],
            pseudonyms: roles.contains(.reception) ? try source.readPseudonyms() : [],
            resultUIDKey: filing ? try source.readResultUIDKey() : nil, journalKey: journal)
    }

    static func pseudonymName(_ epoch: UInt32) -> String {
        epoch == 1 ? "pseudonym.key" : "pseudonym.\(epoch).key"
    }

    static func resultUIDName(_ epoch: UInt32) -> String {
        epoch == 1 ? "result-uid.key" : "result-uid.\(epoch).key"
    }

    /// What filing needs of the pseudonym key lies in a file of its own, so that nobody has to read the whole key to
    /// hand over a part of it.
    static func deriveResultUIDKeys(in directory: KeyDirectory) throws(SealingError) {
        for epoch in 1...UInt32(SealingLimits.pseudonymEpochs)
        where directory.exists(pseudonymName(epoch)) && !directory.exists(resultUIDName(epoch)) {
            let key = try PseudonymKey(directory.readSecret(pseudonymName(epoch)), epoch: epoch).resultUIDKey
            var bytes = key.uidKey.exposedCopy() + key.markKey.exposedCopy()
            defer { bytes.wipe() }
            try directory.create(resultUIDName(epoch), content: hexadecimal(SecretBytes(copying: bytes)))
        }
    }

    static func hexadecimal(_ secret: SecretBytes) -> SecretBytes {
        SecretBytes(copying: Array((Hexadecimal.text(secret.exposedCopy()) + "\n").utf8))
    }

    static func text(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }
}
