import COpenSSL
import Glibc
import Synchronization

/// The curve: what lies between bytes and OpenSSL's keys. Source: FIPS 186-5, SEC 1.
enum P256 {
    static let scalarBytes = 32
    static let pointBytes = 65
    static let generator = P256Generator()

    /// An EVP key from a point and, for a pair, its scalar. OpenSSL checks that the point lies on the curve.
    static func makeKey(scalar: SecretBytes?, point: [UInt8]) throws(SealingError) -> EVPKey {
        let number = try unsafe scalar.map { scalar throws(SealingError) in try unsafe self.number(scalar) }
        defer { unsafe BN_clear_free(number) }
        guard let key = unsafe cxr_p256_key(point, point.count, number) else {
            ERR_clear_error()
            throw .keyMalformed
        }
        return unsafe EVPKey(takingOwnershipOf: key)
    }

    /// The public point of a scalar, uncompressed, 65 bytes.
    static func point(scalar: SecretBytes) throws(SealingError) -> [UInt8] {
        let group = try unsafe OpenSSL.unwrap(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), "P-256")
        defer { unsafe EC_GROUP_free(group) }
        let number = try unsafe self.number(scalar)
        defer { unsafe BN_clear_free(number) }
        let point = try unsafe OpenSSL.unwrap(EC_POINT_new(group), "P-256 point")
        defer { unsafe EC_POINT_free(point) }
        try OpenSSL.check(unsafe EC_POINT_mul(group, point, number, nil, nil, nil), "P-256 multiplication")
        var bytes = [UInt8](repeating: 0, count: pointBytes)
        let written = unsafe EC_POINT_point2oct(
            group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, nil)
        guard written == pointBytes else { throw .cryptographyFailed(step: "P-256 point") }
        return bytes
    }

    /// The public point of an EVP key, uncompressed. Throws `keyMalformed` if it is not a P-256 key.
    static func point(of key: EVPKey) throws(SealingError) -> [UInt8] {
        var name = [CChar](repeating: 0, count: 32)
        guard unsafe EVP_PKEY_get_group_name(key.pointer, &name, name.count, nil) == 1,
            unsafe strcmp(name, SN_X9_62_prime256v1) == 0
        else {
            ERR_clear_error()
            throw .keyMalformed
        }
        var bytes = [UInt8](repeating: 0, count: 2 * pointBytes)
        var length = 0
        let code = unsafe EVP_PKEY_get_octet_string_param(
            key.pointer, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, &bytes, bytes.count, &length)
        try OpenSSL.check(code, "P-256 point")
        guard length == pointBytes, bytes[0] == 4 else { throw .keyMalformed }
        return Array(bytes.prefix(length))
    }

    /// Whether the number lies in 1…n-1.
    static func isScalar(_ scalar: SecretBytes) throws(SealingError) -> Bool {
        let group = try unsafe OpenSSL.unwrap(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), "P-256")
        defer { unsafe EC_GROUP_free(group) }
        let number = try unsafe self.number(scalar)
        defer { unsafe BN_clear_free(number) }
        return unsafe BN_is_zero(number) == 0 && BN_cmp(number, EC_GROUP_get0_order(group)) < 0
    }

    /// Reads PKCS#8 and checks that both halves belong together.
    static func readPrivateKey(pem: SecretBytes) throws(SealingError) -> EVPKey {
        let bio = try MemoryBIO(secret: pem)
        guard let read = unsafe cxr_pem_read_private_key(bio.handle) else {
            ERR_clear_error()
            throw .keyMalformed
        }
        let key = unsafe EVPKey(takingOwnershipOf: read)
        let context = try unsafe OpenSSL.unwrap(EVP_PKEY_CTX_new(key.pointer, nil), "key context")
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_check(context) == 1 else {
            ERR_clear_error()
            throw .keyMalformed
        }
        return key
    }

    private static func number(_ scalar: SecretBytes) throws(SealingError) -> OpaquePointer {
        let number = try unsafe OpenSSL.unwrap(BN_secure_new(), "number")
        unsafe BN_set_flags(number, BN_FLG_CONSTTIME)
        let result = unsafe scalar.withUnsafeBytes { bytes in
            unsafe BN_bin2bn(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(bytes.count), number)
        }
        guard unsafe result != nil else {
            unsafe BN_clear_free(number)
            throw .cryptographyFailed(step: "number")
        }
        return unsafe number
    }
}

/// OpenSSL's generator of pairs, kept between calls.
final class P256Generator: Sendable {
    /// One context makes one pair at a time. It lives as long as the process.
    @safe private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let context = Mutex<Context?>(nil)

    /// A fresh pair.
    func generate() throws(SealingError) -> EVPKey {
        try context.withLock { context throws(SealingError) in
            let kept: Context
            if let context {
                kept = context
            } else {
                kept = try unsafe Context(pointer: OpenSSL.unwrap(cxr_p256_generator(), "P-256 generator"))
                context = kept
            }
            var key: OpaquePointer?
            try OpenSSL.check(unsafe EVP_PKEY_generate(kept.pointer, &key), "P-256 generation")
            return try unsafe EVPKey(takingOwnershipOf: OpenSSL.unwrap(key, "P-256 generation"))
        }
    }
}
