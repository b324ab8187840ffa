/// Measures one question of yes or no on ranked cases, in two passes.
struct QuestionMeasurement {
    let figures: QuestionFigures
    let replicates: [ReplicateFigures]
    /// The threshold that decided; `nil` where the cases bear their decision, or a rule found none.
    let threshold: Double?

    /// How cases are decided.
    enum Decision {
        /// By a threshold that a rule finds, or a person gave.
        case rule(ThresholdRule)
        /// As the cases say.
        case made
    }

    init(
        _ cases: RankedCases, decision: Decision, settings: EvaluationSettings, isClustered: Bool
    ) throws(EvaluationError) {
        let rule: ThresholdRule = if case .rule(let rule) = decision { rule } else { .fixed(0.5) }
        let rank = try RankFigures(cases, rule: rule)
        if case .rule(let rule) = decision {
            guard let found = rank.threshold else { throw .ruleUnmet(rule: rule.text) }
            threshold = found
        } else {
            threshold = nil
        }
        let cut = threshold
        var counts = DecisionCounts()
        var bins = ReliabilityBins(settings.bins)
        var histogram = ScoreHistogram()
        var squares = 0.0
        var sums = BootstrapSums(settings.bootstrap, bins: settings.bins)
        var last: Double?
        try cases.forEach { item in
            if let last, last != item.score { sums.endTie() }
            last = item.score
            let isDecided = cut.map { item.score >= $0 } ?? item.isDecided
            let bin = bins.add(item.score, isPositive: item.isPositive)
            counts.count(isPositive: item.isPositive, isDecided: isDecided)
            histogram.count(item.score, isPositive: item.isPositive)
            let gap = (item.isPositive ? 1 : 0) - item.score
            squares += gap * gap
            sums.add(item, isDecided: isDecided, bin: bin)
        }
        sums.endTie()
        replicates = sums.figures()
        let maker = FigureMaker(replicates: replicates, isClustered: isClustered)
        figures = maker.figures(
            rank, counts, reliability: bins.finish(),
            brier: counts.total > 0 ? squares / Double(counts.total) : nil,
            ece: counts.total > 0 ? bins.error / Double(counts.total) : nil, histogram: histogram)
    }
}

/// Sums of the reliability curve.
private struct ReliabilityBins {
    private var cases: [Int]
    private var positives: [Int]
    private var scores: [Double]
    private let width: Double

    init(_ count: Int) {
        cases = [Int](repeating: 0, count: count)
        positives = cases
        scores = [Double](repeating: 0, count: count)
        width = 1 / Double(count)
    }

    /// The bin of a score: edges at `i * (1 / bins)`, the upper one inside.
    mutating func add(_ score: Double, isPositive: Bool) -> Int {
        var bin = min(cases.count - 1, Int(score * Double(cases.count)))
        while bin > 0, score <= Double(bin) * width { bin -= 1 }
        while bin < cases.count - 1, score > Double(bin + 1) * width { bin += 1 }
        cases[bin] += 1
        scores[bin] += score
        if isPositive { positives[bin] += 1 }
        return bin
    }

    /// Sum over cases of the distance between their bin's mean score and its share of positives.
    var error: Double { cases.indices.reduce(0) { $0 + abs(Double(positives[$1]) - scores[$1]) } }

    func finish() -> [ReliabilityBin] {
        cases.indices.map { bin in
            ReliabilityBin(
                lower: Double(bin) * width, upper: bin == cases.count - 1 ? 1 : Double(bin + 1) * width,
                cases: cases[bin], predicted: cases[bin] > 0 ? scores[bin] / Double(cases[bin]) : nil,
                observed: Figure.proportion(positives[bin], of: cases[bin], undefined: "no case is in the bin"))
        }
    }
}

/// Joins values and intervals.
struct FigureMaker {
    let replicates: [ReplicateFigures]
    let isClustered: Bool

    private static let noPositive = "no case is positive"
    private static let noNegative = "no case is negative"

    func figures(
        _ rank: RankFigures, _ counts: DecisionCounts, reliability: [ReliabilityBin], brier: Double?, ece: Double?,
        histogram: ScoreHistogram
    ) -> QuestionFigures {
        let (tp, fp, tn, fn) =
            (counts.truePositives, counts.falsePositives, counts.trueNegatives, counts.falseNegatives)
        let f1 = 2 * tp + fp + fn > 0 ? Double(2 * tp) / Double(2 * tp + fp + fn) : nil
        return QuestionFigures(
            auroc: auroc(rank, counts),
            averagePrecision: sampled(rank.averagePrecision, Self.noPositive, \.averagePrecision),
            sensitivity: share(tp, of: tp + fn, Self.noPositive, \.sensitivity),
            specificity: share(tn, of: tn + fp, Self.noNegative, \.specificity),
            ppv: share(tp, of: tp + fp, "no case is decided positive", \.ppv),
            npv: share(tn, of: tn + fn, "no case is decided negative", \.npv),
            f1: sampled(f1, "no case is positive or decided positive", \.f1),
            accuracy: share(tp + tn, of: counts.total, "there is no case", \.accuracy),
            brier: sampled(brier, "there is no case", \.brier), ece: sampled(ece, "there is no case", \.ece),
            counts: counts, reliability: reliability, roc: rank.roc, precisionRecall: rank.precisionRecall,
            histogram: histogram)
    }

    private func auroc(_ rank: RankFigures, _ counts: DecisionCounts) -> Figure {
        guard let value = rank.auroc else {
            return Figure(undefined: counts.positives == 0 ? Self.noPositive : Self.noNegative)
        }
        if isClustered { return sampled(value, "", \.auroc) }
        guard let variance = rank.variance else {
            return Figure(value, noIntervalBecause: "DeLong's variance needs two cases of each class")
        }
        guard variance > 0 else {
            return Figure(value, noIntervalBecause: "the classes do not overlap; DeLong's variance is zero")
        }
        let reach = Interval.normal * variance.squareRoot()
        return Figure(value, low: max(0, value - reach), high: min(1, value + reach), method: .deLong)
    }

    /// A share: Wilson's interval, or the bootstrap where cases belong together.
    private func share(
        _ count: Int, of total: Int, _ reason: String, _ figure: (ReplicateFigures) -> Double?
    ) -> Figure {
        guard isClustered, total > 0 else { return Figure.proportion(count, of: total, undefined: reason) }
        return sampled(Double(count) / Double(total), reason, figure)
    }

    /// A value with an interval from the replicates.
    func sampled(_ value: Double?, _ reason: String, _ figure: (ReplicateFigures) -> Double?) -> Figure {
        sampled(value, reason, replicates.map(figure))
    }

    func sampled(_ value: Double?, _ reason: String, _ replicates: [Double?]) -> Figure {
        guard let value else { return Figure(undefined: reason) }
        guard let bounds = Interval.percentiles(replicates) else {
            return Figure(
                value, noIntervalBecause: "too few cases: more than a tenth of the replicates leave it undefined")
        }
        // Where all replicates agree nothing is known of the spread; an interval of no width would look like certainty.
        guard bounds.high > bounds.low else {
            return Figure(
                value, noIntervalBecause: "all replicates agree; a bootstrap cannot say how sure the value is")
        }
        return Figure(value, low: bounds.low, high: bounds.high, method: isClustered ? .clusterBootstrap : .bootstrap)
    }
}
