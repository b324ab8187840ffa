/// How an evaluation decides and measures.
public struct EvaluationSettings: Sendable, Hashable {
    /// How the threshold of a binary question is found; classes are decided by the greatest score.
    public let rule: ThresholdRule
    /// Bins of the reliability curve.
    public let bins: Int
    public let bootstrap: Bootstrap

    /// Throws if a number is out of range.
    public init(rule: ThresholdRule, bins: Int = 15, bootstrap: Bootstrap) throws(EvaluationError) {
        guard EvaluationLimits.bins.contains(bins) else {
            throw .badSetting(
                name: "--bins", range: "within \(EvaluationLimits.bins.lowerBound)…\(EvaluationLimits.bins.upperBound)")
        }
        self.rule = rule
        self.bins = bins
        self.bootstrap = bootstrap
    }
}
