import COpenSSL

/// HMAC-SHA-256. Source: FIPS 198-1.
public enum HMACSHA256 {
    /// The tag under `key`. 32 bytes.
    public static func tag(_ bytes: [UInt8], key: SecretBytes) throws(SealingError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: SHA256.byteCount)
        var length: UInt32 = 0
        let result = unsafe key.withUnsafeBytes { key in
            unsafe HMAC(EVP_sha256(), key.baseAddress, Int32(key.count), bytes, bytes.count, &tag, &length)
        }
        guard unsafe result != nil, length == UInt32(tag.count) else {
            ERR_clear_error()
            throw .cryptographyFailed(step: "HMAC")
        }
        return tag
    }

    /// Whether `tag` is that of `bytes`; compared in constant time.
    public static func isValid(_ tag: [UInt8], for bytes: [UInt8], key: SecretBytes) throws(SealingError) -> Bool {
        let expected = try self.tag(bytes, key: key)
        guard expected.count == tag.count else { return false }
        return unsafe CRYPTO_memcmp(expected, tag, expected.count) == 0
    }
}
