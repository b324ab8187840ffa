/// What an evaluation found.
public struct EvaluationResult: Sendable, Hashable, Codable {
    /// The figures of some of the cases: all, or those with one value of a subgroup column.
    public struct Slice: Sendable, Hashable, Codable {
        /// The column and its value; `nil` for all cases.
        public let by: String?
        public let value: String?
        public let cases: Int
        /// Cases of each class.
        public let support: [Int]
        public let binary: QuestionFigures?
        public let multiclass: MulticlassFigures?
        /// Rows are truth, columns decisions, in the order of the classes.
        public let confusion: ConfusionMatrix
    }

    /// The names of the classes, negative first.
    public let classes: [String]
    /// The threshold of a binary question and the rule that found it, on all cases.
    public let threshold: Double?
    public let rule: String?
    public let overall: Slice
    public let subgroups: [Slice]
    /// Where the model was most wrong: false positives, then false negatives, the worst first.
    public let worstErrors: [WorstError]
    public let bins: Int
    public let replicates: Int
    public let seed: UInt64
    /// Whether intervals are over clusters of cases.
    public let isClustered: Bool
}

/// Measures the cases of a table.
public enum Evaluation {
    /// Every figure over all cases, and over each value of each subgroup column with the threshold found on all. A
    /// bounded number of passes, each of which sorts in fixed memory. Throws `EvaluationError`.
    public static func measure(
        _ table: CaseTable, settings: EvaluationSettings, source: CaseSource
    ) throws(EvaluationError) -> EvaluationResult {
        let pass = SlicePass(table: table, settings: settings, source: source)
        let (overall, threshold) = try pass.measure(by: nil, decision: .rule(settings.rule))
        var subgroups: [EvaluationResult.Slice] = []
        let decision: QuestionMeasurement.Decision = .rule(threshold.map { .fixed($0) } ?? settings.rule)
        for (column, grouping) in table.groups.enumerated() {
            for value in grouping.values.indices {
                subgroups.append(try pass.measure(by: (column, value), decision: decision).slice)
            }
        }
        return EvaluationResult(
            classes: table.classes, threshold: threshold, rule: table.isBinary ? settings.rule.text : nil,
            overall: overall, subgroups: subgroups,
            worstErrors: try WorstErrors.find(table, threshold: threshold), bins: settings.bins,
            replicates: settings.bootstrap.replicates, seed: settings.bootstrap.seed, isClustered: table.isClustered)
    }
}

/// Measures some of the cases.
private struct SlicePass {
    let table: CaseTable
    let settings: EvaluationSettings
    let source: CaseSource

    func measure(
        by group: (column: Int, value: Int)?, decision: QuestionMeasurement.Decision
    ) throws(EvaluationError) -> (slice: EvaluationResult.Slice, threshold: Double?) {
        var confusion = ConfusionMatrix(classes: table.classes.count)
        func isInside(_ item: Case) -> Bool { group.map { item.groups[$0.column] == $0.value } ?? true }
        var binary: QuestionMeasurement?
        var multiclass: MulticlassFigures?
        if table.isBinary {
            let measurement = try question(
                decision, isInside: isInside, score: { $0.scores[0] }, isPositive: { $0.truth == 1 },
                isDecided: { _ in false })
            confusion = ConfusionMatrix(measurement.figures.counts)
            binary = measurement
        } else {
            try table.forEach { item in
                if isInside(item) { confusion.count(truth: item.truth, decided: item.scores.firstGreatest) }
            }
            var classes: [(name: String, measurement: QuestionMeasurement)] = []
            for (index, name) in table.classes.enumerated() {
                classes.append(
                    (
                        name,
                        try question(
                            .made, isInside: isInside, score: { $0.scores[index] }, isPositive: { $0.truth == index },
                            isDecided: { $0.scores.firstGreatest == index })
                    ))
            }
            let confidence = try question(
                .made, isInside: isInside, score: { $0.scores[$0.scores.firstGreatest] },
                isPositive: { $0.truth == $0.scores.firstGreatest }, isDecided: { _ in true })
            multiclass = MulticlassFigures(classes, confidence: confidence, isClustered: table.isClustered)
        }
        let support = confusion.counts.map { $0.reduce(0, +) }
        let slice = EvaluationResult.Slice(
            by: group.map { table.groups[$0.column].column },
            value: group.map { table.groups[$0.column].values[$0.value] }, cases: support.reduce(0, +),
            support: support, binary: binary?.figures, multiclass: multiclass, confusion: confusion)
        return (slice, binary?.threshold)
    }

    private func question(
        _ decision: QuestionMeasurement.Decision, isInside: (Case) -> Bool, score: (Case) -> Double,
        isPositive: (Case) -> Bool, isDecided: (Case) -> Bool
    ) throws(EvaluationError) -> QuestionMeasurement {
        var ranked = RankedCases(bytes: source.sortBytes, folder: source.folder)
        try table.forEach { item throws(EvaluationError) in
            guard isInside(item) else { return }
            try ranked.append(
                .init(
                    score: score(item), cluster: item.cluster, isPositive: isPositive(item),
                    isDecided: isDecided(item)))
        }
        return try QuestionMeasurement(
            ranked, decision: decision, settings: settings, isClustered: table.isClustered)
    }
}

extension [Double] {
    /// The index of the greatest, of equals the first.
    var firstGreatest: Int {
        var best = 0
        for index in indices where self[index] > self[best] { best = index }
        return best
    }
}
