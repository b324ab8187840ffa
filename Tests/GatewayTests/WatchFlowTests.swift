import Testing

@testable import Gateway

struct WatchFlowTests {
    @Test func `Each minute holds what was counted in it, for an hour`() throws {
        var flow = WatchFlow()
        flow.take(["instances received": 100], now: 600_000)
        flow.take(["instances received": 103], now: 630_000)
        #expect(try #require(flow.history["received"]).suffix(2) == [0, 3])
        flow.take(["instances received": 103], now: 660_000)
        flow.take(["instances received": 107], now: 690_000)
        #expect(try #require(flow.history["received"]).suffix(3) == [0, 3, 4])
        #expect(flow.history["received"]?.count == WatchFlow.minutes)
        flow.take(["instances received": 107], now: 690_000 + 3_600_000)
        #expect(flow.history["received"] == [Int64](repeating: 0, count: WatchFlow.minutes))
    }

    @Test func `A clock that is set back loses nothing that was counted`() throws {
        var flow = WatchFlow()
        flow.take([:], now: 600_000)
        flow.take(["results delivered": 2], now: 610_000)
        flow.take(["results delivered": 5], now: 300_000)
        #expect(try #require(flow.history["delivered"]).last == 5)
    }

    @Test func `Refusals of associations and of images are one figure`() throws {
        var flow = WatchFlow()
        flow.take([:], now: 0)
        flow.take(["associations refused": 2, "instances refused": 3], now: 1000)
        #expect(try #require(flow.history["refused"]).last == 5)
    }
}
