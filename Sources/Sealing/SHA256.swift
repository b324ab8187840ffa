import COpenSSL

/// SHA-256 of bytes at hand. Source: FIPS 180-4.
public enum SHA256 {
    /// Bytes of a digest.
    public static let byteCount = 32

    /// The digest. 32 bytes.
    public static func hash(_ bytes: [UInt8]) throws(SealingError) -> [UInt8] {
        try unsafe bytes.withBytes { buffer throws(SealingError) in try unsafe hash(buffer) }
    }

    /// The digest. 32 bytes.
    public static func hash(_ bytes: UnsafeRawBufferPointer) throws(SealingError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        var length: UInt32 = 0
        let code = unsafe EVP_Digest(bytes.baseAddress, bytes.count, &digest, &length, EVP_sha256(), nil)
        try OpenSSL.check(code, "SHA-256")
        return digest
    }
}

/// SHA-256 of bytes that come in pieces. One owner, one thread.
@safe public final class SHA256Stream {
    private let context: OpaquePointer

    public init() throws(SealingError) {
        unsafe context = try OpenSSL.unwrap(EVP_MD_CTX_new(), "SHA-256 context")
        try OpenSSL.check(unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil), "SHA-256 start")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    public func update(_ bytes: UnsafeRawBufferPointer) throws(SealingError) {
        try OpenSSL.check(unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count), "SHA-256 update")
    }

    public func update(_ bytes: [UInt8]) throws(SealingError) {
        try unsafe bytes.withBytes { buffer throws(SealingError) in try unsafe update(buffer) }
    }

    /// The digest, 32 bytes. Call it once.
    public func finish() throws(SealingError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: SHA256.byteCount)
        var length: UInt32 = 0
        try OpenSSL.check(unsafe EVP_DigestFinal_ex(context, &digest, &length), "SHA-256 finish")
        return digest
    }
}
