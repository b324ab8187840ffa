/// Every figure of one question of yes or no: a finding, or one class against the rest.
public struct QuestionFigures: Sendable, Hashable, Codable {
    /// Area under the ROC curve.
    public let auroc: Figure
    /// Average precision: the area under the precision-recall curve, without interpolation.
    public let averagePrecision: Figure
    public let sensitivity: Figure
    public let specificity: Figure
    /// Positive and negative predictive value, at the prevalence of these cases.
    public let ppv: Figure
    public let npv: Figure
    public let f1: Figure
    public let accuracy: Figure
    /// Mean squared difference of probability and truth. Source: Brier 1950.
    public let brier: Figure
    /// Expected calibration error: mean distance of probability and share of positives over the bins.
    public let ece: Figure
    public let counts: DecisionCounts
    /// Bins of equal width, the upper edge inside.
    public let reliability: [ReliabilityBin]
    public let roc: [CurvePoint]
    /// `x` is recall, `y` precision.
    public let precisionRecall: [CurvePoint]
    public let histogram: ScoreHistogram

    /// Figures by name, in the order of reports.
    public var named: [(name: String, title: String, figure: Figure)] {
        [
            ("auroc", "AUROC", auroc), ("averagePrecision", "Average precision", averagePrecision),
            ("sensitivity", "Sensitivity", sensitivity), ("specificity", "Specificity", specificity),
            ("ppv", "PPV", ppv), ("npv", "NPV", npv), ("f1", "F1", f1), ("accuracy", "Accuracy", accuracy),
            ("brier", "Brier score", brier), ("ece", "Calibration error (ECE)", ece),
        ]
    }
}

/// What was decided, against what is true.
public struct DecisionCounts: Sendable, Hashable, Codable {
    public var truePositives = 0
    public var falsePositives = 0
    public var trueNegatives = 0
    public var falseNegatives = 0

    public var positives: Int { truePositives + falseNegatives }
    public var negatives: Int { trueNegatives + falsePositives }
    public var total: Int { positives + negatives }

    mutating func count(isPositive: Bool, isDecided: Bool) {
        switch (isPositive, isDecided) {
        case (true, true): truePositives += 1
        case (false, true): falsePositives += 1
        case (false, false): trueNegatives += 1
        case (true, false): falseNegatives += 1
        }
    }
}

/// One bin of the reliability curve.
public struct ReliabilityBin: Sendable, Hashable, Codable {
    /// Scores above `lower`, up to `upper`; the first bin holds 0 too.
    public let lower: Double
    public let upper: Double
    public let cases: Int
    /// Mean score; `nil` in an empty bin.
    public let predicted: Double?
    /// Share of positives with Wilson's 95 % interval.
    public let observed: Figure
}

/// How often scores fall into bars of equal width.
public struct ScoreHistogram: Sendable, Hashable, Codable {
    /// Counts of positives and negatives, the bar from 0 first.
    public var positives = [Int](repeating: 0, count: EvaluationLimits.histogramBars)
    public var negatives = [Int](repeating: 0, count: EvaluationLimits.histogramBars)

    mutating func count(_ score: Double, isPositive: Bool) {
        let bars = EvaluationLimits.histogramBars
        let bar = min(bars - 1, Int(score * Double(bars)))
        if isPositive { positives[bar] += 1 } else { negatives[bar] += 1 }
    }
}
