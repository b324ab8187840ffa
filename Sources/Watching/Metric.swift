/// A family of figures under one name, as Prometheus collects them.
public struct MetricFamily: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable { case counter, gauge, histogram }

    public enum Value: Sendable, Hashable {
        case number(Double)
        case histogram(LatencyHistogram)
    }

    public struct Sample: Sendable, Hashable {
        /// Names and values, in the order in which they are written.
        public let labels: [Label]
        public let value: Value
    }

    public struct Label: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// `cxrgate_…`, with its unit at the end, `_total` for a counter.
    public let name: String
    public let kind: Kind
    /// One sentence.
    public let help: String
    public private(set) var samples: [Sample] = []

    /// Samples of one family; the rest is left out, and the family says so by its number of samples. Nothing that is
    /// counted here has so many kinds unless somebody makes them up.
    public static let mostSamples = 500

    public init(_ name: StaticString, _ kind: Kind, _ help: StaticString) {
        self.name = "cxrgate_\(name)"
        self.kind = kind
        self.help = "\(help)"
    }

    public mutating func add(_ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
        add(.number(value), labels)
    }

    public mutating func add(_ value: Value, _ labels: KeyValuePairs<String, String>) {
        guard samples.count < Self.mostSamples else { return }
        samples.append(Sample(labels: labels.map { Label(name: $0.key, value: $0.value) }, value: value))
    }

    /// A family of one figure.
    public static func one(
        _ name: StaticString, _ kind: Kind, _ help: StaticString, _ value: Double?
    ) -> MetricFamily {
        var family = MetricFamily(name, kind, help)
        if let value { family.add(value) }
        return family
    }
}
