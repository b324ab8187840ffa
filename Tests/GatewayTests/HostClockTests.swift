import Testing
import Watching

@testable import Gateway

struct HostClockTests {
    private func clock(error: Double?, steady: Int64) -> HostClock {
        HostClock(errorSeconds: { error }, steady: { steady })
    }

    @Test func `A clock that is synchronised and was not set is no alarm`() {
        #expect(clock(error: 0.02, steady: 5_000).alarm(now: 1_005_000, offset: 1_000_000, tolerance: 5) == nil)
        #expect(clock(error: nil, steady: 5_000).alarm(now: 1_009_000, offset: 1_000_000, tolerance: 5) == nil)
    }

    @Test(arguments: [1_011_000, 999_000] as [Int64])
    func `A clock that was set forth or back is one`(_ now: Int64) {
        let alarm = clock(error: 0.02, steady: 5_000).alarm(now: now, offset: 1_000_000, tolerance: 5)
        #expect(alarm?.kind == .clockWrong && alarm?.severity == .critical)
    }

    @Test func `A clock that nothing synchronises is a warning, unless the site has said that it does not mind`() {
        let clock = clock(error: 16, steady: 5_000)
        #expect(clock.alarm(now: 1_005_000, offset: 1_000_000, tolerance: 5)?.severity == .warning)
        #expect(clock.alarm(now: 1_005_000, offset: 1_000_000, tolerance: 0) == nil)
    }

    @Test func `The system's own clock answers`() throws {
        #expect(try #require(HostClock.system.errorSeconds()) >= 0)
        #expect(HostClock.system.steady() > 0)
    }
}
