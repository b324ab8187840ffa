import DICOMCore
import DICOMToolkit

/// How many associations each AE title has open, and how fast it opens them.
///
/// A state machine: event in, answer out; the clock is a parameter.
struct Traffic {
    enum Answer: Sendable { case fine, tooMany, tooFast }

    private var open: [UInt64: AETitle] = [:]
    private var counts: [AETitle: Int] = [:]
    private var buckets: [AETitle: TokenBucket] = [:]

    /// An association wants to begin; when the answer is `fine` it has.
    mutating func admit(_ sender: KnownSender, association: UInt64, now: Int64) -> Answer {
        let count = counts[sender.title] ?? 0
        guard count < sender.maxAssociations else { return .tooMany }
        let capacity = Double(sender.associationsPerMinute)
        // A changed limit begins afresh.
        var bucket =
            buckets[sender.title].flatMap { $0.capacity == capacity ? $0 : nil }
            ?? TokenBucket(capacity: capacity, perSecond: capacity / 60, now: now)
        let isFine = bucket.take(now: now)
        buckets[sender.title] = bucket
        guard isFine else { return .tooFast }
        open[association] = sender.title
        counts[sender.title] = count + 1
        return .fine
    }

    mutating func ended(association: UInt64) {
        guard let title = open.removeValue(forKey: association), let count = counts[title] else { return }
        counts[title] = count > 1 ? count - 1 : nil
    }
}
