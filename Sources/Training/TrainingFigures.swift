extension TrainingReport {
    /// How scores agree with labels, as far as training itself has to know; `cxrgate evaluate` has the whole of it.
    public struct Figures: Sendable, Codable, Hashable {
        public let images: Int
        public let patients: Int
        /// Pictures that have the finding; of several classes, those not of the first.
        public let positives: Int
        /// Of several classes the mean of each against the rest; so with all that follow but the last four.
        public let auroc: Double
        /// At the upper thresholds.
        public let sensitivity: Double
        public let specificity: Double
        /// Mean squared difference of probability and label.
        public let brier: Double
        /// Mean distance of the mean probability from the frequency in 15 equal bins, classes weighing the same, as they
        /// do in the calibration. Source: Naeini et al. 2015.
        public let calibrationError: Double
        /// At the threshold; of several classes by the greatest probability.
        public let accuracy: Double
        /// Pictures between the thresholds of the first output.
        public let undetermined: Int
        /// Positives below the lower threshold of the first output.
        public let missedBelowLower: Int
        /// True class by row, predicted class by column.
        public let confusion: [[Int]]

        init(
            _ scores: [Score], thresholds: [Double], lowerThresholds: [Double], patients: Int,
            configuration: TrainingConfiguration
        ) {
            let labels = scores.map(\.label)
            let outputs = configuration.outputs
            func mean(_ figure: (_ probabilities: [Float], _ isPresent: [Bool], _ output: Int) -> Double) -> Double {
                (0..<outputs).reduce(0) { sum, output in
                    sum
                        + figure(
                            scores.map { $0.probabilities[output] }, labels.map { configuration.isPresent(output, $0) },
                            output)
                } / Double(outputs)
            }
            func confusion(_ probabilities: [Float], _ isPresent: [Bool], _ output: Int) -> Confusion {
                Confusion(probabilities, isPresent, threshold: Float(thresholds[output]))
            }
            images = scores.count
            self.patients = patients
            positives = labels.count { $0 > 0 }
            auroc = TrainingReport.meanAUROC(scores.map(\.logits), labels)
            sensitivity = mean { confusion($0, $1, $2).sensitivity }
            specificity = mean { confusion($0, $1, $2).specificity }
            brier = mean { probabilities, isPresent, _ in
                zip(probabilities, isPresent).reduce(0) { sum, pair in
                    let difference = Double(pair.0) - (pair.1 ? 1 : 0)
                    return sum + difference * difference
                } / Double(max(1, probabilities.count))
            }
            calibrationError = mean { probabilities, isPresent, _ in Figures.calibrationError(probabilities, isPresent)
            }

            var matrix = [[Int]](
                repeating: [Int](repeating: 0, count: configuration.classCount), count: configuration.classCount)
            for score in scores {
                let predicted: Int
                if outputs == 1 {
                    predicted = Double(score.probabilities[0]) >= thresholds[0] ? 1 : 0
                } else {
                    predicted =
                        score.probabilities.indices.max { score.probabilities[$0] < score.probabilities[$1] } ?? 0
                }
                matrix[score.label][predicted] += 1
            }
            self.confusion = matrix
            accuracy = Double(matrix.indices.reduce(0) { $0 + matrix[$1][$1] }) / Double(max(1, scores.count))
            undetermined = scores.count {
                let probability = Double($0.probabilities[0])
                return probability >= lowerThresholds[0] && probability < thresholds[0]
            }
            missedBelowLower = scores.count {
                configuration.isPresent(0, $0.label) && Double($0.probabilities[0]) < lowerThresholds[0]
            }
        }

        static func calibrationError(_ probabilities: [Float], _ isPresent: [Bool]) -> Double {
            let positives = Double(max(1, isPresent.count { $0 }))
            let negatives = Double(max(1, isPresent.count { !$0 }))
            var bins = [(weight: Double, probability: Double, present: Double)](repeating: (0, 0, 0), count: 15)
            for (probability, present) in zip(probabilities, isPresent) {
                let bin = min(bins.count - 1, max(0, Int(probability * Float(bins.count))))
                let weight = 0.5 / (present ? positives : negatives)
                bins[bin].weight += weight
                bins[bin].probability += weight * Double(probability)
                bins[bin].present += present ? weight : 0
            }
            return bins.reduce(0) { $0 + abs($1.probability - $1.present) }
        }

        /// Name and value, for tables, comparison and export.
        public var named: [(name: String, value: Double)] {
            [
                ("auroc", auroc), ("sensitivity", sensitivity), ("specificity", specificity), ("accuracy", accuracy),
                ("brier", brier), ("calibration_error", calibrationError),
            ]
        }
    }

    /// Of one logit the AUROC; of several the mean of each class against the rest. 0 if a class is missing.
    static func meanAUROC(_ logits: [[Float]], _ labels: [Int]) -> Double {
        let outputs = logits.first?.count ?? 1
        if outputs == 1 { return Metrics.auroc(logits.map { $0[0] }, labels.map { $0 == 1 }) ?? 0 }
        let loss = TrainingLoss(outputs: outputs, smoothing: 0)
        let probabilities = logits.map { row in loss.probabilities(row.map { Double($0) }) }
        return (0..<outputs).reduce(0) { sum, output in
            sum + (Metrics.auroc(probabilities.map { Float($0[output]) }, labels.map { $0 == output }) ?? 0)
        } / Double(outputs)
    }
}
