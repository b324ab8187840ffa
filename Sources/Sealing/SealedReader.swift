import COpenSSL

/// Opens a stream chunk by chunk. No byte of a chunk is released before its tag was found right; that the file is
/// whole is known only when `nextChunk` has answered `nil`.
///
/// Source: `Conformance/Formats/Sealed.md`.
@safe public final class SealedReader {
    /// Fills the buffer as far as it can and says how far; 0 at the end. Called on the caller's thread.
    public typealias Input = (UnsafeMutableRawBufferPointer) throws -> Int

    private static let frameBytes = SealingLimits.chunkBytes + AES256GCM.tagBytes

    private let header: SealedHeader
    private let headerDigest: [UInt8]
    private let cipher: GCMCipher
    private let input: Input
    // Ciphertext read ahead: a frame and one byte more than a closing chunk, which shows whether data follow.
    private let ahead: UnsafeMutableRawBufferPointer
    private let plaintext: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var counter: UInt32 = 0
    private var plaintextBytes: UInt64 = 0
    private var state = State.open

    private enum State { case open, ended, closed }

    /// Reads the header and agrees on the key. Throws `wrongKind`, `wrongObject`, `wrongStudy` or `wrongRecipient`
    /// if the file is not the expected one, and what `input` throws.
    public init(context expected: SealedContext, with key: P256PrivateKey, input: @escaping Input) throws {
        let bytes = try unsafe SealedReader.readHeader(input)
        header = try SealedHeader(unauthenticated: bytes)
        guard header.context.kind == expected.kind else { throw SealingError.wrongKind }
        guard header.context.object == expected.object else { throw SealingError.wrongObject }
        guard header.context.study == expected.study else { throw SealingError.wrongStudy }
        guard header.recipientKeyID == key.publicKey.keyID else { throw SealingError.wrongRecipient }
        headerDigest = try SHA256.hash(bytes)
        let fileKey = try header.fileKey(
            from: key, with: P256PublicKey(x963: header.ephemeral), recipient: key.publicKey)
        cipher = try GCMCipher(key: fileKey, direction: .decrypt)
        unsafe self.input = unsafe input
        unsafe ahead = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SealedReader.frameBytes + AES256GCM.tagBytes + 1, alignment: SealingLimits.bufferAlignment)
        unsafe plaintext = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SealingLimits.chunkBytes, alignment: SealingLimits.bufferAlignment)
    }

    deinit {
        unsafe OPENSSL_cleanse(plaintext.baseAddress, plaintext.count)
        unsafe plaintext.deallocate()
        unsafe ahead.deallocate()
    }

    /// Lends the next chunk of plaintext, at most 1 MiB, for the time of `body`; `nil` once the file has ended and
    /// was whole. Throws `damaged` or `truncated`; afterwards what was released before must be thrown away.
    public func withNextChunk<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result? {
        if state == .ended { return nil }
        guard state == .open else { throw SealingError.closed }
        state = .closed
        try unsafe SealedReader.fill(ahead, from: &filled, input)
        guard let frame = try frameLength() else {
            try close()
            state = .ended
            return nil
        }
        guard counter < SealingLimits.chunks else { throw SealingError.tooLong }
        let length = frame - AES256GCM.tagBytes
        try cipher.begin(nonce: header.nonce(counter: counter, isClosing: false), authenticating: headerDigest)
        try unsafe cipher.update(UnsafeRawBufferPointer(rebasing: ahead[..<length]), into: plaintext)
        guard try unsafe cipher.tagHolds(UnsafeRawBufferPointer(rebasing: ahead[length..<frame])) else {
            throw SealingError.damaged(chunk: Int(counter))
        }
        counter += 1
        plaintextBytes += UInt64(length)
        unsafe ahead.copyBytes(from: ahead[frame..<filled])
        filled -= frame
        let result = try unsafe body(UnsafeRawBufferPointer(rebasing: plaintext[..<length]))
        state = .open
        return result
    }

    /// The next chunk of plaintext as an array; `nil` once the file has ended and was whole.
    public func nextChunk() throws -> [UInt8]? { try unsafe withNextChunk { unsafe Array($0) } }

    /// Bytes of the data frame at the front; `nil` if only the closing tag is left.
    private func frameLength() throws(SealingError) -> Int? {
        // More than a frame and a closing tag: the frame is a full one, and something follows.
        if filled == SealedReader.frameBytes + AES256GCM.tagBytes + 1 { return SealedReader.frameBytes }
        let body = filled - AES256GCM.tagBytes
        if body == 0 { return nil }
        guard body > AES256GCM.tagBytes else { throw .truncated }
        return body
    }

    private func close() throws(SealingError) {
        try cipher.begin(
            nonce: header.nonce(counter: counter, isClosing: true),
            authenticating: headerDigest + plaintextBytes.bigEndianBytes)
        guard try unsafe cipher.tagHolds(UnsafeRawBufferPointer(rebasing: ahead[..<AES256GCM.tagBytes])) else {
            throw .truncated
        }
    }

    private static func readHeader(_ input: Input) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: SealedHeader.byteCount)
        var filled = 0
        try unsafe bytes.withMutableBytes { buffer throws(any Error) in try unsafe fill(buffer, from: &filled, input) }
        return Array(bytes.prefix(filled))
    }

    private static func fill(
        _ buffer: UnsafeMutableRawBufferPointer, from filled: inout Int, _ input: Input
    ) throws {
        while filled < buffer.count {
            let count = try unsafe input(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { return }
            guard count > 0, count <= buffer.count - filled else { throw SealingError.closed }
            filled += count
        }
    }
}
