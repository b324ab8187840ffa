import Dispatch
import Sealing
import Synchronization

/// Seals and writes the pixels of one image beside the thread that receives and packs them, portion by portion.
///
/// Whoever is slower waits for the other: no more than ``portionLimit`` of them lie in memory. One owner, one thread;
/// what `seal` works on belongs to the line from the first ``run(_:)`` until ``drain()`` or ``settle()`` has returned.
@safe final class SealingLine: @unchecked Sendable {
    /// Seals and writes one portion.
    typealias Seal = (UnsafeRawBufferPointer) throws -> Void

    // @unchecked: it is called by one thread at a time, the queue's or, behind `drain`, the owner's.
    private let seal: Seal
    private let queue = DispatchQueue(label: "sealing")
    /// Signalled once for each portion that may be filled again.
    private let free = DispatchSemaphore(value: 0)
    private let failure = Mutex<(any Error)?>(nil)
    private var portions = [Portion()]
    private var current = 0
    private var hasHandedOver = false

    static let portionLimit = 3
    /// Large enough that waking the other thread does not count.
    static let portionBytes = 1 << 18

    init(seal: @escaping Seal) { unsafe self.seal = unsafe seal }

    /// Takes the next bytes. Throws what went wrong with earlier ones.
    func run(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let taken = unsafe portions[current].append(rest)
            if taken == 0 { try handOver() }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
        }
    }

    /// Returns when everything that was taken is sealed and written; the file is its owner's again.
    func drain() throws {
        // An image that fits into one portion is not worth another thread.
        guard hasHandedOver else { return try unsafe portions[current].empty(into: seal) }
        try handOver()
        settle()
        try failIfBroken()
    }

    /// Returns when the file is not touched any more, whatever became of it.
    func settle() { queue.sync {} }

    private func handOver() throws {
        try failIfBroken()
        hasHandedOver = true
        let portion = portions[current]
        queue.async { [self] in
            do {
                if failure.withLock({ $0 == nil }) { try unsafe portion.empty(into: seal) }
            } catch {
                failure.withLock { $0 = error }
            }
            free.signal()
        }
        current = (current + 1) % Self.portionLimit
        if portions.count < Self.portionLimit {
            portions.append(Portion())
        } else {
            free.wait()
        }
    }

    private func failIfBroken() throws {
        try failure.withLock { failure in if let failure { throw failure } }
    }
}

/// A buffer that is filled by one thread and emptied by another, never at the same time.
@safe private final class Portion: @unchecked Sendable {
    // @unchecked: `SealingLine` hands it to and fro.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: SealingLine.portionBytes, alignment: SealingLimits.bufferAlignment)
    private var filled = 0

    deinit { unsafe buffer.deallocate() }

    /// Takes as many bytes as there is room for; returns how many.
    func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(bytes.count, SealingLine.portionBytes - filled)
        guard count > 0 else { return 0 }
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        filled += count
        return count
    }

    func empty(into seal: SealingLine.Seal) throws {
        defer { filled = 0 }
        if filled > 0 { try unsafe seal(UnsafeRawBufferPointer(rebasing: buffer[..<filled])) }
    }
}
