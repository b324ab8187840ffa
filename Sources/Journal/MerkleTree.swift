import Sealing

/// The Merkle tree hash of RFC 6962 2.1, grown leaf by leaf; keeps one hash for each complete subtree, at most 64.
public struct MerkleFrontier: Sendable, Hashable {
    /// Leaves so far.
    public private(set) var size: UInt64 = 0
    /// The roots of the complete subtrees, the largest first; as many as `size` has bits set.
    public private(set) var subtrees: [[UInt8]] = []

    public init() {}

    /// Takes up where another left off. `nil` if the number of subtrees does not fit the size.
    init?(size: UInt64, subtrees: [[UInt8]]) {
        guard subtrees.count == size.nonzeroBitCount, subtrees.allSatisfy({ $0.count == SHA256.byteCount }) else {
            return nil
        }
        self.size = size
        self.subtrees = subtrees
    }

    /// Adds a leaf with the given content.
    public mutating func append(_ content: [UInt8]) throws(SealingError) {
        var hash = try SHA256.leaf(content)
        // Every set bit at the end of the size is a complete subtree that the new leaf completes to a larger one.
        var carry = size
        while carry & 1 == 1, let left = subtrees.popLast() {
            hash = try SHA256.node(left, hash)
            carry >>= 1
        }
        subtrees.append(hash)
        size += 1
    }

    /// The tree hash: 32 bytes; of no leaves, the hash of nothing.
    public func root() throws(SealingError) -> [UInt8] {
        guard var hash = subtrees.last else { return try SHA256.hash([]) }
        for left in subtrees.dropLast().reversed() { hash = try SHA256.node(left, hash) }
        return hash
    }
}
