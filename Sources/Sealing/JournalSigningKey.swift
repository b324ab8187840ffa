import COpenSSL

/// Signs the journal's checkpoints. Held by the supervisor alone. Source: RFC 8032 (Ed25519), FIPS 186-5.
@safe public final class JournalSigningKey: @unchecked Sendable {
    // @unchecked: never changed after it is made; each signature has a context of its own.
    private let handle: OpaquePointer
    public let verifyingKey: VerifyingKey

    public static func generate(_ random: any RandomBytes = SystemRandom()) throws(SealingError) -> JournalSigningKey {
        try JournalSigningKey(seed: random.secret(32))
    }

    /// From the 32 bytes of RFC 8032 5.1.5.
    public init(seed: SecretBytes) throws(SealingError) {
        guard seed.count == 32 else { throw .keyMalformed }
        let key = unsafe seed.withUnsafeBytes { seed in
            unsafe EVP_PKEY_new_raw_private_key(
                EVP_PKEY_ED25519, nil, seed.baseAddress?.assumingMemoryBound(to: UInt8.self), seed.count)
        }
        unsafe handle = try OpenSSL.unwrap(key, "Ed25519 key")
        var bytes = [UInt8](repeating: 0, count: 32)
        var length = bytes.count
        try OpenSSL.check(unsafe EVP_PKEY_get_raw_public_key(handle, &bytes, &length), "Ed25519 public key")
        verifyingKey = try VerifyingKey(bytes)
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// The 32 bytes of RFC 8032 5.1.5.
    public func seed() throws(SealingError) -> SecretBytes {
        try unsafe SecretBytes(count: 32) { buffer throws(SealingError) in
            var length = buffer.count
            let code = unsafe EVP_PKEY_get_raw_private_key(
                handle, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
            try OpenSSL.check(code, "Ed25519 seed")
        }
    }

    /// The signature, 64 bytes. The same message gives the same signature.
    public func sign(_ message: [UInt8]) throws(SealingError) -> [UInt8] {
        let context = try unsafe OpenSSL.unwrap(EVP_MD_CTX_new(), "Ed25519 context")
        defer { unsafe EVP_MD_CTX_free(context) }
        try OpenSSL.check(unsafe EVP_DigestSignInit(context, nil, nil, nil, handle), "Ed25519 start")
        var signature = [UInt8](repeating: 0, count: 64)
        var length = signature.count
        try OpenSSL.check(
            unsafe EVP_DigestSign(context, &signature, &length, message, message.count), "Ed25519 signature")
        return signature
    }
}

extension JournalSigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "‹Ed25519 signing key›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
