import COpenSSL

/// Seals a stream: encrypts from the caller's buffer straight into a chunk, and hands full chunks to `output`.
///
/// Nothing of the plaintext is kept. After any failure the writer is closed, and what was put out must be thrown away.
/// Source: `Conformance/Formats/Sealed.md`.
@safe public final class SealedWriter {
    /// Takes the next bytes of the file; called on the caller's thread.
    public typealias Output = (UnsafeRawBufferPointer) throws -> Void

    private let header: SealedHeader
    private let headerDigest: [UInt8]
    private let cipher: GCMCipher
    private let output: Output
    private let chunk: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var counter: UInt32 = 0
    private var plaintextBytes: UInt64 = 0
    private var isClosed = false

    /// Draws an ephemeral pair and a nonce prefix, and puts the header out. Throws `SealingError`, and what `output`
    /// throws.
    public init(
        context: SealedContext, to recipient: P256PublicKey, random: any RandomBytes = SystemRandom(),
        output: @escaping Output
    ) throws {
        let ephemeral = try P256PrivateKey.generate(random)
        header = SealedHeader(
            context: context, recipientKeyID: recipient.keyID, ephemeral: ephemeral.publicKey.x963,
            noncePrefix: try random.bytes(SealedHeader.noncePrefixBytes))
        let bytes = header.bytes
        headerDigest = try SHA256.hash(bytes)
        let key = try header.fileKey(from: ephemeral, with: recipient, recipient: recipient)
        cipher = try GCMCipher(key: key, direction: .encrypt)
        unsafe self.output = unsafe output
        unsafe chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SealingLimits.chunkBytes + AES256GCM.tagBytes, alignment: SealingLimits.bufferAlignment)
        try unsafe bytes.withBytes { buffer throws(any Error) in try unsafe output(buffer) }
    }

    // The chunk holds ciphertext only: nothing to wipe.
    deinit { unsafe chunk.deallocate() }

    /// Seals more bytes. Throws `tooLong` beyond `SealingLimits.chunks`, and what `output` throws.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard !isClosed else { throw SealingError.closed }
        // Closed until all went well: a failed writer must not be finished.
        isClosed = true
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            if filled == SealingLimits.chunkBytes { try endChunk() }
            if filled == 0 { try beginChunk() }
            let count = min(rest.count, SealingLimits.chunkBytes - filled)
            try unsafe cipher.update(
                UnsafeRawBufferPointer(rebasing: rest[..<count]),
                into: UnsafeMutableRawBufferPointer(rebasing: chunk[filled..<filled + count]))
            filled += count
            plaintextBytes += UInt64(count)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        isClosed = false
    }

    /// Seals more bytes.
    public func write(_ bytes: [UInt8]) throws {
        try unsafe bytes.withBytes { buffer throws(any Error) in try unsafe write(buffer) }
    }

    /// Ends the last chunk and puts out the closing one, without which a file is truncated.
    public func finish() throws {
        guard !isClosed else { throw SealingError.closed }
        isClosed = true
        if filled > 0 { try endChunk() }
        try cipher.begin(
            nonce: header.nonce(counter: counter, isClosing: true),
            authenticating: headerDigest + plaintextBytes.bigEndianBytes)
        try unsafe cipher.writeTag(into: chunk)
        try unsafe output(UnsafeRawBufferPointer(rebasing: chunk[..<AES256GCM.tagBytes]))
    }

    private func beginChunk() throws(SealingError) {
        guard counter < SealingLimits.chunks else { throw .tooLong }
        try cipher.begin(nonce: header.nonce(counter: counter, isClosing: false), authenticating: headerDigest)
    }

    private func endChunk() throws {
        let end = filled + AES256GCM.tagBytes
        try unsafe cipher.writeTag(into: UnsafeMutableRawBufferPointer(rebasing: chunk[filled..<end]))
        try unsafe output(UnsafeRawBufferPointer(rebasing: chunk[..<end]))
        counter += 1
        filled = 0
    }
}
