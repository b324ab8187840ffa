/// All keys of an installation, in one directory of mode 0700 with files of mode 0600.
///
/// | file | content |
/// | --- | --- |
/// | `analysis.key`, `patient.key`, `results.key` | P-256 private keys, PKCS#8 PEM |
/// | `analysis.pub`, `patient.pub`, `results.pub` | their public halves, PEM |
/// | `….previous.key` | a private key that is being rotated out |
/// | `pseudonym.key`, `pseudonym.2.key`, … | 64 hexadecimal digits, one file for each epoch |
/// | `journal.key` | the Ed25519 seed, 64 hexadecimal digits |
/// | `journal.pub` | the Ed25519 public key, 64 hexadecimal digits |
///
/// A ring that was loaded for some roles holds only what these roles may hold.
public struct KeyRing: Sendable {
    /// The role keys that can be rotated.
    public enum RoleKey: String, Sendable, CaseIterable {
        case analysis, patient, results
    }

    public let publicKeys: RolePublicKeys
    public let journalVerifyingKey: VerifyingKey
    let analysisKeys: [P256PrivateKey]
    let patientKeys: [P256PrivateKey]
    let resultsKeys: [P256PrivateKey]
    let pseudonyms: [PseudonymKey]
    let journalKey: JournalSigningKey?

    /// What one role is handed. Only what the ring was loaded for is in it.
    public func secrets(for role: Role) -> RoleSecrets { RoleSecrets(role: role, ring: self) }

    /// Whether a directory holds a ring already.
    public static func exists(in directory: String) -> Bool { KeyFile.exists("journal.pub", in: directory) }

    /// Makes every key that is not there yet. A creation that was cut short is completed by calling again; a key
    /// that is there is never overwritten. Throws `keyFileExists` if the ring is complete.
    public static func create(
        in directory: String, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> KeyRing {
        guard !exists(in: directory) else { throw .keyFileExists(name: "journal.pub") }
        try KeyFile.makeDirectory(directory)
        for name in RoleKey.allCases.map(\.rawValue) {
            if !KeyFile.exists("\(name).key", in: directory) {
                try KeyFile.create("\(name).key", in: directory, content: P256PrivateKey.generate(random).pem())
            }
            if !KeyFile.exists("\(name).pub", in: directory) {
                let key = try readPrivateKey("\(name).key", in: directory)
                try KeyFile.create("\(name).pub", in: directory, content: text(key.publicKey.pem()))
            }
        }
        if !KeyFile.exists("pseudonym.key", in: directory) {
            try KeyFile.create("pseudonym.key", in: directory, content: hexadecimal(random.secret(32)))
        }
        if !KeyFile.exists("journal.key", in: directory) {
            try KeyFile.create("journal.key", in: directory, content: hexadecimal(random.secret(32)))
        }
        // Last: its presence says that the ring is complete.
        let journal = try JournalSigningKey(seed: readSecret("journal.key", in: directory))
        try KeyFile.create("journal.pub", in: directory, content: text(journal.verifyingKey.hexadecimal + "\n"))
        return try load(in: directory)
    }

    /// Reads what the roles may hold, and every public half. Throws `keyFilePermissions` if anybody but the owner has
    /// access to the directory or a secret file, and `keysDisagree` if two halves do not belong together.
    public static func load(
        in directory: String, roles: Set<Role> = Set(Role.allCases)
    ) throws(SealingError) -> KeyRing {
        try KeyFile.checkDirectory(directory)
        let analysis = try readPublicKey("analysis.pub", in: directory)
        let patient = try readPublicKey("patient.pub", in: directory)
        let results = try readPublicKey("results.pub", in: directory)
        let journalPublic = try VerifyingKey(readBytes("journal.pub", in: directory, isSecret: false))
        let filing = roles.contains(.filing)
        // Filing needs the subkey for result UIDs, which is derived from the pseudonym key.
        let pseudonyms = filing || roles.contains(.reception) ? try readPseudonyms(in: directory) : []
        var journal: JournalSigningKey?
        if roles.contains(.supervisor) {
            let key = try JournalSigningKey(seed: readSecret("journal.key", in: directory))
            guard key.verifyingKey == journalPublic else { throw .keysDisagree }
            journal = key
        }
        return KeyRing(
            publicKeys: RolePublicKeys(analysis: analysis, patient: patient, results: results),
            journalVerifyingKey: journalPublic,
            analysisKeys: roles.contains(.analysis) ? try readPair("analysis", analysis, in: directory) : [],
            patientKeys: filing ? try readPair("patient", patient, in: directory) : [],
            resultsKeys: filing ? try readPair("results", results, in: directory) : [],
            pseudonyms: pseudonyms, journalKey: journal)
    }
}
