import Foundation
import Tensors

/// Trains the built-in kind of model from a folder of labelled pictures.
///
/// Order: read and decode; split by patient; train with running averages; keep the best by held-out AUROC; calibrate on
/// the held-out pictures; export; measure the export. Nothing of the daemon calls this.
public struct Trainer {
    private let decode: (_ path: String) throws -> GrayImage

    /// Takes the decoder of pictures.
    public init(decode: @escaping (_ path: String) throws -> GrayImage) { self.decode = decode }

    /// Trains, and calls `progress` after each epoch. Throws `TrainingError`.
    public func run(
        configuration: TrainingConfiguration, progress: (TrainingReport.Epoch) -> Void = { _ in }
    ) throws(TrainingError) -> TrainingReport {
        try configuration.check()
        let files = try LabelTable.read(directory: configuration.dataDirectory)
            .filter { $0.split == configuration.split }
        let store = try PictureStore(files, decode: decode)
        do {
            var session = try TrainingSession(configuration, store.pictures)
            return try session.run(progress)
        } catch let error as TrainingError {
            throw error
        } catch let error as TensorError {
            throw .engine(code: error.code)
        } catch {
            throw .engine(code: "unknown")
        }
    }
}

/// One training, from split pictures to a report.
struct TrainingSession {
    private let configuration: TrainingConfiguration
    private let pictures: [LabelledPicture]
    private let split: PatientSplit
    private let parallel: Parallel
    private let preprocessing: Preprocessing
    private let labels: [Bool]
    /// Each class has the same weight in the loss.
    private let classWeights: (positive: Float, negative: Float)

    init(_ configuration: TrainingConfiguration, _ pictures: [LabelledPicture]) throws(TrainingError) {
        self.configuration = configuration
        self.pictures = pictures
        parallel = Parallel(threads: configuration.threads)
        preprocessing = Preprocessing(
            size: configuration.inputSize, mean: configuration.mean, std: configuration.std)
        split = PatientSplit(
            groups: pictures.map(\.patientGroup), fingerprints: pictures.map(\.fingerprint),
            isPositive: pictures.map(\.isPneumonia), share: configuration.validationShare, seed: configuration.seed)
        let labels = pictures.map(\.isPneumonia)
        self.labels = labels
        let positives = split.training.count { labels[$0] }
        let negatives = split.training.count - positives
        let heldPositives = split.validation.count { labels[$0] }
        guard positives > 0, negatives > 0, heldPositives > 0, heldPositives < split.validation.count,
            split.training.count >= configuration.batchSize
        else { throw .tooFewPictures }
        classWeights = (
            Float(split.training.count) / Float(2 * positives), Float(split.training.count) / Float(2 * negatives)
        )
    }

    mutating func run(_ progress: (TrainingReport.Epoch) -> Void) throws -> TrainingReport {
        var learner = try Learner(configuration, parallel: parallel)
        let held = heldOut()
        var history: [TrainingReport.Epoch] = []
        var best: (epoch: Int, auroc: Double, loss: Double, weights: [Int: Tensor]) = (
            0, -1, .infinity, learner.average
        )

        for epoch in 1...configuration.epochs {
            let trainingLoss = try train(&learner, epoch: epoch)
            let logits = try score(learner, held)
            let heldLabels = split.validation.map { labels[$0] }
            let positives = Double(heldLabels.count { $0 })
            let loss = Metrics.crossEntropy(
                logits, heldLabels, positiveWeight: 1 / positives,
                negativeWeight: 1 / (Double(heldLabels.count) - positives))
            let auroc = Metrics.auroc(logits, heldLabels) ?? 0
            let isBest = auroc > best.auroc || (auroc == best.auroc && loss < best.loss)
            if isBest {
                best = (epoch, auroc, loss, learner.average)
                try checkpoint(try exportGraph(best.weights, Calibration(logits, heldLabels)))
            }
            let entry = TrainingReport.Epoch(
                number: epoch, learningRate: rate(epoch: epoch, part: 1), trainingLoss: trainingLoss,
                validationLoss: loss, validationAUROC: auroc, isBest: isBest)
            history.append(entry)
            progress(entry)
            if epoch - best.epoch >= configuration.patience { break }
        }
        return try report(learner, held, history, best.epoch, best.weights)
    }

    // MARK: Learning

    /// The learning rate at `part` (0...1) of an epoch: a linear rise over the first, then a cosine.
    private func rate(epoch: Int, part: Float) -> Float {
        let at = Float(epoch - 1) + part
        if at < 1 { return configuration.learningRate * max(at, 0.01) }
        let progress = (at - 1) / Float(max(1, configuration.epochs - 1))
        return configuration.learningRate * (0.01 + 0.99 * 0.5 * (1 + cos(.pi * min(progress, 1))))
    }

    private func train(_ learner: inout Learner, epoch: Int) throws -> Double {
        var order = split.training
        var random = RandomSource(seed: configuration.seed, 3, UInt64(epoch))
        random.shuffle(&order)
        let steps = order.count / configuration.batchSize
        var sum = 0.0
        for step in 0..<steps {
            let indices = Array(order[step * configuration.batchSize..<(step + 1) * configuration.batchSize])
            let batch = assemble(indices) { index in
                var random = RandomSource(seed: configuration.seed, 4, UInt64(epoch), UInt64(index))
                let variation = Augmentation(strength: configuration.augmentation, random: &random)
                return preprocessing.input(pictures[index], varied: variation)
            }
            let loss = try learner.learn(
                batch, labels: indices.map { labels[$0] },
                weights: indices.map { labels[$0] ? classWeights.positive : classWeights.negative },
                rate: rate(epoch: epoch, part: Float(step) / Float(steps)))
            guard loss.isFinite else { throw TrainingError.diverged(epoch: epoch) }
            sum += loss
        }
        return sum / Double(max(1, steps))
    }

    /// Pictures side by side: `[indices, 1, S, S]`.
    private func assemble(_ indices: [Int], _ input: (Int) -> [Float]) -> Tensor {
        let size = configuration.inputSize
        let parts = parallel.map(indices.count) { input(indices[$0]) }
        return Tensor(shape: [indices.count, 1, size, size], values: Array(parts.joined()))
    }

    // MARK: Validation

    /// The held-out pictures in full batches; the last is filled up with repetitions.
    private func heldOut() -> [Tensor] {
        let batch = configuration.batchSize
        return stride(from: 0, to: split.validation.count, by: batch).map { begin in
            let indices = (begin..<begin + batch).map { split.validation[min($0, split.validation.count - 1)] }
            return assemble(indices) { preprocessing.input(pictures[$0]) }
        }
    }

    /// Logits of the held-out pictures by the averaged weights.
    private func score(_ learner: Learner, _ batches: [Tensor]) throws -> [Float] {
        var graph = learner.network.graph
        graph.constants = learner.average
        let folded = graph.foldingNormalization()
        var logits: [Float] = []
        for batch in batches {
            let tape = try folded.forward(batch, parallel: parallel)
            logits += folded.value(of: folded.output, on: tape).values
        }
        return Array(logits.prefix(split.validation.count))
    }

    // MARK: Export

    /// The graph for one picture: given weights, normalisation and calibration folded in.
    private func exportGraph(_ weights: [Int: Tensor], _ calibration: Calibration) throws(TensorError) -> Graph {
        let single = try ResidualNetwork(configuration, batch: 1)
        var graph = single.graph
        graph.constants = weights
        if var head = weights[single.head.weights], var bias = weights[single.head.bias] {
            for index in head.values.indices { head.values[index] *= Float(calibration.scale) }
            for index in bias.values.indices {
                bias.values[index] = bias.values[index] * Float(calibration.scale) + Float(calibration.offset)
            }
            graph.constants[single.head.weights] = head
            graph.constants[single.head.bias] = bias
        }
        return graph.foldingNormalization()
    }

    private func checkpoint(_ graph: Graph) throws {
        guard let directory = configuration.checkpointDirectory else { return }
        let bytes = try graph.onnx(producer: "cxrgate")
        let url = URL(fileURLWithPath: directory).appendingPathComponent("checkpoint.onnx")
        do {
            try Data(bytes).write(to: url, options: .atomic)
        } catch {
            throw TrainingError.cannotWrite
        }
    }

    private func report(
        _ learner: Learner, _ held: [Tensor], _ history: [TrainingReport.Epoch], _ bestEpoch: Int,
        _ weights: [Int: Tensor]
    ) throws -> TrainingReport {
        let heldLabels = split.validation.map { labels[$0] }
        // Calibrated on the raw logits, measured on the file that ships.
        let raw = try Model(try exportGraph(weights, .identity))
        let calibration = Calibration(try probabilities(raw, held).logits, heldLabels)
        let onnx = try exportGraph(weights, calibration).onnx(producer: "cxrgate")
        let model = try Model(onnx: onnx)
        let scores = try probabilities(model, held).probabilities
        let thresholds = Thresholds(
            scores, heldLabels, sensitivity: configuration.sensitivity, lowerSensitivity: configuration.lowerSensitivity
        )
        let fullScale = try explanationFullScale(model, held, heldLabels)
        let confusion = Confusion(scores, heldLabels, threshold: Float(thresholds.upper))
        let lower = Confusion(scores, heldLabels, threshold: Float(thresholds.lower))
        let squares = zip(scores, heldLabels).map { pow(Double($0) - ($1 ? 1 : 0), 2) }
        return TrainingReport(
            configuration: configuration, history: history, bestEpoch: bestEpoch, trainingImages: split.training.count,
            trainingPatients: Set(split.training.map { pictures[$0].patientGroup }).count,
            parameterCount: learner.network.parameterCount, threshold: thresholds.upper,
            lowerThreshold: thresholds.lower,
            validation: .init(
                auroc: Metrics.auroc(scores, heldLabels) ?? 0, images: scores.count,
                patients: Set(split.validation.map { pictures[$0].patientGroup }).count,
                positives: heldLabels.count { $0 }, brier: squares.reduce(0, +) / Double(squares.count),
                sensitivity: confusion.sensitivity, specificity: confusion.specificity,
                undetermined: scores.count { Double($0) >= thresholds.lower && Double($0) < thresholds.upper },
                missedBelowLower: lower.falseNegatives, confusion: confusion),
            explanationLayer: model.defaultExplanationLayer, explanationFullScale: fullScale, onnx: onnx)
    }

    /// Grad-CAM evidence, in logits, that a heat map is to show at full scale: what the strongest place of three in four
    /// held-out positives does not exceed, rounded to whole logits.
    private func explanationFullScale(
        _ model: Model, _ batches: [Tensor], _ labels: [Bool]
    ) throws(TensorError) -> Float {
        let plane = configuration.inputSize * configuration.inputSize
        var strongest: [Float] = []
        for index in labels.indices where labels[index] && strongest.count < 100 {
            let begin = index % configuration.batchSize * plane
            let picture = Array(batches[index / configuration.batchSize].values[begin..<begin + plane])
            let run = try model.run(Tensor(shape: model.inputShape, values: picture))
            let activation = try run.activation(model.defaultExplanationLayer)
            let gradient = try run.gradient(ofLogit: 0, at: model.defaultExplanationLayer)
            let area = activation.shape[2] * activation.shape[3]
            var map = [Float](repeating: 0, count: area)
            for channel in 0..<activation.shape[1] {
                let range = channel * area..<(channel + 1) * area
                let weight = gradient.values[range].reduce(0, +)
                for (place, value) in activation.values[range].enumerated() { map[place] += weight * value }
            }
            strongest.append(map.max() ?? 0)
        }
        let sorted = strongest.sorted()
        return sorted.isEmpty ? 1 : max(1, sorted[sorted.count * 3 / 4].rounded())
    }

    /// Scores the held-out pictures one at a time, as the daemon does.
    private func probabilities(
        _ model: Model, _ batches: [Tensor]
    ) throws(TensorError) -> (logits: [Float], probabilities: [Float]) {
        var (logits, probabilities): ([Float], [Float]) = ([], [])
        let plane = configuration.inputSize * configuration.inputSize
        for index in split.validation.indices {
            let batch = batches[index / configuration.batchSize]
            let begin = index % configuration.batchSize * plane
            let run = try model.run(
                Tensor(shape: model.inputShape, values: Array(batch.values[begin..<begin + plane])))
            logits += run.logits
            probabilities += run.probabilities
        }
        return (logits, probabilities)
    }
}
