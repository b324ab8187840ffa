import COpenSSL

/// AES-256-GCM for a small message. For files use `Sealed`. Source: NIST SP 800-38D.
public enum AES256GCM {
    public static let keyBytes = 32
    public static let nonceBytes = 12
    public static let tagBytes = 16

    /// Ciphertext and, behind it, the tag. A nonce must never be used twice under one key.
    public static func seal(
        _ plaintext: [UInt8], key: SecretBytes, nonce: [UInt8], authenticating data: [UInt8] = []
    ) throws(SealingError) -> [UInt8] {
        let cipher = try GCMCipher(key: key, direction: .encrypt)
        var output = [UInt8](repeating: 0, count: plaintext.count + tagBytes)
        try cipher.begin(nonce: nonce, authenticating: data)
        try unsafe output.withMutableBytes { output throws(SealingError) in
            try unsafe plaintext.withBytes { input throws(SealingError) in
                try unsafe cipher.update(input, into: UnsafeMutableRawBufferPointer(rebasing: output[..<input.count]))
            }
            try unsafe cipher.writeTag(into: UnsafeMutableRawBufferPointer(rebasing: output[plaintext.count...]))
        }
        return output
    }

    /// The plaintext, once the tag has been found right. Throws `damaged(chunk: 0)` if it is not.
    public static func open(
        _ sealed: [UInt8], key: SecretBytes, nonce: [UInt8], authenticating data: [UInt8] = []
    ) throws(SealingError) -> [UInt8] {
        guard sealed.count >= tagBytes else { throw .truncated }
        let cipher = try GCMCipher(key: key, direction: .decrypt)
        let length = sealed.count - tagBytes
        var output = [UInt8](repeating: 0, count: length)
        try cipher.begin(nonce: nonce, authenticating: data)
        let isAuthentic = try unsafe output.withMutableBytes { output throws(SealingError) in
            try unsafe sealed.withBytes { input throws(SealingError) in
                try unsafe cipher.update(UnsafeRawBufferPointer(rebasing: input[..<length]), into: output)
                return try unsafe cipher.tagHolds(UnsafeRawBufferPointer(rebasing: input[length...]))
            }
        }
        guard isAuthentic else {
            unsafe output.withMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
            throw .damaged(chunk: 0)
        }
        return output
    }
}
