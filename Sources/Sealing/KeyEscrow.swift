import COpenSSL

/// All key files of an installation in one file, sealed under a passphrase: what a hospital keeps in its safe.
///
/// `"CXRESCR1" | iterations (4) | salt (16) | nonce (12) | AES-256-GCM(PBKDF2-HMAC-SHA-256(passphrase), files)`; the
/// files are name and content, each behind its length (4 bytes, most significant first). What stands before the
/// ciphertext is its associated data. Source: `Conformance/Formats/Sealed.md` 7; NIST SP 800-132.
public enum KeyEscrow {
    private static let magic = Array("CXRESCR1".utf8)
    private static let headerBytes = 40
    /// Work of one guess: a fifth of a second of one core of 2024. Source: OWASP Password Storage Cheat Sheet.
    static let iterations: UInt32 = 600_000
    /// More than this in a file of somebody else's would only be meant to keep us busy.
    static let iterationsLimit: UInt32 = 10_000_000

    /// The escrow file. Throws `passphraseTooShort`, and what reading a key file throws.
    public static func export(
        _ directory: String, passphrase: SecretBytes, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> [UInt8] {
        guard passphrase.count >= SealingLimits.passphraseCharacters else { throw .passphraseTooShort }
        let directory = KeyDirectory(directory)
        try directory.check()
        var plaintext: [UInt8] = []
        plaintext.reserveCapacity(SealingLimits.keyFileBytes)
        defer { plaintext.wipe() }
        for name in KeyRing.everyName where directory.exists(name) {
            var content = try directory.read(name, isSecret: name.hasSuffix(".key")).exposedCopy()
            defer { content.wipe() }
            for part in [Array(name.utf8), content] { plaintext += UInt32(part.count).bigEndianBytes + part }
        }
        let header = magic + iterations.bigEndianBytes + (try random.bytes(16)) + (try random.bytes(12))
        let key = try key(passphrase, header: header)
        return header
            + (try AES256GCM.seal(plaintext, key: key, nonce: Array(header.suffix(12)), authenticating: header))
    }

    /// Writes the key files into a directory that has none. Throws `escrowClosed` for a wrong passphrase or a damaged
    /// file, `escrowMalformed`, and `keyFileExists` if there are keys already.
    public static func open(
        _ file: [UInt8], passphrase: SecretBytes, into directory: String
    ) throws(SealingError) {
        guard file.count > headerBytes, file.count <= SealingLimits.escrowBytes, file.starts(with: magic)
        else { throw .escrowMalformed }
        let header = Array(file.prefix(headerBytes))
        guard (1...iterationsLimit).contains(UInt32(bigEndian: header[8..<12])) else { throw .escrowMalformed }
        let key = try key(passphrase, header: header)
        var plaintext: [UInt8]
        do throws(SealingError) {
            plaintext = try AES256GCM.open(
                Array(file.dropFirst(headerBytes)), key: key, nonce: Array(header.suffix(12)), authenticating: header)
        } catch {
            throw .escrowClosed
        }
        defer { plaintext.wipe() }
        try write(try files(plaintext), into: KeyDirectory(directory, credentials: nil))
    }

    private static func write(
        _ files: [(name: String, content: SecretBytes)], into directory: KeyDirectory
    ) throws(SealingError) {
        try directory.make()
        for file in files where directory.exists(file.name) { throw .keyFileExists(name: file.name) }
        // The file that says that a ring is complete comes last.
        let last = "journal.pub"
        for file in files where file.name != last { try directory.create(file.name, content: file.content) }
        for file in files where file.name == last { try directory.create(file.name, content: file.content) }
    }

    private static func files(_ bytes: [UInt8]) throws(SealingError) -> [(name: String, content: SecretBytes)] {
        var position = 0
        func part() throws(SealingError) -> ArraySlice<UInt8> {
            guard bytes.count - position >= 4 else { throw .escrowMalformed }
            let count = Int(UInt32(bigEndian: bytes[position..<position + 4]))
            position += 4
            guard bytes.count - position >= count else { throw .escrowMalformed }
            defer { position += count }
            return bytes[position..<position + count]
        }
        var files: [(name: String, content: SecretBytes)] = []
        while position < bytes.count {
            let name = String(decoding: try part(), as: UTF8.self)
            // A name decides where a file is written: only ours.
            guard KeyRing.everyName.contains(name) else { throw .escrowMalformed }
            files.append((name, SecretBytes(copying: try part())))
        }
        return files
    }

    private static func key(_ passphrase: SecretBytes, header: [UInt8]) throws(SealingError) -> SecretBytes {
        let iterations = Int32(UInt32(bigEndian: header[8..<12]))
        let salt = Array(header[12..<28])
        return try unsafe SecretBytes(count: AES256GCM.keyBytes) { key throws(SealingError) in
            let code = unsafe passphrase.withUnsafeBytes { passphrase in
                unsafe PKCS5_PBKDF2_HMAC(
                    passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(passphrase.count), salt,
                    Int32(salt.count), iterations, EVP_sha256(), Int32(key.count),
                    key.baseAddress?.assumingMemoryBound(to: UInt8.self))
            }
            try OpenSSL.check(code, "PBKDF2")
        }
    }
}
