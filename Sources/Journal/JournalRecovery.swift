import Durability
import Sealing

/// What was cut off when a journal was opened: entries that were written but never acknowledged. They are still in the
/// outbox, and come again.
public struct JournalRecovery: Sendable, Hashable {
    /// Bytes that were cut.
    public let bytes: Int
    /// Whole entries among them.
    public let entries: Int
    /// The index that the next entry gets.
    public let nextIndex: UInt64
}

/// The state at the end of the last segment, and how much of the file it covers.
struct RecoveredJournal {
    let state: JournalState
    let goodBytes: Int
    let fileBytes: Int
    let cutEntries: Int

    /// Goes through the segment with the given number, the last. Throws `damaged` rather than cut what was acknowledged:
    ///
    /// - a torn write shows as a frame, entry or checkpoint that cannot be read; anything else is damage;
    /// - a signed checkpoint behind it means that the write was whole once, and acknowledged unless it was the last
    ///   write of all, and the next after the last good checkpoint;
    /// - `acknowledged`, the last checkpoint that the database knows, must still be there.
    static func recover(
        _ directory: String, last segment: Int, origin: String, key: VerifyingKey, acknowledged: Checkpoint?,
        _ disk: any Disk
    ) throws(JournalError) -> RecoveredJournal {
        // Each checkpoint binds the one before: the last signature vouches for all. Whenever anything is not as it
        // should be, every signature is looked at before anything is decided.
        func pass(_ checksSignatures: Bool) throws(JournalError) -> RecoveredJournal? {
            try scan(
                directory, segment: segment, origin: origin, key: key, checksSignatures: checksSignatures,
                acknowledged: acknowledged, disk)
        }
        if let recovered = try pass(false), try recovered.isSigned() { return recovered }
        // The second pass judges every fault itself; that it gives nothing would be our bug.
        guard let recovered = try pass(true) else { throw .poisoned }
        return recovered
    }

    private func isSigned() throws(JournalError) -> Bool {
        guard let checkpoint = state.checkpoint else { return true }
        return try checkpoint.isSigned(by: state.key)
    }

    /// One pass. Unless `checksSignatures` it answers `nil` at the first fault; otherwise it judges the fault.
    private static func scan(
        _ directory: String, segment: Int, origin: String, key: VerifyingKey, checksSignatures: Bool,
        acknowledged: Checkpoint?, _ disk: any Disk
    ) throws(JournalError) -> RecoveredJournal? {
        let path = "\(directory)/\(SegmentFile.name(segment))"
        var scanner = try SegmentScanner(path, disk)
        let fileBytes = scanner.remaining
        var state = try start(&scanner, segment: segment, origin: origin)
        var good = state
        var goodBytes = fileBytes - scanner.remaining
        var cutEntries = 0
        try compare(state, acknowledged, segment, goodBytes)
        scan: while true {
            let fault: (kind: JournalDamage.Kind, offset: Int)?
            switch try scanner.next() {
            case .end: break scan
            case .broken(let offset): fault = (.frame, offset)
            case .frame(let frame):
                fault = try apply(frame, to: &state, checksSignatures: checksSignatures).map { ($0.kind, frame.start) }
                if fault == nil {
                    try compare(state, acknowledged, segment, frame.start)
                    cutEntries += 1
                }
                if fault == nil, frame.type == .checkpoint {
                    good = state
                    goodBytes = frame.end
                    cutEntries = 0
                }
            }
            guard let fault else { continue }
            guard checksSignatures else { return nil }
            let damage = JournalDamage(fault.kind, segment: segment, index: state.tree.size, offset: fault.offset)
            guard [.frame, .entry, .checkpoint].contains(fault.kind) else { throw .damaged(damage) }
            let tail = try JournalTail.find(
                in: path, from: goodBytes, origin: origin, size: good.tree.size, keys: [good.key, key], disk)
            if let tail, try tail.isAcknowledged(after: good, acknowledged) { throw .damaged(damage) }
            break
        }
        if let acknowledged, acknowledged.size > good.tree.size {
            throw .damaged(JournalDamage(.truncated, segment: segment, index: good.tree.size, offset: goodBytes))
        }
        return RecoveredJournal(state: good, goodBytes: goodBytes, fileBytes: fileBytes, cutEntries: cutEntries)
    }

    private static func start(
        _ scanner: inout SegmentScanner, segment: Int, origin: String
    ) throws(JournalError) -> JournalState {
        let damage = JournalError.damaged(JournalDamage(.header, segment: segment, index: 0, offset: 0))
        guard case .frame(let frame) = try scanner.next(), frame.type == .header,
            let header = SegmentHeader(frame.payload), header.segment == segment, header.origin == origin,
            try header.mayBegin()
        else { throw damage }
        return JournalState(header)
    }

    private static func apply(
        _ frame: SegmentScanner.Frame, to state: inout JournalState, checksSignatures: Bool
    ) throws(JournalError) -> JournalState.Fault? {
        switch frame.type {
        case .header: return JournalState.Fault(.header)
        case .checkpoint: return try state.apply(checkpoint: frame.payload, checksSignature: checksSignatures)
        case .entry:
            if case .failure(let fault) = try state.apply(entry: frame.payload) { return fault }
            return nil
        }
    }

    /// Where the journal is as long as a known checkpoint, it must have its root.
    private static func compare(
        _ state: JournalState, _ known: Checkpoint?, _ segment: Int, _ offset: Int
    ) throws(JournalError) {
        guard let known, known.size == state.tree.size else { return }
        guard try state.currentRoot() == known.root else {
            throw .damaged(JournalDamage(.fork, segment: segment, index: known.size, offset: offset))
        }
    }
}
