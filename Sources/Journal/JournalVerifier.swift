import Durability
import Sealing

/// What a journal was found to be.
public struct JournalVerification: Sendable, Hashable {
    public var origin: String
    public var entries: UInt64
    public var checkpoints: Int
    public var segments: Int
    /// The Merkle root of all entries, 32 bytes.
    public var root: [UInt8]
    /// `nil` if the journal has no entries yet.
    public var lastCheckpoint: Checkpoint?
    /// Exported checkpoints that the journal was compared with.
    public var compared: Int
    /// Bytes behind the last checkpoint; above 0 only while a gateway is at work (`isLive`).
    public var unsignedTailBytes: Int
}

/// Verifies a journal with the public key alone, offline, with bounded memory.
///
/// Finds every flip, deletion, reorder, duplicate and foreign tail. That entries were taken from the very end,
/// together with their checkpoints, can be found only with a checkpoint that was kept elsewhere.
public enum JournalVerifier {
    /// Throws `damaged` with segment, entry, byte offset and kind of the first damage.
    ///
    /// - Parameters:
    ///   - exported: checkpoints that were kept elsewhere; each must be a state through which the journal has gone.
    ///   - isLive: a gateway may be appending: unsigned bytes at the very end are reported instead of thrown.
    public static func verify(
        directory: String, key: VerifyingKey, against exported: [Checkpoint] = [], isLive: Bool = false,
        disk: any Disk = RealDisk()
    ) throws(JournalError) -> JournalVerification {
        for checkpoint in exported where try !checkpoint.isSigned(by: key) { throw .checkpointNotSigned }
        let segments = try SegmentFile.list(directory, disk)
        guard segments > 0 else {
            throw .damaged(JournalDamage(.missingSegment, segment: 0, index: 0, offset: 0))
        }
        func pass(_ checksEverySignature: Bool) throws(JournalError) -> JournalVerification {
            var pass = VerificationPass(
                directory: directory, disk: disk, key: key, exported: exported.sorted { $0.size < $1.size },
                isLive: isLive, checksEverySignature: checksEverySignature)
            return try pass.run(segments)
        }
        // Each checkpoint binds the whole text of the one before, so the last signature vouches for all. If something
        // is wrong, a second pass that checks every signature finds the first place where it is.
        do throws(JournalError) {
            return try pass(false)
        } catch {
            guard case .damaged = error else { throw error }
            _ = try pass(true)
            throw error
        }
    }
}

private struct VerificationPass {
    let directory: String
    let disk: any Disk
    let key: VerifyingKey
    let exported: [Checkpoint]
    let isLive: Bool
    let checksEverySignature: Bool

    var state = JournalState(origin: "")
    var compared = 0
    var checkpoints = 0
    var goodBytes = 0
    var tailBytes = 0

    mutating func run(_ segments: Int) throws(JournalError) -> JournalVerification {
        for segment in 0..<segments {
            try verify(segment, isLast: segment == segments - 1)
        }
        let last = segments - 1
        try checkLastSignature(last)
        guard compared == exported.count else { throw damage(.truncated, last, goodBytes) }
        let emptyRoot = try JournalState(origin: "").currentRoot()
        return JournalVerification(
            origin: state.origin, entries: state.checkpoint?.size ?? 0, checkpoints: checkpoints, segments: segments,
            root: state.checkpoint?.root ?? emptyRoot, lastCheckpoint: state.checkpoint,
            compared: compared, unsignedTailBytes: tailBytes)
    }

    private func checkLastSignature(_ segment: Int) throws(JournalError) {
        guard let checkpoint = state.checkpoint else { return }
        guard try checkpoint.isSigned(by: key) else { throw damage(.signature, segment, goodBytes) }
    }

    private mutating func verify(_ segment: Int, isLast: Bool) throws(JournalError) {
        let path = "\(directory)/\(SegmentFile.name(segment))"
        var scanner = try SegmentScanner(path, disk)
        let fileBytes = scanner.remaining
        guard case .frame(let frame) = try scanner.next(), frame.type == .header else {
            throw damage(.header, segment, 0)
        }
        try begin(frame.payload, segment)
        goodBytes = frame.end
        while true {
            switch try scanner.next() {
            case .end:
                guard state.hasUnsigned else { return }
                guard isLast, isLive else { throw damage(.unsignedTail, segment, goodBytes) }
                tailBytes = fileBytes - goodBytes
                return
            case .broken(let offset):
                guard isLast, isLive, try !isSignedBehind(path) else { throw damage(.frame, segment, offset) }
                tailBytes = fileBytes - goodBytes
                return
            case .frame(let frame):
                try take(frame, segment)
            }
        }
    }

    /// The header must be the one that follows from everything before.
    private mutating func begin(_ payload: [UInt8], _ segment: Int) throws(JournalError) {
        if segment == 0 {
            guard let header = SegmentHeader(payload), Checkpoint.isOrigin(header.origin) else {
                throw damage(.header, 0, 0)
            }
            guard exported.allSatisfy({ $0.origin == header.origin }) else { throw damage(.fork, 0, 0) }
            state = JournalState(origin: header.origin)
        }
        state.segment = segment
        guard state.header.bytes == payload else { throw damage(.header, segment, SegmentFile.magic.count) }
        try compare(segment, SegmentFile.magic.count)
    }

    private mutating func take(_ frame: SegmentScanner.Frame, _ segment: Int) throws(JournalError) {
        switch frame.type {
        case .header: throw damage(.frame, segment, frame.start)
        case .entry:
            if case .failure(let fault) = try state.apply(entry: frame.payload) {
                throw damage(fault.kind, segment, frame.start)
            }
            try compare(segment, frame.start)
        case .checkpoint:
            let key = checksEverySignature ? key : nil
            if let fault = try state.apply(checkpoint: frame.payload, key: key) {
                throw damage(fault.kind, segment, frame.start)
            }
            checkpoints += 1
            goodBytes = frame.end
        }
    }

    private mutating func compare(_ segment: Int, _ offset: Int) throws(JournalError) {
        while compared < exported.count, exported[compared].size == state.tree.size {
            guard try exported[compared].root == state.currentRoot() else { throw damage(.fork, segment, offset) }
            compared += 1
        }
    }

    private func isSignedBehind(_ path: String) throws(JournalError) -> Bool {
        let size = state.checkpoint?.size ?? 0
        return try JournalTail.find(
            in: path, from: goodBytes, origin: state.origin, size: size, key: key, disk) != nil
    }

    private func damage(_ kind: JournalDamage.Kind, _ segment: Int, _ offset: Int) -> JournalError {
        .damaged(JournalDamage(kind, segment: segment, index: state.tree.size, offset: offset))
    }
}
