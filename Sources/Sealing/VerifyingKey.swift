import COpenSSL

/// Verifies the journal's checkpoints; all that a verifier needs. Source: RFC 8032 (Ed25519).
@safe public final class VerifyingKey: @unchecked Sendable {
    // @unchecked: never changed after it is made; each verification has a context of its own.
    private let handle: OpaquePointer
    /// The public key, 32 bytes.
    public let bytes: [UInt8]

    /// From the 32 bytes of RFC 8032 5.1.5.
    public init(_ bytes: [UInt8]) throws(SealingError) {
        guard bytes.count == 32 else { throw .keyMalformed }
        unsafe handle = try OpenSSL.unwrap(
            EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count), "Ed25519 public key")
        self.bytes = bytes
    }

    /// From 64 hexadecimal digits.
    public convenience init(hexadecimal: String) throws(SealingError) {
        guard let bytes = Hexadecimal.bytes(hexadecimal, count: 32) else { throw .keyMalformed }
        try self.init(bytes)
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// 64 hexadecimal digits.
    public var hexadecimal: String { Hexadecimal.text(bytes) }

    /// Whether `signature` is that of `message` under this key.
    public func isValid(_ signature: [UInt8], for message: [UInt8]) throws(SealingError) -> Bool {
        guard signature.count == 64 else { return false }
        let context = try unsafe OpenSSL.unwrap(EVP_MD_CTX_new(), "Ed25519 context")
        defer { unsafe EVP_MD_CTX_free(context) }
        try OpenSSL.check(unsafe EVP_DigestVerifyInit(context, nil, nil, nil, handle), "Ed25519 start")
        let code = unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count)
        if code != 1 { ERR_clear_error() }
        return code == 1
    }
}

extension VerifyingKey: Hashable {
    public static func == (left: VerifyingKey, right: VerifyingKey) -> Bool { left.bytes == right.bytes }
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
