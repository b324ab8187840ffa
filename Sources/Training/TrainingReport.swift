/// What a training leaves behind.
public struct TrainingReport: Sendable {
    /// One pass over the training pictures.
    public struct Epoch: Sendable, Codable, Hashable, CustomStringConvertible {
        /// Counted from 1.
        public let number: Int
        public let learningRate: Float
        /// Mean loss of the varied training pictures, each class weighing the same.
        public let trainingLoss: Double
        /// Loss of the held-out pictures, by the averaged weights.
        public let validationLoss: Double
        /// Area under the ROC curve of the held-out pictures, by the averaged weights.
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

    /// Figures of the held-out pictures, measured on the exported model.
    public struct Validation: Sendable, Codable, Hashable {
        public let auroc: Double
        public let images: Int
        public let patients: Int
        public let positives: Int
        /// Mean squared difference of probability and label.
        public let brier: Double
        public let sensitivity: Double
        public let specificity: Double
        /// Pictures between the two thresholds.
        public let undetermined: Int
        /// Positives below the lower threshold.
        public let missedBelowLower: Int
        public let confusion: Confusion
    }

    public let configuration: TrainingConfiguration
    public let history: [Epoch]
    /// The epoch whose weights are in `onnx`.
    public let bestEpoch: Int
    public let trainingImages: Int
    public let trainingPatients: Int
    public let parameterCount: Int
    /// A probability at or above this is present.
    public let threshold: Double
    /// A probability below this is absent.
    public let lowerThreshold: Double
    public let validation: Validation
    /// The layer that Grad-CAM explains.
    public let explanationLayer: String
    /// Grad-CAM evidence, in logits, that a heat map shows at full scale.
    public let explanationFullScale: Float
    /// The model: normalisation and calibration folded in, one logit, opset 17.
    public let onnx: [UInt8]

    /// `history.csv`: a header and a line for each epoch.
    public var historyCSV: String {
        history.reduce(into: "epoch,learning_rate,training_loss,validation_loss,validation_auroc,best\n") {
            text, epoch in
            text +=
                "\(epoch.number),\(epoch.learningRate),\(epoch.trainingLoss),\(epoch.validationLoss),"
                + "\(epoch.validationAUROC),\(epoch.isBest ? 1 : 0)\n"
        }
    }
}
