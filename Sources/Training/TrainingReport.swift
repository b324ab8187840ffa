/// What a training leaves behind.
public struct TrainingReport: Sendable {
    /// One pass over the training pictures.
    public struct Epoch: Sendable, Codable, Hashable, CustomStringConvertible {
        /// Counted from 1.
        public let number: Int
        public let learningRate: Float
        /// Mean loss of the varied training pictures, weighted by class.
        public let trainingLoss: Double
        /// Loss of the held-out pictures, by the averaged weights, each class weighing the same.
        public let validationLoss: Double
        /// Area under the ROC curve of the held-out pictures, by the averaged weights; of several classes the mean of
        /// each against the rest.
        public let validationAUROC: Double
        /// Whether this epoch is the best so far.
        public let isBest: Bool

        /// One line for a person.
        public var description: String {
            func digits(_ value: Double, _ count: Int) -> String {
                let scale = count == 4 ? 10_000.0 : 100_000.0
                let whole = Int((abs(value) * scale).rounded())
                let fraction = String(whole % Int(scale))
                return "\(whole / Int(scale))." + String(repeating: "0", count: count - fraction.count) + fraction
            }
            return "epoch \(number): loss \(digits(trainingLoss, 4)), validation loss \(digits(validationLoss, 4)), "
                + "AUROC \(digits(validationAUROC, 4)), rate \(digits(Double(learningRate), 5))" + (isBest ? " *" : "")
        }
    }

    /// One held-out picture as the exported model scores it.
    public struct Score: Sendable, Codable, Hashable {
        /// The row of the label table, counted from 1, the header.
        public let row: Int
        /// The number of its class; for one finding 1 is present.
        public let label: Int
        public let logits: [Float]
        /// 0...1
        public let probabilities: [Float]
    }

    /// At or above `upper` a finding is present, below `lower` absent.
    public struct Threshold: Sendable, Codable, Hashable {
        public let upper: Double
        public let lower: Double
    }

    public let configuration: TrainingConfiguration
    public let history: [Epoch]
    /// The epoch whose weights are in `onnx`.
    public let bestEpoch: Int
    public let trainingImages: Int
    public let trainingPatients: Int
    public let parameterCount: Int
    /// By output.
    public let thresholds: [Threshold]
    /// Figures of the held-out pictures, measured on the exported model.
    public let validation: Figures
    public let scores: [Score]
    /// The layer that Grad-CAM explains.
    public let explanationLayer: String
    /// Grad-CAM evidence, in logits, that a heat map shows at full scale.
    public let explanationFullScale: Float
    /// The model: normalisation and calibration folded in, opset 17.
    public let onnx: [UInt8]

    /// `history.csv`: a header and a line for each epoch.
    public static func historyCSV(_ history: [Epoch]) -> String {
        history.reduce(into: "epoch,learning_rate,training_loss,validation_loss,validation_auroc,best\n") {
            text, epoch in
            text +=
                "\(epoch.number),\(epoch.learningRate),\(epoch.trainingLoss),\(epoch.validationLoss),"
                + "\(epoch.validationAUROC),\(epoch.isBest ? 1 : 0)\n"
        }
    }

    /// `scores.csv`: the row of the label table, its class, and a probability for each output.
    public static func scoresCSV(_ scores: [Score]) -> String {
        let outputs = scores.first?.probabilities.count ?? 1
        let heading = (outputs == 1 ? ["probability"] : (0..<outputs).map { "prob_\($0)" }).joined(separator: ",")
        return scores.reduce(into: "row,label,\(heading)\n") { text, score in
            text += "\(score.row),\(score.label),\(score.probabilities.map { "\($0)" }.joined(separator: ","))\n"
        }
    }
}
