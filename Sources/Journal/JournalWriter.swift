import Durability
import Sealing
import Synchronization

/// The one writer of a journal. Callable from any thread; appends wait for one another.
///
/// Order of an append: entries and the signed checkpoint go into the segment with one write, then one `syncData`, then
/// it returns. After any failure the state of the file is unknown: the writer refuses everything, and a new one
/// recovers by the same rules as after a crash.
public final class JournalWriter: Sendable {
    private struct State {
        var journal: JournalState
        var key: JournalSigningKey
        var file: DiskHandle
        var fileBytes: Int
        var isPoisoned = false
    }

    public let origin: String
    /// What was cut off on opening; `nil` if the journal ended well.
    public let recovery: JournalRecovery?
    private let directory: String
    private let disk: any Disk
    private let segmentBytes: Int
    private let state: Mutex<State>

    /// Opens the journal of a directory, or begins one, and recovers: what lies behind the last valid checkpoint was
    /// never acknowledged and is cut. Throws `damaged` if something acknowledged is missing or changed; then nothing
    /// has been cut. Throws `keyNotInForce` if the journal is whole, but another key signs it now.
    ///
    /// - Parameter acknowledged: the last checkpoint that the caller knows (from the database), which must be in the
    ///   journal still.
    public init(
        directory: String, disk: any Disk, key: JournalSigningKey, origin: String, acknowledged: Checkpoint? = nil,
        segmentBytes: Int = JournalLimits.segmentBytes
    ) throws(JournalError) {
        guard Checkpoint.isOrigin(origin) else { throw .originMalformed }
        self.directory = directory
        self.disk = disk
        self.origin = origin
        self.segmentBytes = segmentBytes
        let segments = try JournalWriter.prepare(directory, disk)
        guard let last = segments.last else {
            if let acknowledged, acknowledged.size > 0 {
                throw .damaged(JournalDamage(.truncated, segment: 0, index: 0, offset: 0))
            }
            let journal = JournalState(origin: origin, key: key.verifyingKey)
            let (file, bytes) = try JournalWriter.createSegment(journal, in: directory, disk)
            state = Mutex(State(journal: journal, key: key, file: file, fileBytes: bytes))
            recovery = nil
            return
        }
        let recovered = try RecoveredJournal.recover(
            directory, last: last, origin: origin, key: key.verifyingKey, acknowledged: acknowledged, disk)
        guard recovered.state.key == key.verifyingKey else {
            throw .keyNotInForce(inForce: recovered.state.key.hexadecimal)
        }
        let path = "\(directory)/\(SegmentFile.name(last))"
        let file = try JournalError.of { () throws(DiskError) in
            let file = try disk.openFile(path)
            do throws(DiskError) {
                if recovered.fileBytes > recovered.goodBytes { try disk.truncate(file, to: recovered.goodBytes) }
                // Also without a cut: the last group may have been written and never synced.
                try disk.syncData(file)
            } catch {
                try disk.close(file)
                throw error
            }
            return file
        }
        state = Mutex(State(journal: recovered.state, key: key, file: file, fileBytes: recovered.goodBytes))
        recovery =
            recovered.fileBytes == recovered.goodBytes
            ? nil
            : JournalRecovery(
                bytes: recovered.fileBytes - recovered.goodBytes, entries: recovered.cutEntries,
                nextIndex: recovered.state.tree.size)
    }

    deinit {
        // Everything acknowledged is synced: a failing close loses nothing.
        try? disk.close(state.withLock { $0.file })
    }

    /// The highest outbox sequence in the journal; what lies above it must be appended again.
    public var lastSequence: UInt64 { state.withLock { $0.journal.lastSequence } }

    /// The last checkpoint; `nil` in a new journal.
    public var checkpoint: Checkpoint? { state.withLock { $0.journal.checkpoint } }

    /// The entries so far; the index of the next one.
    public var size: UInt64 { state.withLock { $0.journal.tree.size } }

    /// The number of the segment that is being written.
    public var segment: Int { state.withLock { $0.journal.segment } }

    /// The public half of the key in force.
    public var verifyingKey: VerifyingKey { state.withLock { $0.journal.key } }

    /// Appends events in their order; they are durable when it returns. Sequences are 0 or grow. A throw before the
    /// disk was touched (`unacceptable…`, `unsafeFact`, `sequenceNotIncreasing`) leaves the writer usable; after any
    /// other it is `poisoned`.
    @discardableResult
    public func append(_ events: [(sequence: UInt64, event: JournalEvent)]) throws(JournalError) -> Checkpoint {
        try append(events, introducing: nil)
    }

    /// Appends events, and introduces a new key: the checkpoint behind them names it, and both keys sign. When it
    /// returns, the new key signs from then on, and the old one is needed no more. Throws `keyNotNew` for the key in
    /// force. If it throws anything else that `append` throws after the disk was touched, either key may be in force:
    /// `JournalReader.keyInForce()` tells which.
    @discardableResult
    public func append(
        _ events: [(sequence: UInt64, event: JournalEvent)], introducing next: JournalSigningKey
    ) throws(JournalError) -> Checkpoint {
        guard next.verifyingKey != verifyingKey else { throw .keyNotNew }
        return try append(events, introducing: Optional(next))
    }

    private func append(
        _ events: [(sequence: UInt64, event: JournalEvent)], introducing next: JournalSigningKey?
    ) throws(JournalError) -> Checkpoint {
        try state.withLock { state throws(JournalError) in
            guard !state.isPoisoned else { throw .poisoned }
            guard !events.isEmpty else { throw .sequenceNotIncreasing }
            guard events.count <= JournalLimits.eventsPerAppend else { throw .unacceptableEvent }
            var journal = state.journal
            var frames: [UInt8] = []
            for (sequence, event) in events {
                guard sequence == 0 || sequence > journal.lastSequence else { throw .sequenceNotIncreasing }
                let entry = JournalEntry(index: journal.tree.size, sequence: sequence, event: event)
                let payload = try EntryCoding.encode(entry)
                try journal.add(payload, sequence: sequence)
                frames += SegmentFile.frame(.entry, payload)
            }
            let checkpoint = try journal.sign(state.key, introducing: next)
            frames += SegmentFile.frame(.checkpoint, Array(checkpoint.text.utf8))
            state.isPoisoned = true
            if state.fileBytes >= segmentBytes {
                try roll(&state)
                journal.segment = state.journal.segment
            }
            try JournalError.of { () throws(DiskError) in
                try disk.write(frames, to: state.file)
                try disk.syncData(state.file)
            }
            state.isPoisoned = false
            state.fileBytes += frames.count
            state.journal = journal
            state.key = next ?? state.key
            return checkpoint
        }
    }

    /// Begins the next segment. The old one ends with a checkpoint, which the new header repeats.
    private func roll(_ state: inout State) throws(JournalError) {
        var journal = state.journal
        journal.segment += 1
        let (file, bytes) = try JournalWriter.createSegment(journal, in: directory, disk)
        let old = state.file
        state.file = file
        state.fileBytes = bytes
        state.journal = journal
        try JournalError.of { () throws(DiskError) in try disk.close(old) }
    }

    /// Makes the directory, removes what a creation that was cut short has left, and lists the segments.
    private static func prepare(_ directory: String, _ disk: any Disk) throws(JournalError) -> Range<Int> {
        try JournalError.of { () throws(DiskError) in
            try disk.makeDirectory(directory)
            for name in try disk.list(directory) where name.hasSuffix(".cxrj.tmp") {
                try disk.unlink("\(directory)/\(name)")
            }
        }
        return try SegmentFile.list(directory, disk)
    }

    private static func createSegment(
        _ journal: JournalState, in directory: String, _ disk: any Disk
    ) throws(JournalError) -> (DiskHandle, Int) {
        let bytes = SegmentFile.magic + SegmentFile.frame(.header, journal.header.bytes)
        let path = "\(directory)/\(SegmentFile.name(journal.segment))"
        let file = try JournalError.of { () throws(DiskError) in
            try DurableFile.write(bytes, to: path, disk: disk)
            return try disk.openFile(path)
        }
        return (file, bytes.count)
    }
}
