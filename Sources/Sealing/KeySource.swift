/// Where the content of key files comes from: the directory, or what a role was handed.
protocol KeySource {
    func exists(_ name: String) -> Bool
    /// Throws `keyFileMissing` if there is no such file.
    func read(_ name: String, isSecret: Bool) throws(SealingError) -> SecretBytes
}

extension KeyDirectory: KeySource {}

/// The open files that a supervisor handed to a role; nothing else exists for it.
struct HandedKeys: KeySource {
    let files: [OpenKeyFile]

    func exists(_ name: String) -> Bool { files.contains { $0.name == name } }

    func read(_ name: String, isSecret: Bool) throws(SealingError) -> SecretBytes {
        guard let file = files.first(where: { $0.name == name }) else { throw .keyFileMissing(name: name) }
        return try file.content()
    }
}

// How the files are read: PEM for P-256, hexadecimal for everything else.
extension KeySource {
    /// Every epoch, from 1 on without a gap.
    func readPseudonyms() throws(SealingError) -> [PseudonymKey] {
        var keys = [try PseudonymKey(readSecret(KeyRing.pseudonymName(1)), epoch: 1)]
        for epoch in 2...UInt32(SealingLimits.pseudonymEpochs) where exists(KeyRing.pseudonymName(epoch)) {
            guard keys.count == Int(epoch) - 1 else { throw .keyFileMissing(name: KeyRing.pseudonymName(epoch - 1)) }
            keys.append(try PseudonymKey(readSecret(KeyRing.pseudonymName(epoch)), epoch: epoch))
        }
        return keys
    }

    /// The key for the UIDs of results of the newest epoch.
    func readResultUIDKey() throws(SealingError) -> ResultUIDKey {
        var name = KeyRing.resultUIDName(1)
        for epoch in 2...UInt32(SealingLimits.pseudonymEpochs) where exists(KeyRing.resultUIDName(epoch)) {
            name = KeyRing.resultUIDName(epoch)
        }
        var bytes = try readBytes(name, count: 64, isSecret: true)
        defer { bytes.wipe() }
        return ResultUIDKey(
            uidKey: SecretBytes(copying: bytes.prefix(32)), markKey: SecretBytes(copying: bytes.suffix(32)))
    }

    /// The private key that belongs to `publicKey`, and the one that is being rotated out if there is one.
    func readPair(_ key: KeyRing.RoleKey, _ publicKey: P256PublicKey) throws(SealingError) -> [P256PrivateKey] {
        let current = try readPrivateKey(key.file)
        guard current.publicKey == publicKey else { throw .keysDisagree }
        guard exists(key.previousFile) else { return [current] }
        return [current, try readPrivateKey(key.previousFile)]
    }

    func readPrivateKey(_ name: String) throws(SealingError) -> P256PrivateKey {
        let content = try read(name, isSecret: true)
        do throws(SealingError) {
            return try P256PrivateKey(pem: content)
        } catch {
            throw error == .keyMalformed ? .keyFileMalformed(name: name) : error
        }
    }

    func readPublicKey(_ name: String) throws(SealingError) -> P256PublicKey {
        let content = try read(name, isSecret: false).exposedCopy()
        do throws(SealingError) {
            return try P256PublicKey(pem: String(decoding: content, as: UTF8.self))
        } catch {
            throw error == .keyMalformed ? .keyFileMalformed(name: name) : error
        }
    }

    /// 32 secret bytes from 64 hexadecimal digits and a line end.
    func readSecret(_ name: String) throws(SealingError) -> SecretBytes {
        var bytes = try readBytes(name, isSecret: true)
        defer { bytes.wipe() }
        return SecretBytes(copying: bytes)
    }

    func readBytes(_ name: String, count: Int = 32, isSecret: Bool) throws(SealingError) -> [UInt8] {
        var content = try read(name, isSecret: isSecret).exposedCopy()
        defer { content.wipe() }
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        guard let bytes = Hexadecimal.bytes(String(decoding: content, as: UTF8.self), count: count) else {
            throw .keyFileMalformed(name: name)
        }
        return bytes
    }
}
