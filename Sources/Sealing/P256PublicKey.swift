import COpenSSL

/// The public half of a P-256 pair: to whom something is sealed.
///
/// Source: FIPS 186-5, SEC 1 2.3.3 (uncompressed point, 65 bytes).
@safe public final class P256PublicKey: @unchecked Sendable {
    // @unchecked: never changed after it is made, and OpenSSL guards its own caches.
    let handle: OpaquePointer
    /// `04 | x | y`, 65 bytes.
    public let x963: [UInt8]
    /// The first 8 bytes of the SHA-256 of `x963`: names a recipient in a sealed header.
    public let keyID: [UInt8]

    /// Reads an uncompressed point. Throws `keyMalformed` if it is not one, or does not lie on the curve.
    public convenience init(x963: [UInt8]) throws(SealingError) {
        guard x963.count == 65, x963[0] == 4 else { throw .keyMalformed }
        try unsafe self.init(takingOwnershipOf: P256.makeKey(scalar: nil, point: x963), x963: x963)
    }

    /// Reads SubjectPublicKeyInfo in PEM.
    public convenience init(pem: String) throws(SealingError) {
        let bio = try MemoryBIO(Array(pem.utf8))
        guard let key = unsafe PEM_read_bio_PUBKEY(bio.handle, nil, nil, nil) else {
            ERR_clear_error()
            throw .keyMalformed
        }
        let point: [UInt8]
        do throws(SealingError) {
            point = try unsafe P256.point(of: key)
        } catch {
            unsafe EVP_PKEY_free(key)
            throw error
        }
        try unsafe self.init(takingOwnershipOf: key, x963: point)
    }

    init(takingOwnershipOf key: OpaquePointer, x963: [UInt8]) throws(SealingError) {
        unsafe handle = key
        self.x963 = x963
        keyID = Array(try SHA256.hash(x963).prefix(8))
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// SubjectPublicKeyInfo in PEM.
    public func pem() throws(SealingError) -> String {
        let bio = try MemoryBIO()
        try OpenSSL.check(unsafe PEM_write_bio_PUBKEY(bio.handle, handle), "writing a public key")
        return String(decoding: bio.bytes(), as: UTF8.self)
    }
}

extension P256PublicKey: Hashable {
    public static func == (left: P256PublicKey, right: P256PublicKey) -> Bool { left.x963 == right.x963 }
    public func hash(into hasher: inout Hasher) { hasher.combine(x963) }
}

extension P256PublicKey: Codable {
    /// As 130 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Hexadecimal.text(x963))
    }

    public convenience init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let bytes = Hexadecimal.bytes(text, count: 65) else { throw SealingError.keyMalformed }
        try self.init(x963: bytes)
    }
}
