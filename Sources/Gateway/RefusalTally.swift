import Synchronization

/// Coalesces repeated refusals: a misconfigured device that tries every second is journalled at once, then once a minute
/// with a count. A caller chooses the name that it calls itself by, so an address that goes through many names is told
/// apart by its address alone.
final class RefusalTally: Sendable {
    private struct Entry {
        var journalledAt: Int64
        var pending: Int
    }

    private struct Names {
        var since: Int64
        var count: Int
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var names: [String: Names] = [:]
    }

    private let state = Mutex(State())

    /// Refusals and addresses remembered; when there are more, all are forgotten, and each is journalled once again.
    private static let limit = 4096
    /// Names of one address that are told apart within one interval.
    private static let namesPerAddress = 16
    private static let intervalMilliseconds: Int64 = 60_000

    /// Counts one refusal. Returns how many to journal now; `nil` if it is to wait.
    func due(sender: String, address: String, code: String, now: Int64) -> Int? {
        state.withLock { state in
            if state.entries.count >= Self.limit || state.names.count >= Self.limit { state = State() }
            var key = "\(sender)|\(address)|\(code)"
            if state.entries[key] == nil {
                var names = state.names[address] ?? Names(since: now, count: 0)
                if now - names.since >= Self.intervalMilliseconds { names = Names(since: now, count: 0) }
                names.count += 1
                state.names[address] = names
                if names.count > Self.namesPerAddress { key = "|\(address)|\(code)" }
            }
            if let entry = state.entries[key], now - entry.journalledAt < Self.intervalMilliseconds {
                state.entries[key]?.pending += 1
                return nil
            }
            let count = (state.entries[key]?.pending ?? 0) + 1
            state.entries[key] = Entry(journalledAt: now, pending: 0)
            return count
        }
    }
}
