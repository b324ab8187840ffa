/// What went through the gateway, minute by minute, for an hour. Kept in memory: it begins anew with the gateway.
struct WatchFlow: Sendable {
    /// What is counted, and the counters of the database that say it.
    static let kinds: [(name: String, counters: [String])] = [
        ("received", ["instances received"]), ("analysed", ["images analysed"]),
        ("delivered", ["results delivered"]), ("refused", ["associations refused", "instances refused"]),
    ]
    static let minutes = 60

    /// The counters at the begin of the current minute.
    private var before: [String: Int64]?
    private var minute: Int64 = 0
    /// One value for each minute, the last the current one.
    private(set) var history: [String: [Int64]] = [:]

    init() {
        for kind in Self.kinds { history[kind.name] = [Int64](repeating: 0, count: Self.minutes) }
    }

    mutating func take(_ counters: [String: Int64], now: Int64) {
        let current = now / 60_000
        let totals = Dictionary(
            uniqueKeysWithValues: Self.kinds.map { kind in
                (kind.name, kind.counters.reduce(0) { $0 + (counters[$1] ?? 0) })
            })
        guard let before else {
            before = totals
            minute = current
            return
        }
        for kind in Self.kinds {
            var values = history[kind.name] ?? []
            values[Self.minutes - 1] = (totals[kind.name] ?? 0) - (before[kind.name] ?? 0)
            // A clock that was set back moves nothing.
            let passed = Int(min(max(current - minute, 0), Int64(Self.minutes)))
            values = Array((values + [Int64](repeating: 0, count: passed)).suffix(Self.minutes))
            history[kind.name] = values
        }
        if current > minute {
            self.before = totals
            minute = current
        }
    }
}
