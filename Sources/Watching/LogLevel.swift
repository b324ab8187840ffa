/// How much an event matters. `notice` is what a person who looks in later should see.
public enum LogLevel: String, Sendable, Codable, Hashable, CaseIterable, Comparable {
    case debug, info, notice, warning, error

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// What an event is about; levels are set by component, whichever process speaks.
public enum LogComponent: String, Sendable, Hashable, CaseIterable {
    case supervisor, reception, analysis, queue, results, delivery, journal, keys, watch
}
