/// Decides when a destination is tried: freely, not at all for a while, or with one object as a probe.
///
/// A state machine: event in, state out; the clock and the chance are parameters. Without it an hour's outage would cost
/// every waiting result its attempts, and the destination a flood of connections when it comes back.
public struct CircuitBreaker: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// All is well; so many failures in a row lately.
        case closed(failures: Int)
        /// Left alone until this time (milliseconds), after so many trips in a row.
        case open(until: Int64, trips: Int)
        /// One object is on its way to find out.
        case halfOpen(trips: Int)
    }

    public enum Event: Sendable, Hashable {
        /// The destination answered an object with whatever was no trouble of its own.
        case succeeded
        /// It was not there, did not answer, turned us away, or was out of resources.
        case failed
        /// Its time to be left alone is over, and there is something to send.
        case probed
        /// A person or a new registration says: try at once.
        case reset
    }

    public enum Permission: Sendable, Hashable {
        case free
        /// One object alone.
        case probe
        /// Not before this time.
        case wait(until: Int64)
    }

    /// Failures in a row that open it.
    public static let tolerance = 3
    /// First time left alone, in milliseconds; doubles with every trip …
    public static let firstRest: Int64 = 5_000
    /// … up to this: a PACS that came back is found within five minutes.
    public static let longestRest: Int64 = 300_000

    public private(set) var state: State

    public init(_ state: State = .closed(failures: 0)) { self.state = state }

    /// What may be sent now.
    public func permission(now: Int64) -> Permission {
        switch state {
        case .closed: .free
        case .open(let until, _): until <= now ? .probe : .wait(until: until)
        case .halfOpen: .probe
        }
    }

    /// - Parameter jitter: 0…1; spreads the probes of many gateways.
    public mutating func handle(_ event: Event, now: Int64, jitter: Double) {
        switch (state, event) {
        case (_, .succeeded), (_, .reset):
            state = .closed(failures: 0)
        case (.closed(let failures), .failed):
            state =
                failures + 1 < Self.tolerance
                ? .closed(failures: failures + 1) : .open(until: now + Self.rest(1, jitter), trips: 1)
        case (.halfOpen(let trips), .failed):
            state = .open(until: now + Self.rest(trips + 1, jitter), trips: trips + 1)
        case (.open(let until, let trips), .probed) where until <= now:
            state = .halfOpen(trips: trips)
        case (.open, .failed), (.open, .probed), (.closed, .probed), (.halfOpen, .probed):
            // Late news of an attempt that began before: nothing changes.
            return
        }
    }

    /// Between three quarters and the whole of the doubled time.
    static func rest(_ trips: Int, _ jitter: Double) -> Int64 {
        let doubled = min(firstRest << Int64(min(max(trips - 1, 0), 16)), longestRest)
        return doubled - Int64(Double(doubled) / 4 * min(max(jitter, 0), 1))
    }
}
