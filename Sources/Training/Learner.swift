import Foundation
import Tensors

/// The weights in training, their optimiser and their running average: one step at a time.
struct Learner {
    private(set) var network: TrainableNetwork
    /// Averaged weights and statistics, in the order of `network.learned`: what is validated and shipped.
    private(set) var average: [Tensor]
    private(set) var optimiser: Optimiser

    private let configuration: TrainingConfiguration
    private let parallel: Parallel
    private let targets: Set<Int>
    private let loss: TrainingLoss

    /// The part of a batch in the stored mean and variance.
    private static let statisticsShare: Float = 0.1

    init(_ configuration: TrainingConfiguration, parallel: Parallel) throws(TensorError) {
        self.configuration = configuration
        self.parallel = parallel
        network = try TrainableNetwork(configuration, batch: configuration.batchSize, purpose: .training)
        targets = Set(network.parameters.map(\.value))
        loss = TrainingLoss(outputs: configuration.outputs, smoothing: configuration.labelSmoothing)
        let graph = network.graph
        average = network.learned.compactMap { graph.constants[$0] }
        optimiser = Optimiser(
            configuration, counts: network.parameters.map { graph.constants[$0.value]?.values.count ?? 0 })
    }

    /// The weights as the last step left them, in the order of `network.learned`.
    var weights: [Tensor] { network.learned.compactMap { network.graph.constants[$0] } }

    /// Goes back to where a checkpoint was made.
    mutating func resume(weights: [Tensor], average: [Tensor], memory: [[Float]], step: Int) {
        network.take(weights)
        self.average = average
        optimiser.memory = memory
        optimiser.resume(step: step)
    }

    /// Learns from one batch `[N, 1, S, S]`, and returns its weighted loss; learns nothing where that is not
    /// a number.
    mutating func learn(
        _ batch: Tensor, targets wanted: [[Double]], weights: [Float], rate: Float
    ) throws(TensorError) -> Double {
        optimiser.begin()
        dropOut()
        let output = network.logits
        var gradients: [Int: Tensor]
        let value: Double
        do {
            let tape = try network.graph.forward(batch, mode: .training, parallel: parallel)
            var seed = network.graph.value(of: output, on: tape)
            (value, seed.values) = loss(seed.values, targets: wanted, weights: weights)
            guard value.isFinite else { return value }
            gradients = network.graph.backward(
                tape, from: output, seed: seed, to: targets, mode: .training, parallel: parallel)
            updateStatistics(tape)
        }
        update(&gradients, rate: rate)
        // The average starts short, or it would hold on to the random start.
        let decay = min(configuration.averageDecay, Float(1 + optimiser.step) / Float(10 + optimiser.step))
        for (index, value) in network.learned.enumerated() {
            if let weights = network.graph.constants[value] { average[index].blend(weights, decay: decay) }
        }
        return value
    }

    /// Draws which features count in this step; by the step alone, so that a resumed training draws the same.
    private mutating func dropOut() {
        guard let mask = network.mask, let shape = network.graph.constants[mask]?.shape else { return }
        var random = RandomSource(seed: configuration.seed, 5, UInt64(optimiser.step))
        let kept = 1 / (1 - configuration.dropout)
        let values = (0..<shape.reduce(1, *)).map { _ in random.unit() < configuration.dropout ? 0 : kept }
        network.graph.constants[mask] = Tensor(shape: shape, values: values)
    }

    private mutating func update(_ gradients: inout [Int: Tensor], rate: Float) {
        for (number, (value, decays)) in network.parameters.enumerated() {
            guard let gradient = gradients.removeValue(forKey: value),
                var weights = network.graph.constants.removeValue(forKey: value)
            else { continue }
            optimiser.update(
                number, &weights, gradient: gradient, rate: rate, decay: decays ? configuration.weightDecay : 0)
            network.graph.constants[value] = weights
        }
    }

    /// Moves the stored mean and (unbiased) variance towards the batch's.
    private mutating func updateStatistics(_ tape: Tape) {
        for entry in network.statistics {
            guard let statistics = tape.statistics[entry.output] else { continue }
            let shape = network.graph.shape(entry.output)
            let samples = Float(shape[0] * shape[2] * shape[3])
            let unbiased = statistics.variance.map { $0 * samples / max(1, samples - 1) }
            let channels = [statistics.mean.count]
            network.graph.constants[entry.mean]?.blend(
                Tensor(shape: channels, values: statistics.mean), decay: 1 - Learner.statisticsShare)
            network.graph.constants[entry.variance]?.blend(
                Tensor(shape: channels, values: unbiased), decay: 1 - Learner.statisticsShare)
        }
    }
}
