import Sealing

/// The journal, frame by frame: what has been, and whether the next frame may follow it. Writer, verifier and recovery
/// all go through here.
struct JournalState {
    let origin: String
    var segment = 0
    /// All entries so far, also those that no checkpoint covers yet.
    var tree = MerkleFrontier()
    /// The highest sequence so far.
    var lastSequence: UInt64 = 0
    var checkpoint: Checkpoint?
    /// The key in force: it signs the next checkpoint.
    var key: VerifyingKey

    init(origin: String, key: VerifyingKey) {
        self.origin = origin
        self.key = key
    }

    /// Takes up at the beginning of a segment, believing its header; the caller checks the signature.
    init(_ header: SegmentHeader) {
        origin = header.origin
        segment = header.segment
        tree = header.tree
        lastSequence = header.checkpoint?.sequence ?? 0
        checkpoint = header.checkpoint
        key = header.key
    }

    /// The only header that the current segment may have.
    var header: SegmentHeader {
        SegmentHeader(origin: origin, segment: segment, key: key, tree: tree, checkpoint: checkpoint)
    }

    /// Entries behind the last checkpoint.
    var hasUnsigned: Bool { tree.size != checkpoint?.size ?? 0 }

    /// Takes an entry, or says what is wrong with it.
    mutating func apply(entry payload: [UInt8]) throws(JournalError) -> Result<EntryScan, Fault> {
        guard let entry = EntryScan(payload) else { return .failure(Fault(.entry)) }
        guard entry.index == tree.size else { return .failure(Fault(.order)) }
        guard entry.sequence == 0 || entry.sequence > lastSequence else { return .failure(Fault(.sequence)) }
        try add(payload, sequence: entry.sequence)
        return .success(entry)
    }

    mutating func add(_ payload: [UInt8], sequence: UInt64) throws(JournalError) {
        do throws(SealingError) { try tree.append(payload) } catch { throw .sealing(error) }
        if sequence > 0 { lastSequence = sequence }
    }

    /// Takes a checkpoint, or says what is wrong with it. Unless `checksSignature`, only the signatures of those that
    /// introduce a key are looked at.
    mutating func apply(checkpoint payload: [UInt8], checksSignature: Bool) throws(JournalError) -> Fault? {
        guard let text = String(validating: payload, as: UTF8.self), let next = try? Checkpoint(text: text),
            next.origin == origin, Array(next.text.utf8) == payload
        else { return Fault(.checkpoint) }
        if checksSignature || next.next != nil {
            guard try next.isWhole(under: key) else { return Fault(.signature) }
        }
        guard next.size == tree.size, hasUnsigned, next.sequence == lastSequence else { return Fault(.size) }
        guard try next.root == currentRoot() else { return Fault(.root) }
        guard try next.previous == previousDigest() else { return Fault(.previous) }
        checkpoint = next
        key = try next.introducedKey() ?? key
        return nil
    }

    /// Signs what has been added since the last checkpoint.
    /// With `introduced` that key signs too, and is in force from then on.
    mutating func sign(
        _ key: JournalSigningKey, introducing introduced: JournalSigningKey? = nil
    ) throws(JournalError) -> Checkpoint {
        let root = try currentRoot()
        let previous = try previousDigest()
        let next = try JournalError.of { () throws(SealingError) in
            try Checkpoint(
                origin: origin, size: tree.size, root: root, previous: previous, sequence: lastSequence, key: key,
                next: introduced)
        }
        checkpoint = next
        self.key = introduced?.verifyingKey ?? self.key
        return next
    }

    func currentRoot() throws(JournalError) -> [UInt8] {
        try JournalError.of { () throws(SealingError) in try tree.root() }
    }

    /// What the next checkpoint binds: the digest of the last one, or zeros.
    func previousDigest() throws(JournalError) -> [UInt8] {
        guard let checkpoint else { return [UInt8](repeating: 0, count: SHA256.byteCount) }
        return try checkpoint.digest()
    }

    /// Why a frame may not follow.
    struct Fault: Error {
        let kind: JournalDamage.Kind
        init(_ kind: JournalDamage.Kind) { self.kind = kind }
    }
}
