/// The text form in which Prometheus collects figures.
/// Source: prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4.
public enum PrometheusText {
    public static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// Families without samples are left out.
    public static func write(_ families: [MetricFamily]) -> String {
        families.filter { !$0.samples.isEmpty }.map(write).joined()
    }

    private static func write(_ family: MetricFamily) -> String {
        let head = "# HELP \(family.name) \(escaped(family.help))\n# TYPE \(family.name) \(family.kind.rawValue)\n"
        return head
            + family.samples.map { sample in
                switch sample.value {
                case .number(let value): "\(family.name)\(braced(sample.labels)) \(number(value))\n"
                case .histogram(let histogram): write(histogram, family.name, sample.labels)
                }
            }.joined()
    }

    private static func write(_ histogram: LatencyHistogram, _ name: String, _ labels: [MetricFamily.Label]) -> String {
        var text = ""
        var seen: UInt64 = 0
        for (index, count) in histogram.counts.enumerated() {
            seen += count
            let bound = index < LatencyHistogram.bounds.count ? number(LatencyHistogram.bounds[index]) : "+Inf"
            text += "\(name)_bucket\(braced(labels + [MetricFamily.Label(name: "le", value: bound)])) \(seen)\n"
        }
        let sum = number(Double(histogram.microseconds) / 1_000_000)
        return text + "\(name)_sum\(braced(labels)) \(sum)\n\(name)_count\(braced(labels)) \(seen)\n"
    }

    private static func braced(_ labels: [MetricFamily.Label]) -> String {
        if labels.isEmpty { return "" }
        let pairs = labels.map { "\($0.name)=\"\(escaped($0.value).replacing("\"", with: "\\\""))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
