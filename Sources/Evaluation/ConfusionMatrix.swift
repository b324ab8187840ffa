/// How often each class was decided for each truth: `counts[truth][decision]`.
public struct ConfusionMatrix: Sendable, Hashable, Codable {
    public private(set) var counts: [[Int]]

    init(classes: Int) { counts = Array(repeating: Array(repeating: 0, count: classes), count: classes) }

    init(_ decisions: DecisionCounts) {
        counts = [
            [decisions.trueNegatives, decisions.falsePositives], [decisions.falseNegatives, decisions.truePositives],
        ]
    }

    mutating func count(truth: Int, decided: Int) { counts[truth][decided] += 1 }

    /// Each row by its sum: of the cases of one truth, the share of each decision. `nil` in the row of a class without
    /// cases.
    public var normalised: [[Double?]] {
        counts.map { row in
            let sum = row.reduce(0, +)
            return row.map { sum > 0 ? Double($0) / Double(sum) : nil }
        }
    }

    private enum Key: String, CodingKey { case counts, normalised }

    public init(from decoder: any Decoder) throws {
        counts = try decoder.container(keyedBy: Key.self).decode([[Int]].self, forKey: .counts)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(counts, forKey: .counts)
        try container.encode(normalised, forKey: .normalised)
    }
}
