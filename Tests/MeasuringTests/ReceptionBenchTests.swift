import Testing

@testable import Measuring

@Suite struct ReceptionBenchTests {
    private static func row(
        _ server: String, seconds: [Double], latencies: [Double] = [0.01], sync: Double? = nil
    ) -> ReceptionBench.Row {
        ReceptionBench.Row(
            server: server,
            rounds: seconds.map { seconds in
                var figures = LoadFigures(seconds: seconds, count: 10, bytes: 0, latencies: latencies, failures: [:])
                figures.syncSeconds = sync
                return figures
            })
    }

    @Test func `a ratio is the median over neighbouring rounds, so that a slow minute costs nobody`() throws {
        let rows = [
            Self.row("cxrgate", seconds: [1, 4, 1]), Self.row("storescp", seconds: [6, 24, 100]),
        ]
        let verdicts = ReceptionBench.judge([.init(peer: .storescp, must: 5, goal: 10)], rows)
        let verdict = try #require(verdicts.first)
        #expect(verdict.ratio == 6)
        #expect(verdict.isMet)
        #expect(!verdict.reachesGoal)
    }

    @Test func `a peer's sync counts only where the claim says so`() throws {
        let rows = [
            Self.row("cxrgate", seconds: [1]), Self.row("storescp-tuned", seconds: [1], sync: 1),
        ]
        let verdicts = ReceptionBench.judge(
            [
                .init(peer: .storescpTuned, must: 1),
                .init(peer: .storescpTuned, measure: .throughputSynced, must: 1),
            ], rows)
        #expect(verdicts.map(\.ratio) == [1, 2])
    }

    @Test func `our 99th percentile stands against the peer's median`() throws {
        let ours = Self.row("cxrgate", seconds: [1], latencies: Array(repeating: 0.01, count: 98) + [0.04, 0.04])
        let theirs = Self.row("storescp", seconds: [1], latencies: [0.01, 0.08, 0.2])
        let verdict = try #require(
            ReceptionBench.judge([.init(peer: .storescp, measure: .tailLatency, must: 1)], [ours, theirs]).first)
        #expect(verdict.ratio == 2)
    }

    @Test func `a missed bound is missed`() throws {
        let rows = [Self.row("cxrgate", seconds: [1]), Self.row("orthanc", seconds: [2])]
        let verdict = try #require(ReceptionBench.judge([.init(peer: .orthanc, must: 3)], rows).first)
        #expect(!verdict.isMet)
    }

    @Test func `every peer of the suite's claims is started, and every bound is above zero`() {
        for scenario in ReceptionScenario.suite {
            #expect(scenario.claims.allSatisfy { $0.must > 0 && ($0.goal ?? $0.must) >= $0.must })
            #expect(!scenario.peers.isEmpty)
        }
    }

    @Test(arguments: [([], 0), ([3], 3), ([1, 9], 5), ([9, 1, 4], 4)] as [([Double], Double)])
    func `the median is the middle one`(values: [Double], expected: Double) {
        #expect(median(values) == expected)
    }
}
