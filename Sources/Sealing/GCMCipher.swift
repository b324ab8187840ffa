import COpenSSL

/// One AES-256-GCM context: a key set once, then message after message. One owner, one thread.
///
/// Source: NIST SP 800-38D.
@safe final class GCMCipher {
    enum Direction: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    private let context: OpaquePointer

    init(key: SecretBytes, direction: Direction) throws(SealingError) {
        unsafe context = try OpenSSL.unwrap(EVP_CIPHER_CTX_new(), "AES-256-GCM context")
        guard key.count == AES256GCM.keyBytes else { throw .keyMalformed }
        let code = unsafe key.withUnsafeBytes { key in
            unsafe EVP_CipherInit_ex(
                context, EVP_aes_256_gcm(), nil, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nil,
                direction.rawValue)
        }
        try OpenSSL.check(code, "AES-256-GCM key")
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Starts a message under a nonce of 12 bytes.
    func begin(nonce: [UInt8], authenticating data: [UInt8]) throws(SealingError) {
        guard nonce.count == AES256GCM.nonceBytes else { throw .cryptographyFailed(step: "AES-256-GCM nonce") }
        try OpenSSL.check(unsafe EVP_CipherInit_ex(context, nil, nil, nil, nonce, -1), "AES-256-GCM nonce")
        try unsafe data.withBytes { data throws(SealingError) in try unsafe authenticate(data) }
    }

    /// Bytes that are authenticated and not encrypted. All of them come before the first `update`.
    func authenticate(_ data: UnsafeRawBufferPointer) throws(SealingError) {
        guard let start = data.baseAddress, unsafe !data.isEmpty else { return }
        guard data.count <= Int(Int32.max) else { throw .tooLong }
        var length: Int32 = 0
        let code = unsafe EVP_CipherUpdate(
            context, nil, &length, start.assumingMemoryBound(to: UInt8.self), Int32(data.count))
        try OpenSSL.check(code, "AES-256-GCM associated data")
    }

    /// Encrypts or decrypts `input` into as many bytes of `output`.
    func update(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(SealingError) {
        guard let source = input.baseAddress, unsafe !input.isEmpty else { return }
        guard let target = output.baseAddress, output.count >= input.count, input.count <= Int(Int32.max)
        else { throw .tooLong }
        var length: Int32 = 0
        let code = unsafe EVP_CipherUpdate(
            context, target.assumingMemoryBound(to: UInt8.self), &length,
            source.assumingMemoryBound(to: UInt8.self), Int32(input.count))
        try OpenSSL.check(code, "AES-256-GCM update")
        guard length == Int32(input.count) else { throw .cryptographyFailed(step: "AES-256-GCM length") }
    }

    /// Ends an encrypted message: writes its tag, 16 bytes.
    func writeTag(into tag: UnsafeMutableRawBufferPointer) throws(SealingError) {
        guard tag.count >= AES256GCM.tagBytes else { throw .tooLong }
        guard finish() else {
            ERR_clear_error()
            throw .cryptographyFailed(step: "AES-256-GCM finish")
        }
        let code = unsafe EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_GET_TAG, Int32(AES256GCM.tagBytes), tag.baseAddress)
        try OpenSSL.check(code, "AES-256-GCM tag")
    }

    /// Ends a decrypted message: whether its tag holds. Nothing of the message may be used before this said yes.
    func tagHolds(_ tag: UnsafeRawBufferPointer) throws(SealingError) -> Bool {
        guard tag.count == AES256GCM.tagBytes else { throw .truncated }
        let code = unsafe EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_SET_TAG, Int32(AES256GCM.tagBytes),
            UnsafeMutableRawPointer(mutating: tag.baseAddress))
        try OpenSSL.check(code, "AES-256-GCM expected tag")
        guard finish() else {
            ERR_clear_error()
            return false
        }
        return true
    }

    /// GCM leaves no bytes for the end, but OpenSSL wants a place where they could go.
    private func finish() -> Bool {
        var rest = [UInt8](repeating: 0, count: 16)
        var length: Int32 = 0
        return unsafe EVP_CipherFinal_ex(context, &rest, &length) == 1
    }
}
