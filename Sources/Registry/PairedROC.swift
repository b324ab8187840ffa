import Foundation

/// Two models' areas under the ROC curve on the same cases, and whether they differ.
///
/// Source: DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837; midranks as in Sun, Xu, IEEE Signal Processing
/// Letters 21 (2014) 1389, so that ties count half and the cost is that of sorting.
public struct PairedROC: Sendable, Hashable {
    /// Areas, 0…1.
    public let control: Double
    public let treatment: Double
    /// Standard error of their difference; `nil` with fewer than two cases of a kind.
    public let standardError: Double?

    public var difference: Double { treatment - control }

    /// Two-sided p of "no difference"; `nil` where there is no standard error.
    public var pValue: Double? {
        guard let standardError else { return nil }
        guard standardError > 0 else { return difference == 0 ? 1 : 0 }
        return erfc(abs(difference) / standardError / 2.0.squareRoot())
    }

    /// - Parameters: per case with the finding, and per case without, the scores of both models. Neither empty.
    public init?(positive: [(control: Double, treatment: Double)], negative: [(control: Double, treatment: Double)]) {
        guard !positive.isEmpty, !negative.isEmpty else { return nil }
        let first = Self.components(positive.map(\.control), negative.map(\.control))
        let second = Self.components(positive.map(\.treatment), negative.map(\.treatment))
        control = first.area
        treatment = second.area
        guard positive.count > 1, negative.count > 1 else {
            standardError = nil
            return
        }
        let variance =
            Self.variance(zip(first.positive, second.positive).map { $1 - $0 }) / Double(positive.count)
            + Self.variance(zip(first.negative, second.negative).map { $1 - $0 }) / Double(negative.count)
        standardError = max(variance, 0).squareRoot()
    }

    /// The area for one model; ties count half. Neither list empty.
    public static func area(positive: [Double], negative: [Double]) -> Double {
        components(positive, negative).area
    }

    /// The structural components: per case, the share of the other kind that it is ranked right against.
    private static func components(
        _ positive: [Double], _ negative: [Double]
    ) -> (area: Double, positive: [Double], negative: [Double]) {
        let all = midranks(positive + negative)
        let own = midranks(positive)
        let others = midranks(negative)
        let m = Double(positive.count)
        let n = Double(negative.count)
        let first = positive.indices.map { (all[$0] - own[$0]) / n }
        let second = negative.indices.map { 1 - (all[positive.count + $0] - others[$0]) / m }
        return (first.reduce(0, +) / m, first, second)
    }

    /// Ranks from 1; equal values share the mean of theirs.
    private static func midranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
            start = end + 1
        }
        return ranks
    }

    private static func variance(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }
}
