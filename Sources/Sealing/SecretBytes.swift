import COpenSSL

/// Bytes that are a secret: never printed, compared in constant time, overwritten when the last owner lets go.
@safe public final class SecretBytes: Sendable {
    // Written only while it is made; read by any thread afterwards.
    nonisolated(unsafe) private let storage: UnsafeMutableRawBufferPointer

    /// `fill` writes all `count` bytes; if it throws they are wiped.
    public init(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(SealingError) -> Void
    ) throws(SealingError) {
        unsafe storage = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        try unsafe fill(storage)
    }

    /// Takes a copy; the caller's own copy is the caller's to wipe.
    public init(copying bytes: some Collection<UInt8>) {
        unsafe storage = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        unsafe storage.copyBytes(from: bytes)
    }

    deinit {
        unsafe OPENSSL_cleanse(storage.baseAddress, storage.count)
        unsafe storage.deallocate()
    }

    public var count: Int { unsafe storage.count }

    /// Lends the bytes for the time of `body`. The name is meant to look dangerous.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(storage))
    }

    /// A plain copy, for a file or a descriptor of ours. It is not wiped: keep it for as short as can be.
    public func exposedCopy() -> [UInt8] { unsafe Array(storage) }
}

extension SecretBytes: Hashable {
    public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left.storage.baseAddress, right.storage.baseAddress, left.count) == 0
    }

    /// By length alone: a hash of the content would tell something about it.
    public func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "‹secret›" }
    public var debugDescription: String { "‹secret›" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
