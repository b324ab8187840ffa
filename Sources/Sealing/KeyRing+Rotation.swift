// A role's key pair is replaced in three renames; the old private key stays as `….previous.key` until every study row
// has been rewrapped. Nothing that was sealed is touched.

extension KeyRing {
    /// Begins a rotation: the role gets a new pair, the old private key stays as `….previous.key` so that study rows
    /// can be rewrapped (`StudyKeys.rewrap`). Throws `keyFileExists` while an earlier rotation is not finished, and
    /// `keyIsCredential` if the service manager brings the key.
    /// After a crash in between, `heal` sets things right.
    public static func rotate(
        _ key: RoleKey, in directory: String, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) {
        try rotate(key, in: KeyDirectory(directory), random: random)
    }

    static func rotate(
        _ key: RoleKey, in directory: KeyDirectory, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) {
        try directory.check()
        guard !directory.isCredential(key.file) else { throw .keyIsCredential(name: key.file) }
        guard !directory.exists(key.previousFile) else { throw .keyFileExists(name: key.previousFile) }
        let new = try P256PrivateKey.generate(random)
        for leftover in [key.nextFile, key.nextPublicFile] where directory.exists(leftover) {
            try directory.destroy(leftover)
        }
        try directory.create(key.nextFile, content: new.pem())
        try directory.create(key.nextPublicFile, content: text(new.publicKey.pem()))
        try directory.rename(key.file, to: key.previousFile)
        try directory.rename(key.nextFile, to: key.file)
        try directory.rename(key.nextPublicFile, to: key.publicFile)
    }

    /// Sets right a rotation that a crash cut short: completes it once the old key has its new name, undoes it before.
    static func recoverRotation(in directory: KeyDirectory) throws(SealingError) {
        for key in RoleKey.allCases {
            if directory.exists(key.previousFile) {
                if directory.exists(key.nextFile) { try directory.rename(key.nextFile, to: key.file) }
                if directory.exists(key.nextPublicFile) { try directory.rename(key.nextPublicFile, to: key.publicFile) }
            } else {
                for leftover in [key.nextFile, key.nextPublicFile] where directory.exists(leftover) {
                    try directory.destroy(leftover)
                }
            }
        }
    }

    /// Whether a rotation of this key has begun and not ended.
    public static func isRotating(_ key: RoleKey, in directory: String) -> Bool {
        KeyDirectory(directory).exists(key.previousFile)
    }

    /// Ends a rotation: the old private key is overwritten and removed. Only after every study row has been rewrapped.
    public static func completeRotation(_ key: RoleKey, in directory: String) throws(SealingError) {
        try completeRotation(key, in: KeyDirectory(directory))
    }

    static func completeRotation(_ key: RoleKey, in directory: KeyDirectory) throws(SealingError) {
        try directory.check()
        try directory.destroy(key.previousFile)
    }

    /// Destroys every key of the installation, private halves first. What they opened is lost for good.
    public static func destroyEverything(in directory: String) throws(SealingError) {
        let directory = KeyDirectory(directory)
        try directory.check()
        // The public half of the journal's key stays: with it anyone can verify what was exported.
        for name in everyName.filter({ $0.hasSuffix(".key") }) where directory.exists(name) {
            if !directory.isCredential(name) { try directory.destroy(name) }
        }
    }

    /// Adds an epoch of the pseudonym key: from now on the same patient gets other pseudonyms. Never done silently.
    public static func addPseudonymEpoch(
        in directory: String, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> UInt32 {
        let directory = KeyDirectory(directory)
        try directory.check()
        let epoch = UInt32(try directory.readPseudonyms().count + 1)
        guard epoch <= SealingLimits.pseudonymEpochs else { throw .tooLong }
        try directory.create(pseudonymName(epoch), content: hexadecimal(random.secret(32)))
        try deriveResultUIDKeys(in: directory)
        return epoch
    }
}
