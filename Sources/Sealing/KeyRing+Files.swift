// How the files of a key ring are read: PEM for P-256, hexadecimal for everything else.

extension KeyRing {
    static func pseudonymName(_ epoch: UInt32) -> String {
        epoch == 1 ? "pseudonym.key" : "pseudonym.\(epoch).key"
    }

    /// Every epoch, from 1 on without a gap.
    static func readPseudonyms(in directory: String) throws(SealingError) -> [PseudonymKey] {
        var keys = [try PseudonymKey(readSecret(pseudonymName(1), in: directory), epoch: 1)]
        for epoch in 2...UInt32(SealingLimits.pseudonymEpochs) where KeyFile.exists(pseudonymName(epoch), in: directory)
        {
            guard keys.count == Int(epoch) - 1 else { throw .keyFileMissing(name: pseudonymName(epoch - 1)) }
            keys.append(try PseudonymKey(readSecret(pseudonymName(epoch), in: directory), epoch: epoch))
        }
        return keys
    }

    /// The private key that belongs to `publicKey`, and the one that is being rotated out if there is one.
    static func readPair(
        _ name: String, _ publicKey: P256PublicKey, in directory: String
    ) throws(SealingError) -> [P256PrivateKey] {
        let current = try readPrivateKey("\(name).key", in: directory)
        guard current.publicKey == publicKey else { throw .keysDisagree }
        guard KeyFile.exists("\(name).previous.key", in: directory) else { return [current] }
        return [current, try readPrivateKey("\(name).previous.key", in: directory)]
    }

    static func readPrivateKey(_ name: String, in directory: String) throws(SealingError) -> P256PrivateKey {
        let content = try KeyFile.read(name, in: directory, isSecret: true)
        do throws(SealingError) {
            return try P256PrivateKey(pem: content)
        } catch {
            throw error == .keyMalformed ? .keyFileMalformed(name: name) : error
        }
    }

    static func readPublicKey(_ name: String, in directory: String) throws(SealingError) -> P256PublicKey {
        let content = try KeyFile.read(name, in: directory, isSecret: false).exposedCopy()
        do throws(SealingError) {
            return try P256PublicKey(pem: String(decoding: content, as: UTF8.self))
        } catch {
            throw error == .keyMalformed ? .keyFileMalformed(name: name) : error
        }
    }

    /// 32 secret bytes from 64 hexadecimal digits and a line end.
    static func readSecret(_ name: String, in directory: String) throws(SealingError) -> SecretBytes {
        var bytes = try readBytes(name, in: directory, isSecret: true)
        defer { bytes.wipe() }
        return SecretBytes(copying: bytes)
    }

    static func readBytes(_ name: String, in directory: String, isSecret: Bool) throws(SealingError) -> [UInt8] {
        var content = try KeyFile.read(name, in: directory, isSecret: isSecret).exposedCopy()
        defer { content.wipe() }
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        guard let bytes = Hexadecimal.bytes(String(decoding: content, as: UTF8.self), count: 32) else {
            throw .keyFileMalformed(name: name)
        }
        return bytes
    }

    static func hexadecimal(_ secret: SecretBytes) -> SecretBytes {
        SecretBytes(copying: Array((Hexadecimal.text(secret.exposedCopy()) + "\n").utf8))
    }

    static func text(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }
}
