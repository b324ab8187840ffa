import Foundation
import Tensors

/// The weights in training, their optimiser and their running average: one step at a time.
struct Learner {
    private(set) var network: ResidualNetwork
    /// Averaged weights and statistics, by value: what is validated and shipped.
    private(set) var average: [Int: Tensor]

    private let configuration: TrainingConfiguration
    private let parallel: Parallel
    private let targets: Set<Int>
    private var optimiser: [Int: AdamState] = [:]
    private var step = 0

    /// The part of a batch in the stored mean and variance.
    private static let statisticsShare: Float = 0.1

    init(_ configuration: TrainingConfiguration, parallel: Parallel) throws(TensorError) {
        self.configuration = configuration
        self.parallel = parallel
        network = try ResidualNetwork(configuration, batch: configuration.batchSize)
        average = network.graph.constants
        targets = Set(network.parameters.map(\.value))
        for parameter in network.parameters {
            optimiser[parameter.value] = AdamState(count: network.graph.constants[parameter.value]?.values.count ?? 0)
        }
    }

    /// Learns from one batch `[N, 1, S, S]`, and returns its weighted loss; learns nothing where that is not
    /// a number.
    mutating func learn(
        _ batch: Tensor, labels: [Bool], weights: [Float], rate: Float
    ) throws(TensorError) -> Double {
        step += 1
        let output = network.graph.output
        var loss = 0.0
        var gradients: [Int: Tensor]
        do {
            let tape = try network.graph.forward(batch, mode: .training, parallel: parallel)
            let logits = network.graph.value(of: output, on: tape)
            var seed = logits
            let total = weights.reduce(0, +)
            for index in labels.indices {
                let logit = Double(logits.values[index])
                let share = Double(weights[index] / total)
                loss += share * Metrics.softplus(labels[index] ? -logit : logit)
                seed.values[index] = Float(share * (1 / (1 + exp(-logit)) - (labels[index] ? 1 : 0)))
            }
            guard loss.isFinite else { return loss }
            gradients = network.graph.backward(
                tape, from: output, seed: seed, to: targets, mode: .training, parallel: parallel)
            updateStatistics(tape, count: batch)
        }
        update(&gradients, rate: rate)
        // The average starts short, or it would hold on to the random start.
        let decay = min(configuration.averageDecay, Float(1 + step) / Float(10 + step))
        for key in average.keys {
            if let weights = network.graph.constants[key] { average[key]?.blend(weights, decay: decay) }
        }
        return loss
    }

    private mutating func update(_ gradients: inout [Int: Tensor], rate: Float) {
        for (value, decays) in network.parameters {
            guard let gradient = gradients.removeValue(forKey: value),
                var weights = network.graph.constants.removeValue(forKey: value),
                var state = optimiser.removeValue(forKey: value)
            else { continue }
            state.update(
                &weights, gradient: gradient, rate: rate, decay: decays ? configuration.weightDecay : 0, step: step)
            network.graph.constants[value] = weights
            optimiser[value] = state
        }
    }

    /// Moves the stored mean and (unbiased) variance towards the batch's.
    private mutating func updateStatistics(_ tape: Tape, count batch: Tensor) {
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
