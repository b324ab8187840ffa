import Testing

@testable import Watching

struct PrometheusTextTests {
    @Test func `Figures are written as the format says`() {
        var family = MetricFamily("queue_jobs", .gauge, "Jobs that are not done.")
        family.add(3, ["kind": "deliver", "state": "wait\"ing\\\n"])
        family.add(0.5, ["kind": "report", "state": "dead"])
        #expect(
            PrometheusText.write([family, MetricFamily("none", .counter, "Left out.")])
                == """
                # HELP cxrgate_queue_jobs Jobs that are not done.
                # TYPE cxrgate_queue_jobs gauge
                cxrgate_queue_jobs{kind="deliver",state="wait\\"ing\\\\\\n"} 3
                cxrgate_queue_jobs{kind="report",state="dead"} 0.5

                """)
    }

    @Test func `A histogram is cumulative and ends with everything`() {
        var histogram = LatencyHistogram()
        for seconds in [0.0005, 0.02, 0.02, 9999] { histogram.observe(seconds: seconds) }
        var family = MetricFamily("stage_seconds", .histogram, "Durations.")
        family.add(.histogram(histogram), ["stage": "path"])
        let lines = PrometheusText.write([family]).split(separator: "\n").map(String.init)
        #expect(lines.contains("cxrgate_stage_seconds_bucket{stage=\"path\",le=\"0.001\"} 1"))
        #expect(lines.contains("cxrgate_stage_seconds_bucket{stage=\"path\",le=\"0.025\"} 3"))
        #expect(lines.contains("cxrgate_stage_seconds_bucket{stage=\"path\",le=\"3600\"} 3"))
        #expect(lines.contains("cxrgate_stage_seconds_bucket{stage=\"path\",le=\"+Inf\"} 4"))
        #expect(lines.contains("cxrgate_stage_seconds_sum{stage=\"path\"} 9999.0405"))
        #expect(lines.last == "cxrgate_stage_seconds_count{stage=\"path\"} 4")
    }

    @Test func `A family has a bounded number of samples`() {
        var family = MetricFamily("queue_jobs", .gauge, "Jobs.")
        for number in 0..<2000 { family.add(1, ["kind": "\(number)"]) }
        #expect(family.samples.count == MetricFamily.mostSamples)
    }
}
