import Sealing

/// The first frame of a segment. Every byte of it follows from the segments before, so none can be changed:
///
/// ```
/// cxrgate journal v1
/// origin cxrgate/hospital-a
/// segment 3
/// key Kx0a…= (the public key that signs the next checkpoint, base 64)
/// frontier 8sUq…= (a complete subtree of the Merkle tree so far, base 64; the largest first)
/// frontier kG0c…=
///
/// (the last checkpoint of the segment before, whole; nothing in segment 0)
/// ```
struct SegmentHeader: Hashable {
    let origin: String
    let segment: Int
    /// The key in force.
    let key: VerifyingKey
    let tree: MerkleFrontier
    let checkpoint: Checkpoint?

    init(origin: String, segment: Int, key: VerifyingKey, tree: MerkleFrontier, checkpoint: Checkpoint?) {
        self.origin = origin
        self.segment = segment
        self.key = key
        self.tree = tree
        self.checkpoint = checkpoint
    }

    var bytes: [UInt8] {
        var text = "cxrgate journal v1\norigin \(origin)\nsegment \(segment)\nkey \(Base64.encode(key.bytes))\n"
        for subtree in tree.subtrees { text += "frontier \(Base64.encode(subtree))\n" }
        text += "\n\(checkpoint?.text ?? "")"
        return Array(text.utf8)
    }

    /// Reads a header on its own, without the segments before it. `nil` for anything that `bytes` would not give, and
    /// if the frontier does not have the checkpoint's root.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        guard let blank = text.firstRange(of: "\n\n") else { return nil }
        let lines = text[..<blank.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines[0] == "cxrgate journal v1", lines[1].hasPrefix("origin "),
            lines[2].hasPrefix("segment "), let segment = Int(lines[2].dropFirst(8)),
            lines[3].hasPrefix("key "), let keyBytes = Base64.decode(lines[3].dropFirst(4)),
            let key = try? VerifyingKey(keyBytes)
        else { return nil }
        var subtrees: [[UInt8]] = []
        for line in lines.dropFirst(4) {
            guard line.hasPrefix("frontier "), let hash = Base64.decode(line.dropFirst(9)) else { return nil }
            subtrees.append(hash)
        }
        let note = String(text[blank.upperBound...])
        let checkpoint = note.isEmpty ? nil : try? Checkpoint(text: note)
        guard let tree = MerkleFrontier(size: checkpoint?.size ?? 0, subtrees: subtrees) else { return nil }
        if let checkpoint {
            guard let root = try? tree.root(), root == checkpoint.root else { return nil }
        }
        self.init(
            origin: String(lines[1].dropFirst(7)), segment: segment, key: key, tree: tree, checkpoint: checkpoint)
        guard self.bytes == bytes else { return nil }
    }

    /// Whether this may be where reading begins: the key in force has signed the checkpoint, and nothing precedes the
    /// first segment.
    func mayBegin() throws(JournalError) -> Bool {
        guard let checkpoint else { return segment == 0 }
        guard segment > 0, checkpoint.next == nil || checkpoint.next == key.bytes else { return false }
        return try checkpoint.isSigned(by: key)
    }
}
