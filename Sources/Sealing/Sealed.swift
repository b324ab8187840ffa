/// Seals and opens what fits into memory. For pixels there are `SealedWriter` and `SealedReader`.
///
/// ECDH over P-256 with an ephemeral pair, HKDF-SHA-256, AES-256-GCM in chunks of 1 MiB; object, kind and study are
/// bound to every chunk. Source: `Conformance/Formats/Sealed.md`.
public enum Sealed {
    /// The sealed bytes. The same `random` gives the same bytes.
    public static func seal(
        _ plaintext: [UInt8], context: SealedContext, to recipient: P256PublicKey,
        random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> [UInt8] {
        var sealed: [UInt8] = []
        sealed.reserveCapacity(sealedByteCount(plaintext.count))
        try SealingError.narrowing {
            let writer = try unsafe SealedWriter(context: context, to: recipient, random: random) {
                unsafe sealed.append(contentsOf: $0)
            }
            try writer.write(plaintext)
            try writer.finish()
        }
        return sealed
    }

    /// The plaintext, if every tag holds and the file is what `expected` says. Throws before it gives any byte.
    public static func open(
        _ sealed: [UInt8], context expected: SealedContext, with key: P256PrivateKey
    ) throws(SealingError) -> [UInt8] {
        var position = 0
        var plaintext: [UInt8] = []
        plaintext.reserveCapacity(sealed.count)
        try SealingError.narrowing {
            let reader = try unsafe SealedReader(context: expected, with: key) { buffer in
                let count = min(buffer.count, sealed.count - position)
                unsafe buffer.copyBytes(from: sealed[position..<position + count])
                position += count
                return count
            }
            while try unsafe reader.withNextChunk({ unsafe plaintext.append(contentsOf: $0) }) != nil {}
        }
        return plaintext
    }

    /// Bytes of the sealed file that `count` bytes of plaintext give.
    public static func sealedByteCount(_ count: Int) -> Int {
        let chunks = (count + SealingLimits.chunkBytes - 1) / SealingLimits.chunkBytes
        return SealedHeader.byteCount + count + (chunks + 1) * AES256GCM.tagBytes
    }
}

extension SealingError {
    /// Runs what throws only errors of this module, through an interface that may throw any.
    static func narrowing<Result>(_ body: () throws -> Result) throws(SealingError) -> Result {
        do {
            return try body()
        } catch let error as SealingError {
            throw error
        } catch {
            throw .closed
        }
    }
}
