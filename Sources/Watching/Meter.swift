import Synchronization

/// Where a process notes how long things took, from any thread.
public final class Meter: Sendable {
    private let book = Mutex(LatencyBook())

    public init() {}

    public func observe(_ stage: Stage, of subject: String = "", seconds: Double) {
        book.withLock { $0.observe(LatencyBook.Series(stage, of: subject), seconds: seconds) }
    }

    /// Runs `body` and notes how long it took if it did not throw.
    public func measure<Result, Failure: Error>(
        _ stage: Stage, of subject: String = "", _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = ContinuousClock.now
        let result = try body()
        observe(stage, of: subject, since: start)
        return result
    }

    public func observe(_ stage: Stage, of subject: String = "", since start: ContinuousClock.Instant) {
        let parts = (ContinuousClock.now - start).components
        observe(stage, of: subject, seconds: Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    }

    /// What was noted since the last time.
    public func drain() -> LatencyBook {
        book.withLock { book in
            defer { book = LatencyBook() }
            return book
        }
    }

    public func add(line: String) -> Bool { book.withLock { $0.add(line: line) } }

    /// Everything that was noted.
    public var all: LatencyBook { book.withLock { $0 } }
}
