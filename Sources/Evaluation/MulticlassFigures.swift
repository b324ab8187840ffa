/// Every figure of a question with more than two classes; the class with the greatest score is decided, of equals the
/// first.
public struct MulticlassFigures: Sendable, Hashable, Codable {
    /// One class against the rest.
    public struct OfClass: Sendable, Hashable, Codable {
        public let name: String
        public let figures: QuestionFigures
    }

    public let accuracy: Figure
    /// Means over the classes, all alike.
    public let macroAUROC: Figure
    public let macroAveragePrecision: Figure
    public let macroSensitivity: Figure
    public let macroPPV: Figure
    public let macroF1: Figure
    /// Means over the classes, each by its number of cases.
    public let weightedAUROC: Figure
    public let weightedAveragePrecision: Figure
    public let weightedSensitivity: Figure
    public let weightedPPV: Figure
    public let weightedF1: Figure
    /// Sum over the classes of squared differences, 0…2.
    public let brier: Figure
    /// Calibration error of the greatest score as the chance that its class is right. Source: Guo et al. 2017.
    public let ece: Figure
    public let classes: [OfClass]

    /// Figures over all classes by name, in the order of reports.
    public var named: [(name: String, title: String, figure: Figure)] {
        [
            ("accuracy", "Accuracy", accuracy), ("macroAUROC", "AUROC, macro", macroAUROC),
            ("weightedAUROC", "AUROC, weighted", weightedAUROC),
            ("macroAveragePrecision", "Average precision, macro", macroAveragePrecision),
            ("weightedAveragePrecision", "Average precision, weighted", weightedAveragePrecision),
            ("macroSensitivity", "Sensitivity, macro", macroSensitivity),
            ("weightedSensitivity", "Sensitivity, weighted", weightedSensitivity),
            ("macroPPV", "PPV, macro", macroPPV), ("weightedPPV", "PPV, weighted", weightedPPV),
            ("macroF1", "F1, macro", macroF1), ("weightedF1", "F1, weighted", weightedF1),
            ("brier", "Brier score, all classes", brier), ("ece", "Calibration error (ECE)", ece),
        ]
    }

    init(
        _ classes: [(name: String, measurement: QuestionMeasurement)], confidence: QuestionMeasurement,
        isClustered: Bool
    ) {
        let maker = FigureMaker(replicates: [], isClustered: isClustered)
        let rounds = classes[0].measurement.replicates.indices

        func mean(
            _ figure: (QuestionFigures) -> Figure, _ replicate: (ReplicateFigures) -> Double?, isWeighted: Bool
        ) -> Figure {
            func mean(_ values: [(value: Double?, weight: Double)]) -> Double? {
                // A class without cases has no say in a weighted mean.
                let said = values.filter { !isWeighted || $0.weight > 0 }
                let weights = said.reduce(0) { $0 + (isWeighted ? $1.weight : 1) }
                var sum = 0.0
                for (value, weight) in said {
                    guard let value else { return nil }
                    sum += value * (isWeighted ? weight : 1)
                }
                return weights > 0 ? sum / weights : nil
            }
            let value = mean(
                classes.map {
                    (figure($0.measurement.figures).value, Double($0.measurement.figures.counts.positives))
                })
            let replicates = rounds.map { round in
                mean(
                    classes.map {
                        (replicate($0.measurement.replicates[round]), $0.measurement.replicates[round].positives)
                    })
            }
            return maker.sampled(value, "it is undefined for a class", replicates)
        }
        func pair(
            _ figure: (QuestionFigures) -> Figure, _ replicate: (ReplicateFigures) -> Double?
        ) -> (Figure, Figure) {
            (mean(figure, replicate, isWeighted: false), mean(figure, replicate, isWeighted: true))
        }
        (macroAUROC, weightedAUROC) = pair(\.auroc, \.auroc)
        (macroAveragePrecision, weightedAveragePrecision) = pair(\.averagePrecision, \.averagePrecision)
        (macroSensitivity, weightedSensitivity) = pair(\.sensitivity, \.sensitivity)
        (macroPPV, weightedPPV) = pair(\.ppv, \.ppv)
        (macroF1, weightedF1) = pair(\.f1, \.f1)
        // "Right" is the positive of the confidence question: its sensitivity-free share is the accuracy.
        let right = confidence.figures.counts
        accuracy =
            isClustered
            ? maker.sampled(
                right.total > 0 ? Double(right.positives) / Double(right.total) : nil, "there is no case",
                confidence.replicates.map { $0.total > 0 ? $0.positives / $0.total : nil })
            : Figure.proportion(right.positives, of: right.total, undefined: "there is no case")
        let sums = classes.map(\.measurement.figures.brier.value)
        brier = maker.sampled(
            sums.contains(nil) ? nil : sums.reduce(0) { $0 + ($1 ?? 0) }, "there is no case",
            rounds.map { round in
                classes.reduce(0) { sum, item in
                    sum.flatMap { sum in item.measurement.replicates[round].brier.map { sum + $0 } }
                } as Double?
            })
        ece = confidence.figures.ece
        self.classes = classes.map { OfClass(name: $0.name, figures: $0.measurement.figures) }
    }
}
