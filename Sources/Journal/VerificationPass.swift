import Durability
import Sealing

/// One reading of a journal from its first segment to its last, as ``JournalVerifier`` needs it.
struct VerificationPass {
    private let directory: String
    private let disk: any Disk
    private let trusted: VerifyingKey
    private let exported: [Checkpoint]
    private let isLive: Bool
    private let checksEverySignature: Bool

    private var state: JournalState
    private var verification: JournalVerification
    /// Every key that has been in force.
    private var keys: [VerifyingKey]
    /// Whether the trusted key has signed, and where the first signature stands.
    private var isTrusted = false
    private var firstSignature: JournalDamage?
    /// Segments below this have been retired by a signed entry.
    private var retiredBelow = 0
    private var compared = 0
    private var goodBytes = 0

    static func run(
        _ segments: Range<Int>, _ directory: String, _ trusted: VerifyingKey, against exported: [Checkpoint],
        isLive: Bool, checksEverySignature: Bool, _ disk: any Disk
    ) throws(JournalError) -> JournalVerification {
        let header = try Self.header(directory, segments.lowerBound, disk)
        var pass = try VerificationPass(
            header, segments, directory, trusted, exported.sorted { $0.size < $1.size }, isLive,
            checksEverySignature, disk)
        for segment in segments {
            try pass.verify(
                segment, isFirst: segment == segments.lowerBound, isLast: segment == segments.upperBound - 1)
        }
        return try pass.finish(segments)
    }

    /// Where reading begins: nothing before it says what this header must be.
    private static func header(
        _ directory: String, _ segment: Int, _ disk: any Disk
    ) throws(JournalError) -> SegmentHeader {
        var scanner = try SegmentScanner("\(directory)/\(SegmentFile.name(segment))", disk)
        guard case .frame(let frame) = try scanner.next(), frame.type == .header,
            let header = SegmentHeader(frame.payload), header.segment == segment, Checkpoint.isOrigin(header.origin),
            try header.mayBegin()
        else { throw .damaged(JournalDamage(.header, segment: segment, index: 0, offset: 0)) }
        return header
    }

    private init(
        _ header: SegmentHeader, _ segments: Range<Int>, _ directory: String, _ trusted: VerifyingKey,
        _ exported: [Checkpoint], _ isLive: Bool, _ checksEverySignature: Bool, _ disk: any Disk
    ) throws(JournalError) {
        self.directory = directory
        self.disk = disk
        self.trusted = trusted
        self.exported = exported
        self.isLive = isLive
        self.checksEverySignature = checksEverySignature
        state = JournalState(header)
        keys = [header.key]
        verification = JournalVerification(
            origin: header.origin, entries: 0, firstIndex: header.tree.size, checkpoints: 0, segments: segments,
            root: try state.currentRoot(), lastCheckpoint: header.checkpoint, keyInForce: header.key,
            keysIntroduced: 0, compared: 0, beforeStart: 0, unsignedTailBytes: 0)
        guard exported.allSatisfy({ $0.origin == header.origin }) else {
            throw damage(.fork, segments.lowerBound, 0)
        }
        verification.beforeStart = exported.count { $0.size < header.tree.size }
        compared = verification.beforeStart
        if let checkpoint = header.checkpoint { isTrusted = try checkpoint.isSigned(by: trusted) }
    }

    private mutating func finish(_ segments: Range<Int>) throws(JournalError) -> JournalVerification {
        let last = segments.upperBound - 1
        if let checkpoint = state.checkpoint, try !checkpoint.isSigned(by: state.key) {
            throw damage(.signature, last, goodBytes)
        }
        let isUnsigned = state.checkpoint == nil && state.key == trusted
        guard isTrusted || isUnsigned else {
            let start = JournalDamage(
                .signature, segment: segments.lowerBound, index: verification.firstIndex,
                offset: SegmentFile.magic.count)
            throw .damaged(firstSignature ?? start)
        }
        guard segments.lowerBound <= retiredBelow else {
            throw .damaged(JournalDamage(.missingSegment, segment: retiredBelow, index: 0, offset: 0))
        }
        guard compared == exported.count else {
            for checkpoint in exported[compared...] where try !isKnown(checkpoint) { throw .checkpointNotSigned }
            throw damage(.truncated, last, goodBytes)
        }
        verification.entries = state.checkpoint?.size ?? 0
        verification.lastCheckpoint = state.checkpoint
        if let checkpoint = state.checkpoint { verification.root = checkpoint.root }
        verification.keyInForce = state.key
        verification.keysIntroduced = keys.count - 1
        verification.compared = compared - verification.beforeStart
        return verification
    }

    private mutating func verify(_ segment: Int, isFirst: Bool, isLast: Bool) throws(JournalError) {
        let path = "\(directory)/\(SegmentFile.name(segment))"
        var scanner = try SegmentScanner(path, disk)
        let fileBytes = scanner.remaining
        guard case .frame(let frame) = try scanner.next(), frame.type == .header else {
            throw damage(.header, segment, 0)
        }
        // The header must be the one that follows from everything before.
        state.segment = segment
        guard state.header.bytes == frame.payload else { throw damage(.header, segment, SegmentFile.magic.count) }
        if isFirst { try compare(segment, SegmentFile.magic.count) }
        goodBytes = frame.end
        while true {
            switch try scanner.next() {
            case .end:
                guard state.hasUnsigned else { return }
                guard isLast, isLive else { throw damage(.unsignedTail, segment, goodBytes) }
                verification.unsignedTailBytes = fileBytes - goodBytes
                return
            case .broken(let offset):
                guard isLast, isLive, try !isSignedBehind(path) else { throw damage(.frame, segment, offset) }
                verification.unsignedTailBytes = fileBytes - goodBytes
                return
            case .frame(let frame):
                try take(frame, segment)
            }
        }
    }

    private mutating func take(_ frame: SegmentScanner.Frame, _ segment: Int) throws(JournalError) {
        switch frame.type {
        case .header: throw damage(.frame, segment, frame.start)
        case .entry:
            switch try state.apply(entry: frame.payload) {
            case .failure(let fault): throw damage(fault.kind, segment, frame.start)
            case .success(let entry):
                if entry.isRetirement {
                    retiredBelow = max(retiredBelow, EntryCoding.decode(frame.payload)?.event.retiredBelow ?? 0)
                }
            }
            try compare(segment, frame.start)
        case .checkpoint:
            let signer = state.key
            if let fault = try state.apply(checkpoint: frame.payload, checksSignature: checksEverySignature) {
                throw damage(fault.kind, segment, frame.start)
            }
            if firstSignature == nil {
                firstSignature = JournalDamage(
                    .signature, segment: segment, index: state.tree.size, offset: frame.start)
            }
            if state.key != signer { keys.append(state.key) }
            if signer == trusted || state.key == trusted { isTrusted = true }
            verification.checkpoints += 1
            goodBytes = frame.end
        }
    }

    private mutating func compare(_ segment: Int, _ offset: Int) throws(JournalError) {
        while compared < exported.count, exported[compared].size == state.tree.size {
            guard try isKnown(exported[compared]) else { throw .checkpointNotSigned }
            guard try exported[compared].root == state.currentRoot() else { throw damage(.fork, segment, offset) }
            compared += 1
        }
    }

    /// Whether the checkpoint was signed by the trusted key, or by one that has been in force so far.
    private func isKnown(_ checkpoint: Checkpoint) throws(JournalError) -> Bool {
        try checkpoint.isSigned(byOneOf: [trusted] + keys)
    }

    private func isSignedBehind(_ path: String) throws(JournalError) -> Bool {
        let size = state.checkpoint?.size ?? 0
        return try JournalTail.find(
            in: path, from: goodBytes, origin: state.origin, size: size, keys: [state.key, trusted], disk) != nil
    }

    private func damage(_ kind: JournalDamage.Kind, _ segment: Int, _ offset: Int) -> JournalError {
        .damaged(JournalDamage(kind, segment: segment, index: state.tree.size, offset: offset))
    }
}
