/// Every quantity limit of this module, with its reason.
public enum SealingLimits {
    /// Plaintext bytes of a chunk. 1 MiB: larger writes made the page cache allocate huge folios and took ten times
    /// as long; smaller ones spend more on tags and calls.
    public static let chunkBytes = 1 << 20
    /// How buffers for chunks are aligned: as `malloc` does. glibc does not give what was aligned more strictly, and
    /// freed, to the next who asks for it; each image then touches new memory, hundreds of megabytes in the end.
    public static let bufferAlignment = 16
    /// Chunks of a sealed file: 64 GiB in all. Far below the 2³² that the nonce can count, and below the bytes
    /// that one AES-GCM key may protect (2³² invocations, NIST SP 800-38D 8.3).
    public static let chunks = 1 << 16
    /// Bytes of a key file. Every file of ours is below 1 KiB; a larger one is not ours.
    public static let keyFileBytes = 64 << 10
    /// Epochs of the pseudonym key. A rotation each year for a working life.
    public static let pseudonymEpochs = 64
    /// Characters of an escrow's passphrase, at least: six random words, or as hard to guess.
    public static let passphraseCharacters = 16
    /// Bytes of an escrow file: every key file at its largest would not reach it.
    public static let escrowBytes = 4 << 20
}
