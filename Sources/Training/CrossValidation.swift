import Tensors

/// Patient-grouped cross-validation: each fold is measured by a model that saw none of its patients, neither in training
/// nor in the choice of epoch, calibration and thresholds (for those a part of the other folds is held out).
public struct CrossValidation {
    /// What one fold showed.
    public struct Fold: Sendable, Codable, Hashable {
        /// Counted from 1.
        public let number: Int
        public let of: Int
        public let seed: UInt64
        public let trainingImages: Int
        public let validationImages: Int
        public let bestEpoch: Int
        public let thresholds: [TrainingReport.Threshold]
        /// On the fold.
        public let test: TrainingReport.Figures
        /// Of the fold's model.
        public let modelSHA256: String
        public let dataSHA256: String
    }

    private let trainer: Trainer

    static func recordName(_ fold: Int) -> String { "fold-\(fold).json" }
    static func scoresName(_ fold: Int) -> String { "fold-\(fold)-scores.csv" }

    public init(_ trainer: Trainer) { self.trainer = trainer }

    /// Trains and measures fold after fold, and hands each over as it ends; `skipping` are those that are there already.
    /// Returns false if it was stopped. Throws `TrainingError`.
    public func run(
        _ configuration: TrainingConfiguration, folds: Int, skipping done: Set<Int> = [], control: TrainingControl,
        ended: (Fold, [TrainingReport.Score]) throws(TrainingError) -> Void
    ) throws(TrainingError) -> Bool {
        guard (2...20).contains(folds) else {
            throw .badConfiguration(problems: ["folds: \(folds) is not within 2…20"])
        }
        let store = try trainer.load(configuration, control)
        let data = try store.digest()
        let deal = PatientDeal(
            groups: store.pictures.map(\.patientGroup), fingerprints: store.pictures.map(\.fingerprint),
            labels: store.pictures.map(\.label), shares: [Double](repeating: 1, count: folds),
            seed: configuration.seed)
        for fold in 0..<folds where !done.contains(fold + 1) {
            let (others, own) = (
                deal.part.indices.filter { deal.part[$0] != fold }, deal.part.indices.filter { deal.part[$0] == fold }
            )
            guard case .finished(let report) = try trainer.train(configuration, store, others, nil, control) else {
                return false
            }
            let scores = try CrossValidation.scores(report, store, own)
            let figures = TrainingReport.Figures(
                scores, thresholds: report.thresholds.map(\.upper), lowerThresholds: report.thresholds.map(\.lower),
                patients: Set(own.map { store.pictures[$0].patientGroup }).count, configuration: configuration)
            try ended(
                Fold(
                    number: fold + 1, of: folds, seed: configuration.seed, trainingImages: report.trainingImages,
                    validationImages: report.validation.images, bestEpoch: report.bestEpoch,
                    thresholds: report.thresholds, test: figures,
                    modelSHA256: Digest.text(try Digest.of(report.onnx)), dataSHA256: Digest.text(data)), scores)
        }
        return true
    }

    private static func scores(
        _ report: TrainingReport, _ store: PictureStore, _ indices: [Int]
    ) throws(TrainingError) -> [TrainingReport.Score] {
        var inputs: [[Float]] = []
        for index in indices { inputs.append(try store.input(index, report.configuration)) }
        do {
            let model = try Model(onnx: report.onnx)
            return try zip(inputs, indices).map { input, index throws(TensorError) in
                let run = try model.run(Tensor(shape: model.inputShape, values: input))
                let picture = store.pictures[index]
                return TrainingReport.Score(
                    row: picture.row, label: picture.label, logits: run.logits, probabilities: run.probabilities)
            }
        } catch {
            throw .engine(code: error.code)
        }
    }
}
