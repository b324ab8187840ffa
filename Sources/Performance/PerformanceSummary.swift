/// How a version of a model fared over a time, added up from counts.
public struct PerformanceSummary: Sendable, Hashable {
    /// What came of the images of one AE title.
    public struct Source: Sendable, Hashable {
        public var outcomes: [String: Int] = [:]
        /// By presence: present, undetermined, absent.
        public var presences: [String: Int] = [:]

        public var images: Int { outcomes.values.reduce(0, +) }
        public var analysed: Int { outcomes[PerformanceRecord.Outcome.analysed.rawValue] ?? 0 }
        /// Images that could not be analysed; what is not eligible or held is no error.
        public var failed: Int {
            outcomes.filter { $0.key.hasPrefix(PerformanceRecord.Outcome.failed.rawValue) }.values.reduce(0, +)
        }
    }

    public let model: String
    public private(set) var sources: [String: Source] = [:]
    /// Counts on the ``LatencyScale``: by stage, `total` and `waited`.
    public private(set) var latencies: [String: [Int: Int]] = [:]
    /// Analysed images by score, ``PerformanceBook/scoreBins`` of them.
    public private(set) var scores = [Int](repeating: 0, count: PerformanceBook.scoreBins)

    init(model: String) { self.model = model }

    public var images: Int { sources.values.reduce(0) { $0 + $1.images } }
    public var analysed: Int { sources.values.reduce(0) { $0 + $1.analysed } }

    /// The part of the analysed images with the finding present, 0…1; `nil` without any.
    public var positiveShare: Double? {
        let present = sources.values.reduce(0) { $0 + ($1.presences["present"] ?? 0) }
        return analysed > 0 ? Double(present) / Double(analysed) : nil
    }

    mutating func add(source: String, kind: String, bin: Int, count: Int) {
        let words = kind.split(separator: " ", maxSplits: 1).map(String.init)
        let rest = words.count > 1 ? words[1] : ""
        switch words.first {
        case "outcome": sources[source, default: Source()].outcomes[rest, default: 0] += count
        case "presence": sources[source, default: Source()].presences[rest, default: 0] += count
        case "stage": latencies[rest, default: [:]][bin, default: 0] += count
        case "total", "waited": latencies[kind, default: [:]][bin, default: 0] += count
        case "score" where scores.indices.contains(bin): scores[bin] += count
        default: break
        }
    }
}
