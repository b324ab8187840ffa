// The key that signs the passports of models: Ed25519, of its own, so that neither its rotation nor its loss touches the
// journal's. `models.key` is the supervisor's alone; `models.pub` everyone may know.

/// Ed25519 keys of an installation are of one kind, whatever they sign.
public typealias SigningKey = JournalSigningKey

extension KeyRing {
    static let modelsFile = "models.key"
    static let modelsPublicFile = "models.pub"

    /// The key that signs passports; made if there never was one. Throws `keyFileMissing` where the public half is there
    /// and the key is not: a new key in its place would make every passport a stranger's without anybody saying so.
    public static func modelsKey(
        in directory: String, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> SigningKey {
        let directory = KeyDirectory(directory)
        try directory.check()
        if !directory.exists(modelsFile) {
            guard !directory.exists(modelsPublicFile) else { throw .keyFileMissing(name: modelsFile) }
            try directory.create(modelsFile, content: hexadecimal(random.secret(32)))
        }
        let key = try SigningKey(seed: directory.readSecret(modelsFile))
        if directory.exists(modelsPublicFile) {
            guard try VerifyingKey(directory.readBytes(modelsPublicFile, isSecret: false)) == key.verifyingKey else {
                throw .keysDisagree
            }
        } else {
            try directory.create(modelsPublicFile, content: text(key.verifyingKey.hexadecimal + "\n"))
        }
        return key
    }

    /// The public half, for whoever verifies; `nil` if no passport was ever signed here.
    public static func modelsVerifyingKey(in directory: String) throws(SealingError) -> VerifyingKey? {
        let directory = KeyDirectory(directory)
        guard directory.exists(modelsPublicFile) else { return nil }
        return try VerifyingKey(directory.readBytes(modelsPublicFile, isSecret: false))
    }
}
