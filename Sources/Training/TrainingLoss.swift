import Foundation

/// How wrong logits are: cross-entropy of a sigmoid (one output) or of a softmax (several), with smoothed labels.
struct TrainingLoss {
    /// 1, or the number of classes.
    let outputs: Int
    /// The part of each label that is given to all classes alike. Source: Szegedy et al. 2015.
    let smoothing: Float

    /// What the outputs of a picture of a class should be, 0…1 each.
    func target(label: Int) -> [Double] {
        let part = Double(smoothing)
        if outputs == 1 { return [label == 1 ? 1 - part / 2 : part / 2] }
        return (0..<outputs).map { (($0 == label) ? 1 - part : 0) + part / Double(outputs) }
    }

    /// The weighted mean loss, and its gradient with respect to each logit `[N, K]`.
    func callAsFunction(
        _ logits: [Float], targets: [[Double]], weights: [Float]
    ) -> (value: Double, gradient: [Float]) {
        let total = weights.reduce(0, +)
        var value = 0.0
        var gradient = [Float](repeating: 0, count: logits.count)
        for (index, target) in targets.enumerated() {
            let share = Double(weights[index] / total)
            let row = logits[index * outputs..<(index + 1) * outputs].map { Double($0) }
            value += share * entropy(row, target)
            for (output, probability) in probabilities(row).enumerated() {
                gradient[index * outputs + output] = Float(share * (probability - target[output]))
            }
        }
        return (value, gradient)
    }

    /// Cross-entropy of one picture, without overflow.
    func entropy(_ logits: [Double], _ target: [Double]) -> Double {
        if outputs == 1 {
            return target[0] * Metrics.softplus(-logits[0]) + (1 - target[0]) * Metrics.softplus(logits[0])
        }
        let largest = logits.max() ?? 0
        let normalizer = largest + log(logits.reduce(0) { $0 + exp($1 - largest) })
        return zip(logits, target).reduce(0) { $0 + $1.1 * (normalizer - $1.0) }
    }

    /// Sigmoid or softmax.
    func probabilities(_ logits: [Double]) -> [Double] {
        if outputs == 1 { return [1 / (1 + exp(-logits[0]))] }
        let largest = logits.max() ?? 0
        let powers = logits.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
