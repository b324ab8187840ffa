import Synchronization

/// Coalesces repeated refusals: a misconfigured device that tries every second is journalled at once, then once a minute
/// with a count.
final class RefusalTally: Sendable {
    private struct Entry {
        var journalledAt: Int64
        var pending: Int
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// Different refusals remembered; more than this many kinds at once is an attack, and each is then journalled.
    private static let limit = 1024
    private static let intervalMilliseconds: Int64 = 60_000

    /// Counts one refusal. Returns how many to journal now; `nil` if it is to wait.
    func due(sender: String, address: String, code: String, now: Int64) -> Int? {
        entries.withLock { entries in
            let key = "\(sender)|\(address)|\(code)"
            if var entry = entries[key], now - entry.journalledAt < Self.intervalMilliseconds {
                entry.pending += 1
                entries[key] = entry
                return nil
            }
            let count = (entries[key]?.pending ?? 0) + 1
            if entries.count >= Self.limit { entries.removeAll() }
            entries[key] = Entry(journalledAt: now, pending: 0)
            return count
        }
    }
}
