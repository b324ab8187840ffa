import COpenSSL

/// The hashes of a Merkle tree, without copying what is hashed. Source: RFC 6962 2.1.
extension SHA256 {
    /// Looked up once: OpenSSL 3 otherwise searches its providers at each use.
    private static let algorithm = SHA256Algorithm()

    /// The hash of a leaf with the given content. 32 bytes.
    public static func leaf(_ content: [UInt8]) throws(SealingError) -> [UInt8] {
        try hash(0, content, [])
    }

    /// The hash of a node above two others. 32 bytes.
    public static func node(_ left: [UInt8], _ right: [UInt8]) throws(SealingError) -> [UInt8] {
        try hash(1, left, right)
    }

    private static func hash(_ first: UInt8, _ left: [UInt8], _ right: [UInt8]) throws(SealingError) -> [UInt8] {
        let context = try unsafe OpenSSL.unwrap(EVP_MD_CTX_new(), "SHA-256 context")
        defer { unsafe EVP_MD_CTX_free(context) }
        var first = first
        var digest = [UInt8](repeating: 0, count: byteCount)
        var length: UInt32 = 0
        try OpenSSL.check(unsafe EVP_DigestInit_ex(context, algorithm.handle, nil), "SHA-256 start")
        try OpenSSL.check(unsafe EVP_DigestUpdate(context, &first, 1), "SHA-256 update")
        try OpenSSL.check(unsafe EVP_DigestUpdate(context, left, left.count), "SHA-256 update")
        try OpenSSL.check(unsafe EVP_DigestUpdate(context, right, right.count), "SHA-256 update")
        try OpenSSL.check(unsafe EVP_DigestFinal_ex(context, &digest, &length), "SHA-256 finish")
        return digest
    }
}

/// OpenSSL's SHA-256, for the life of the process.
@safe private final class SHA256Algorithm: @unchecked Sendable {
    // @unchecked: never changed after it is made. `nil`, which OpenSSL then refuses, if no provider has it.
    let handle: OpaquePointer?

    init() { unsafe handle = EVP_MD_fetch(nil, "SHA256", nil) }
}
