import COpenSSL
import Synchronization

/// A source of random bytes. The system's own in the product; a fixed one in tests, where the same seed must give
/// the same bytes.
public protocol RandomBytes: Sendable {
    /// Fills the buffer. Throws `randomnessUnavailable` rather than give fewer or weaker bytes.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(SealingError)
}

extension RandomBytes {
    /// `count` fresh bytes. For what is not secret: ids, nonces.
    public func bytes(_ count: Int) throws(SealingError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: SealingError?
        unsafe bytes.withUnsafeMutableBytes { buffer in
            do throws(SealingError) { try unsafe fill(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// `count` fresh bytes that are a secret.
    public func secret(_ count: Int) throws(SealingError) -> SecretBytes {
        try unsafe SecretBytes(count: count) { buffer throws(SealingError) in try unsafe fill(buffer) }
    }
}

/// OpenSSL's CSPRNG (CTR-DRBG), seeded by the operating system. Source: NIST SP 800-90A.
public struct SystemRandom: RandomBytes {
    public init() {}

    public func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(SealingError) {
        guard let start = buffer.baseAddress, buffer.count <= Int(Int32.max) else {
            if unsafe buffer.isEmpty { return }
            throw .randomnessUnavailable
        }
        let code = unsafe RAND_bytes(start.assumingMemoryBound(to: UInt8.self), Int32(buffer.count))
        guard code == 1 else {
            ERR_clear_error()
            throw .randomnessUnavailable
        }
    }
}

/// Bytes that follow from a seed: for tests, vectors and demonstrations, where the same seed must give the same file.
/// Anybody who knows the seed knows the keys: never for anything real.
public final class InsecureSeededRandom: RandomBytes {
    private let seed: [UInt8]
    private let counter = Mutex<UInt64>(0)

    public init(seed: UInt64) { self.seed = seed.bigEndianBytes }

    public func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(SealingError) {
        var filled = 0
        while filled < buffer.count {
            let number = counter.withLock { counter in
                counter += 1
                return counter
            }
            let block = try SHA256.hash(seed + number.bigEndianBytes).prefix(buffer.count - filled)
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: block)
            filled += block.count
        }
    }
}
