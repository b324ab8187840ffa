/// How often something may happen: so many at once, then so many per second.
///
/// A value: what happens when is the caller's; the clock is a parameter.
public struct TokenBucket: Sendable, Hashable {
    /// The most that may happen at once.
    public let capacity: Double
    public let perSecond: Double
    private var tokens: Double
    private var filledAt: Int64

    /// - Parameter now: milliseconds of any clock that does not go backwards.
    public init(capacity: Double, perSecond: Double, now: Int64) {
        self.capacity = max(capacity, 1)
        self.perSecond = max(perSecond, 0)
        tokens = self.capacity
        filledAt = now
    }

    /// Takes one; false, and nothing is taken, if there is none.
    public mutating func take(now: Int64) -> Bool {
        fill(now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Milliseconds until `take` will succeed; 0 if it does now, `nil` if never.
    public mutating func wait(now: Int64) -> Int64? {
        fill(now)
        if tokens >= 1 { return 0 }
        guard perSecond > 0 else { return nil }
        return Int64(((1 - tokens) / perSecond * 1000).rounded(.up))
    }

    private mutating func fill(_ now: Int64) {
        let elapsed = max(now - filledAt, 0)
        tokens = min(capacity, tokens + Double(elapsed) / 1000 * perSecond)
        filledAt = max(now, filledAt)
    }
}
