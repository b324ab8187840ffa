import COpenSSL

/// The private half of a P-256 pair: who can open. Never printed; OpenSSL wipes it when the last owner lets go.
///
/// Source: FIPS 186-5, NIST SP 800-56A (ECDH, cofactor 1).
public final class P256PrivateKey: Sendable {
    private let key: EVPKey
    public let publicKey: P256PublicKey

    /// A new pair. With `SystemRandom` it is OpenSSL's own generator; with any other source the scalar is drawn
    /// from it by testing candidates (FIPS 186-5 A.2.2), so that the same seed gives the same pair.
    public static func generate(_ random: any RandomBytes = SystemRandom()) throws(SealingError) -> P256PrivateKey {
        if random is SystemRandom {
            return try P256PrivateKey(P256.generator.generate())
        }
        while true {
            let scalar = try random.secret(P256.scalarBytes)
            if try P256.isScalar(scalar) { return try P256PrivateKey(scalar: scalar) }
        }
    }

    /// From the secret number itself, 32 bytes, most significant first. Throws `keyMalformed` outside 1…n-1.
    public convenience init(scalar: SecretBytes) throws(SealingError) {
        guard scalar.count == P256.scalarBytes, try P256.isScalar(scalar) else { throw .keyMalformed }
        let point = try P256.point(scalar: scalar)
        try self.init(P256.makeKey(scalar: scalar, point: point))
    }

    /// From unencrypted PKCS#8 PEM.
    public convenience init(pem: SecretBytes) throws(SealingError) {
        try self.init(P256.readPrivateKey(pem: pem))
    }

    private init(_ key: EVPKey) throws(SealingError) {
        self.key = key
        publicKey = try P256PublicKey(known: P256.point(of: key))
    }

    /// Unencrypted PKCS#8 PEM, for a file that only its owner can read.
    public func pem() throws(SealingError) -> SecretBytes {
        let bio = try MemoryBIO()
        try OpenSSL.check(unsafe cxr_pem_write_private_key(bio.handle, key.pointer), "writing a private key")
        return bio.secret()
    }

    /// The secret number, 32 bytes, most significant first.
    public func scalar() throws(SealingError) -> SecretBytes {
        var number: OpaquePointer?
        try OpenSSL.check(unsafe EVP_PKEY_get_bn_param(key.pointer, OSSL_PKEY_PARAM_PRIV_KEY, &number), "P-256 scalar")
        let scalar = try unsafe OpenSSL.unwrap(number, "P-256 scalar")
        defer { unsafe BN_clear_free(scalar) }
        return try unsafe SecretBytes(count: P256.scalarBytes) { buffer throws(SealingError) in
            let written = unsafe BN_bn2binpad(
                scalar, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(buffer.count))
            guard written == Int32(P256.scalarBytes) else { throw .cryptographyFailed(step: "P-256 scalar") }
        }
    }

    /// ECDH: the x coordinate that both sides reach, 32 bytes. Feed it to a KDF, never use it as a key.
    public func sharedSecret(with peer: P256PublicKey) throws(SealingError) -> SecretBytes {
        let context = try unsafe OpenSSL.unwrap(EVP_PKEY_CTX_new(key.pointer, nil), "ECDH context")
        defer { unsafe EVP_PKEY_CTX_free(context) }
        try OpenSSL.check(unsafe EVP_PKEY_derive_init(context), "ECDH start")
        // Not validated again: that the point lies on the curve was checked when it was read, and the curve's order is
        // prime (SP 800-56A 5.6.2.3.4).
        try OpenSSL.check(unsafe EVP_PKEY_derive_set_peer_ex(context, peer.key().pointer, 0), "ECDH peer")
        return try unsafe SecretBytes(count: 32) { buffer throws(SealingError) in
            var length = buffer.count
            let code = unsafe EVP_PKEY_derive(
                context, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
            try OpenSSL.check(code, "ECDH")
            guard length == buffer.count else { throw .cryptographyFailed(step: "ECDH length") }
        }
    }
}

extension P256PrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "‹P-256 private key›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
