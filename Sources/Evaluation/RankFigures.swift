/// What follows from the order of scores alone, in one pass: areas under both curves, the curves, and a threshold.
struct RankFigures {
    /// The chance that a positive scores above a negative, ties half. Source: Mann and Whitney 1947.
    private(set) var auroc: Double?
    /// Variance of `auroc`; `nil` with fewer than two cases of a class. Source: DeLong et al. 1988.
    private(set) var variance: Double?
    /// Mean precision over the positives in the order of their scores, without interpolation.
    private(set) var averagePrecision: Double?
    private(set) var threshold: Double?
    private(set) var roc: [CurvePoint] = []
    private(set) var precisionRecall: [CurvePoint] = []

    init(_ cases: RankedCases, rule: ThresholdRule) throws(EvaluationError) {
        let (positives, negatives) = (cases.positives, cases.negatives)
        var choice = ThresholdChoice(rule, positives: positives, negatives: negatives)
        var (above, below) = (DeLong(twice: negatives), DeLong(twice: positives))
        var (tp, fp) = (0, 0)
        var precisionSum = 0.0
        var rocCurve = Curve(start: CurvePoint(x: 0, y: 0, threshold: nil))
        var recallCurve = Curve(start: nil)
        var isFirst = true
        try cases.forEachTie { tie in
            // Above the highest score nothing is positive; that threshold counts while it is within 0…1.
            if isFirst, tie.score < 1 { choice.consider(1, truePositives: 0, falsePositives: 0) }
            isFirst = false
            // Twice the negatives below plus the tied ones, and twice the positives above plus the tied ones.
            above.add(2 * (negatives - fp - tie.negatives) + tie.negatives, times: tie.positives)
            below.add(2 * tp + tie.positives, times: tie.negatives)
            tp += tie.positives
            fp += tie.negatives
            let precision = Double(tp) / Double(tp + fp)
            precisionSum += Double(tie.positives) * precision
            choice.consider(tie.score, truePositives: tp, falsePositives: fp)
            if positives > 0, negatives > 0 {
                rocCurve.add(
                    CurvePoint(
                        x: Double(fp) / Double(negatives), y: Double(tp) / Double(positives), threshold: tie.score))
            }
            if positives > 0 {
                recallCurve.add(
                    CurvePoint(x: Double(tp) / Double(positives), y: precision, threshold: tie.score))
            }
        }
        threshold = choice.threshold
        if positives > 0 {
            averagePrecision = precisionSum / Double(positives)
            precisionRecall = recallCurve.finish()
        }
        if positives > 0, negatives > 0 {
            auroc = above.mean
            roc = rocCurve.finish()
            if let a = above.variance, let b = below.variance {
                variance = a / Double(positives) + b / Double(negatives)
            }
        }
    }
}

/// Sums of one side's structural components, exact: a component is a whole number over `2 * other side`.
private struct DeLong {
    private let unit: Double
    private var count = 0
    private var sum: Int128 = 0
    private var squares: Int128 = 0

    init(twice other: Int) { unit = 2 * Double(other) }

    mutating func add(_ component: Int, times: Int) {
        guard times > 0 else { return }
        count += times
        sum += Int128(component) * Int128(times)
        squares += Int128(component) * Int128(component) * Int128(times)
    }

    var mean: Double { Double(sum) / Double(count) / unit }

    /// Of one component, over count - 1.
    var variance: Double? {
        guard count > 1 else { return nil }
        let spread = Double(Int128(count) * squares - sum * sum) / Double(count)
        return spread / Double(count - 1) / (unit * unit)
    }
}

/// A vertex of a drawn curve.
public struct CurvePoint: Sendable, Hashable, Codable {
    public let x: Double
    public let y: Double
    /// The score at and above which cases count as positive; `nil` above all of them.
    public let threshold: Double?
}

/// The vertices of a curve, without those too near to the one before to be seen.
private struct Curve {
    private var points: [CurvePoint] = []
    private var skipped: CurvePoint?

    init(start: CurvePoint?) { if let start { points = [start] } }

    mutating func add(_ point: CurvePoint) {
        if let last = points.last,
            abs(point.x - last.x) + abs(point.y - last.y) < EvaluationLimits.curveStep
        {
            skipped = point
        } else {
            points.append(point)
            skipped = nil
        }
    }

    func finish() -> [CurvePoint] { points + (skipped.map { [$0] } ?? []) }
}
