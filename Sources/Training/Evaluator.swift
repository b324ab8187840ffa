import Tensors

/// How a model does on a folder of labelled pictures.
public struct EvaluationReport: Sendable {
    /// One picture's score.
    public struct Score: Sendable, Hashable {
        /// The row of the label table, counted from 1, the header.
        public let row: Int
        public let isPneumonia: Bool
        public let logit: Float
        /// 0...1
        public let probability: Float
    }

    public let scores: [Score]
    public let patients: Int
    /// Area under the ROC curve; `nil` if a class is missing.
    public let auroc: Double?
    /// At the upper threshold.
    public let confusion: Confusion
    /// Pictures between the thresholds.
    public let undetermined: Int
    /// Positives below the lower threshold.
    public let missedBelowLower: Int
}

/// Scores the pictures that a label table names, as the daemon would.
public struct Evaluator {
    private let decode: (_ path: String) throws -> GrayImage

    /// Takes the decoder of pictures.
    public init(decode: @escaping (_ path: String) throws -> GrayImage) { self.decode = decode }

    /// Scores the rows with the given `split` (all where `nil`) in `directory`/labels.csv. `mean`, `std` and the
    /// thresholds are those of the model's passport. Throws `TrainingError`.
    public func run(
        _ model: Model, directory: String, split: String?, mean: Float, std: Float, threshold: Double,
        lowerThreshold: Double
    ) throws(TrainingError) -> EvaluationReport {
        guard model.inputShape[1] == 1, std > 0 else {
            throw .badConfiguration(problems: ["model: one gray plane and a positive std are wanted"])
        }
        let files = try LabelTable.read(directory: directory).filter { split == nil || $0.split == split }
        var scores: [EvaluationReport.Score] = []
        for file in files {
            let image: GrayImage
            do { image = try decode(file.path) } catch { throw .undecodableRow(row: file.row) }
            let values = image.networkInput(
                width: model.inputShape[3], height: model.inputShape[2], mean: mean, std: std)
            let run: Run
            do {
                run = try model.run(Tensor(shape: model.inputShape, values: values))
            } catch {
                throw .engine(code: error.code)
            }
            scores.append(
                .init(
                    row: file.row, isPneumonia: file.isPneumonia, logit: run.logits[0],
                    probability: run.probabilities[0]))
        }
        let probabilities = scores.map(\.probability)
        let labels = scores.map(\.isPneumonia)
        return EvaluationReport(
            scores: scores, patients: Set(files.map(\.patientGroup)).count,
            auroc: Metrics.auroc(probabilities, labels),
            confusion: Confusion(probabilities, labels, threshold: Float(threshold)),
            undetermined: probabilities.count { Double($0) >= lowerThreshold && Double($0) < threshold },
            missedBelowLower: Confusion(probabilities, labels, threshold: Float(lowerThreshold)).falseNegatives)
    }
}
