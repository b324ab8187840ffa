import Testing

@testable import Delivery

@Suite struct CircuitBreakerTests {
    private typealias State = CircuitBreaker.State

    private func after(_ state: CircuitBreaker.State, _ event: CircuitBreaker.Event, now: Int64 = 1_000) -> State {
        var breaker = CircuitBreaker(state)
        breaker.handle(event, now: now, jitter: 0)
        return breaker.state
    }

    @Test func everyStateAnswersEveryEvent() {
        let rest = CircuitBreaker.firstRest
        let table: [(State, CircuitBreaker.Event, State)] = [
            (.closed(failures: 0), .succeeded, .closed(failures: 0)),
            (.closed(failures: 0), .failed, .closed(failures: 1)),
            (.closed(failures: 0), .probed, .closed(failures: 0)),
            (.closed(failures: 0), .reset, .closed(failures: 0)),
            (.closed(failures: 2), .succeeded, .closed(failures: 0)),
            (.closed(failures: 2), .failed, .open(until: 1_000 + rest, trips: 1)),
            (.closed(failures: 2), .probed, .closed(failures: 2)),
            (.closed(failures: 2), .reset, .closed(failures: 0)),
            (.open(until: 2_000, trips: 1), .succeeded, .closed(failures: 0)),
            (.open(until: 2_000, trips: 1), .failed, .open(until: 2_000, trips: 1)),
            (.open(until: 2_000, trips: 1), .probed, .open(until: 2_000, trips: 1)),
            (.open(until: 1_000, trips: 1), .probed, .halfOpen(trips: 1)),
            (.open(until: 2_000, trips: 1), .reset, .closed(failures: 0)),
            (.halfOpen(trips: 1), .succeeded, .closed(failures: 0)),
            (.halfOpen(trips: 1), .failed, .open(until: 1_000 + 2 * rest, trips: 2)),
            (.halfOpen(trips: 1), .probed, .halfOpen(trips: 1)),
            (.halfOpen(trips: 1), .reset, .closed(failures: 0)),
        ]
        for (state, event, next) in table { #expect(after(state, event) == next, "\(state) \(event)") }
    }

    @Test func whatMayBeSentFollowsFromTheState() {
        #expect(CircuitBreaker().permission(now: 0) == .free)
        #expect(CircuitBreaker(.open(until: 10, trips: 1)).permission(now: 9) == .wait(until: 10))
        #expect(CircuitBreaker(.open(until: 10, trips: 1)).permission(now: 10) == .probe)
        #expect(CircuitBreaker(.halfOpen(trips: 1)).permission(now: 0) == .probe)
    }

    @Test func theRestDoublesUpToItsLimitAndChanceOnlyShortensIt() {
        #expect((1...3).map { CircuitBreaker.rest($0, 0) } == [5_000, 10_000, 20_000])
        for trips in 1...100 {
            let longest = CircuitBreaker.rest(trips, 0)
            #expect(longest <= CircuitBreaker.longestRest)
            #expect(CircuitBreaker.rest(trips, 1) == longest - longest / 4)
        }
    }

    @Test func anOutageOfAnHourIsProbedFewerThanThirtyTimes() {
        var breaker = CircuitBreaker()
        var now: Int64 = 0
        var attempts = 0
        while now < 3_600_000 {
            switch breaker.permission(now: now) {
            case .wait(let until): now = until
            case .free, .probe:
                breaker.handle(.probed, now: now, jitter: 0.5)
                breaker.handle(.failed, now: now, jitter: 0.5)
                attempts += 1
            }
        }
        #expect(attempts < 30)
        breaker.handle(.probed, now: now + CircuitBreaker.longestRest, jitter: 0)
        breaker.handle(.succeeded, now: now, jitter: 0)
        #expect(breaker.permission(now: now) == .free)
    }
}
