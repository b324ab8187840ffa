import Durability
import Sealing

/// What a journal was found to be.
public struct JournalVerification: Sendable, Hashable {
    public var origin: String
    /// Entries since the journal began, also those whose segments have been retired.
    public var entries: UInt64
    /// The index of the first entry that is still there.
    public var firstIndex: UInt64
    public var checkpoints: Int
    /// The segments that are there.
    public var segments: Range<Int>
    /// The Merkle root of all entries, 32 bytes.
    public var root: [UInt8]
    /// `nil` if the journal has no entries yet.
    public var lastCheckpoint: Checkpoint?
    /// The key in force at the end.
    public var keyInForce: VerifyingKey
    /// Keys that were introduced in the segments that are there.
    public var keysIntroduced: Int
    /// Exported checkpoints that the journal was compared with.
    public var compared: Int
    /// Exported checkpoints from before the first segment that is there: nothing can be said of them.
    public var beforeStart: Int
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
    ///   - key: any key that has signed this journal. What is before its time is bound by it, what is after hangs on
    ///     the introductions that follow; so the newest key is the one to trust.
    ///   - exported: checkpoints that were kept elsewhere; each must be a state through which the journal has gone.
    ///   - isLive: a gateway may be appending: unsigned bytes at the very end are reported instead of thrown.
    public static func verify(
        directory: String, key: VerifyingKey, against exported: [Checkpoint] = [], isLive: Bool = false,
        disk: any Disk = RealDisk()
    ) throws(JournalError) -> JournalVerification {
        let segments = try SegmentFile.list(directory, disk)
        guard !segments.isEmpty else {
            throw .damaged(JournalDamage(.missingSegment, segment: 0, index: 0, offset: 0))
        }
        // Each checkpoint binds the whole text of the one before, so the last signature vouches for all, and each
        // introduction for the key that follows. If something is wrong, a second pass that checks every signature finds
        // the first place where it is.
        do throws(JournalError) {
            return try VerificationPass.run(
                segments, directory, key, against: exported, isLive: isLive, checksEverySignature: false, disk)
        } catch {
            guard case .damaged = error else { throw error }
            _ = try VerificationPass.run(
                segments, directory, key, against: exported, isLive: isLive, checksEverySignature: true, disk)
            throw error
        }
    }
}
