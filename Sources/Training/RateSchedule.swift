import Foundation

/// The learning rate: a linear rise, then along a cosine, by plateaus, or constant.
struct RateSchedule {
    /// What the plateau rule remembers.
    struct Memory: Codable, Hashable {
        var factor: Float = 1
        var waited = 0
    }

    private let configuration: TrainingConfiguration
    var memory = Memory()

    init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

    /// The rate at `part` (0...1) of an epoch, counted from 1.
    func rate(epoch: Int, part: Float) -> Float {
        let at = Float(epoch - 1) + part
        let warmup = Float(configuration.warmupEpochs)
        if at < warmup { return configuration.learningRate * max(at / warmup, 0.01) }
        switch configuration.schedule {
        case .constant: return configuration.learningRate
        case .plateau:
            let floor = min(configuration.plateauFloor, configuration.learningRate)
            return max(configuration.learningRate * memory.factor, floor)
        case .cosine:
            let progress = (at - warmup) / Float(max(1, configuration.epochs - configuration.warmupEpochs))
            return configuration.learningRate * (0.01 + 0.99 * 0.5 * (1 + cos(.pi * min(progress, 1))))
        }
    }

    /// Hears after each epoch whether it was the best so far.
    mutating func ended(isBest: Bool) {
        memory.waited = isBest ? 0 : memory.waited + 1
        if memory.waited >= configuration.plateauPatience {
            memory.factor *= configuration.plateauFactor
            memory.waited = 0
        }
    }
}
