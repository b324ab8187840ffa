/// The sums of all replicates of one question while its cases pass, the highest score first. Memory grows with the
/// number of replicates alone.
struct BootstrapSums {
    private let bootstrap: Bootstrap
    private var weights: [Double]
    private var positives: [Double]
    private var negatives: [Double]
    private var tiedPositives: [Double]
    private var tiedNegatives: [Double]
    /// Pairs of a positive and a negative that are in the right order, ties half.
    private var pairs: [Double]
    private var precision: [Double]
    private var hits: [Double]
    private var alarms: [Double]
    private var errors: [Double]
    /// Weight of truth less score, bin after bin.
    private var gaps: [[Double]]

    init(_ bootstrap: Bootstrap, bins: Int) {
        self.bootstrap = bootstrap
        let zeros = [Double](repeating: 0, count: bootstrap.replicates)
        (weights, positives, negatives, tiedPositives, tiedNegatives) = (zeros, zeros, zeros, zeros, zeros)
        (pairs, precision, hits, alarms, errors) = (zeros, zeros, zeros, zeros, zeros)
        gaps = Array(repeating: zeros, count: bins)
    }

    mutating func add(_ item: RankedCases.Item, isDecided: Bool, bin: Int) {
        bootstrap.draw(item.cluster, into: &weights)
        let gap = (item.isPositive ? 1 : 0) - item.score
        let square = gap * gap
        if item.isPositive {
            Self.add(weights, times: 1, to: &tiedPositives)
            if isDecided { Self.add(weights, times: 1, to: &hits) }
        } else {
            Self.add(weights, times: 1, to: &tiedNegatives)
            if isDecided { Self.add(weights, times: 1, to: &alarms) }
        }
        Self.add(weights, times: square, to: &errors)
        Self.add(weights, times: gap, to: &gaps[bin])
    }

    private static func add(_ weights: [Double], times factor: Double, to sums: inout [Double]) {
        for index in weights.indices { sums[index] += weights[index] * factor }
    }

    /// No further case has the score of the last ones.
    mutating func endTie() {
        for index in positives.indices {
            let (p, n) = (tiedPositives[index], tiedNegatives[index])
            guard p + n > 0 else { continue }
            positives[index] += p
            negatives[index] += n
            pairs[index] += n * (positives[index] - p / 2)
            precision[index] += p * positives[index] / (positives[index] + negatives[index])
            tiedPositives[index] = 0
            tiedNegatives[index] = 0
        }
    }

    /// The figures of every replicate.
    func figures() -> [ReplicateFigures] {
        positives.indices.map { index in
            ReplicateFigures(
                positives: positives[index], negatives: negatives[index], pairs: pairs[index],
                precision: precision[index], hits: hits[index], alarms: alarms[index], errors: errors[index],
                gaps: gaps.reduce(0) { $0 + abs($1[index]) })
        }
    }
}

/// Sums of one replicate, and the figures that they give; `nil` where one is undefined.
struct ReplicateFigures {
    let positives: Double
    let negatives: Double
    let pairs: Double
    let precision: Double
    let hits: Double
    let alarms: Double
    let errors: Double
    let gaps: Double

    var total: Double { positives + negatives }

    var auroc: Double? { ratio(pairs, positives * negatives) }
    var averagePrecision: Double? { ratio(precision, positives) }
    var sensitivity: Double? { ratio(hits, positives) }
    var specificity: Double? { ratio(negatives - alarms, negatives) }
    var ppv: Double? { ratio(hits, hits + alarms) }
    var npv: Double? { ratio(negatives - alarms, total - hits - alarms) }
    var f1: Double? { ratio(2 * hits, positives + hits + alarms) }
    var accuracy: Double? { ratio(hits + negatives - alarms, total) }
    var brier: Double? { ratio(errors, total) }
    var ece: Double? { ratio(gaps, total) }

    private func ratio(_ part: Double, _ whole: Double) -> Double? { whole > 0 ? part / whole : nil }
}
