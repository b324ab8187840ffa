/// How long something took, counted in fixed steps: cheap to keep, to add up, and to hand from process to process.
public struct LatencyHistogram: Sendable, Hashable {
    /// Upper bounds in seconds, ascending; what is slower falls into one more step.
    public static let bounds: [Double] = [
        0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600,
    ]

    /// How often each step was met, the last for everything above; not cumulative.
    public internal(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// All durations together, in microseconds: whole numbers, so that adding up loses nothing.
    public internal(set) var microseconds: UInt64 = 0

    public init() {}

    /// All observations together.
    public var count: UInt64 { counts.reduce(0, &+) }

    public mutating func observe(seconds: Double) {
        let seconds = seconds.isFinite ? min(max(seconds, 0), Self.longest) : Self.longest
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] &+= 1
        microseconds &+= UInt64((seconds * 1_000_000).rounded())
    }

    public mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        microseconds &+= other.microseconds
    }

    /// The bound that at least this part of the observations did not exceed, in seconds; `nil` without any. What is
    /// above the last bound counts as the last bound.
    public func quantile(_ part: Double) -> Double? {
        let all = count
        guard all > 0 else { return nil }
        let wanted = UInt64((Double(all) * part).rounded(.up))
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen >= wanted { return Self.bounds[min(index, Self.bounds.count - 1)] }
        }
        return Self.bounds.last
    }

    /// A day: more says only that a clock was set.
    private static let longest = 86_400.0
}
