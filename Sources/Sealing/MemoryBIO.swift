import COpenSSL

/// OpenSSL's way to read and write PEM in memory. Wiped when it goes, since a private key may have been in it.
@safe final class MemoryBIO {
    let handle: OpaquePointer

    init() throws(SealingError) {
        unsafe handle = try OpenSSL.unwrap(BIO_new(BIO_s_secmem()), "memory BIO")
    }

    convenience init(_ bytes: [UInt8]) throws(SealingError) {
        try self.init()
        try unsafe bytes.withBytes { buffer throws(SealingError) in try unsafe write(buffer) }
    }

    convenience init(secret: SecretBytes) throws(SealingError) {
        try self.init()
        try unsafe secret.withUnsafeBytes { buffer throws(SealingError) in try unsafe write(buffer) }
    }

    deinit { unsafe BIO_free_all(handle) }

    func bytes() -> [UInt8] { unsafe withContent { unsafe Array($0) } }

    func secret() -> SecretBytes { unsafe withContent { unsafe SecretBytes(copying: $0) } }

    private func write(_ buffer: UnsafeRawBufferPointer) throws(SealingError) {
        guard buffer.count <= SealingLimits.keyFileBytes else { throw .tooLong }
        let written = unsafe BIO_write(handle, buffer.baseAddress, Int32(buffer.count))
        guard written == Int32(buffer.count) else { throw .cryptographyFailed(step: "memory BIO") }
    }

    private func withContent<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe cxr_bio_bytes(handle, &start)
        return unsafe body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}
