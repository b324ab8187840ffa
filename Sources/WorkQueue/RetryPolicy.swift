/// How long a failed job waits before it is tried again: doubling, up to a ceiling, until too many attempts.
public struct RetryPolicy: Sendable, Hashable {
    public var firstDelay: WorkQueue.Milliseconds
    public var longestDelay: WorkQueue.Milliseconds
    public var attempts: Int

    /// A PACS that is down over a long weekend is still served: 1 s, 2 s, 4 s … 10 min, for about four days.
    public static let standard = RetryPolicy(firstDelay: 1_000, longestDelay: 600_000, attempts: 600)

    public init(firstDelay: WorkQueue.Milliseconds, longestDelay: WorkQueue.Milliseconds, attempts: Int) {
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
        self.attempts = attempts
    }

    /// - Parameter attempt: 1 after the first try.
    /// - Returns: milliseconds; `nil` if there is to be no further attempt.
    public func delay(afterAttempt attempt: Int) -> WorkQueue.Milliseconds? {
        guard attempt < attempts else { return nil }
        let doubled = firstDelay << Int64(min(max(attempt - 1, 0), 30))
        return min(doubled, longestDelay)
    }
}
