import COpenSSL

/// HKDF with SHA-256, extract and expand. Source: RFC 5869, NIST SP 800-56C.
public enum HKDFSHA256 {
    /// `count` bytes derived from `secret`, bound to `salt` and `info`.
    public static func derive(
        _ secret: SecretBytes, salt: [UInt8], info: [UInt8], count: Int = 32
    ) throws(SealingError) -> SecretBytes {
        let context = unsafe try OpenSSL.unwrap(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil), "HKDF context")
        defer { unsafe EVP_PKEY_CTX_free(context) }
        try OpenSSL.check(unsafe EVP_PKEY_derive_init(context), "HKDF start")
        try OpenSSL.check(unsafe EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()), "HKDF digest")
        try OpenSSL.check(unsafe EVP_PKEY_CTX_set1_hkdf_salt(context, salt, Int32(salt.count)), "HKDF salt")
        let code = unsafe secret.withUnsafeBytes { secret in
            unsafe EVP_PKEY_CTX_set1_hkdf_key(
                context, secret.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(secret.count))
        }
        try OpenSSL.check(code, "HKDF key")
        try OpenSSL.check(unsafe EVP_PKEY_CTX_add1_hkdf_info(context, info, Int32(info.count)), "HKDF info")
        return try unsafe SecretBytes(count: count) { buffer throws(SealingError) in
            var length = buffer.count
            let code = unsafe EVP_PKEY_derive(
                context, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
            try OpenSSL.check(code, "HKDF derive")
            guard length == buffer.count else { throw .cryptographyFailed(step: "HKDF length") }
        }
    }
}
