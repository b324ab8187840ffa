import Tensors

/// Moves weights against their gradients: AdamW, or gradient descent with momentum and the same decoupled decay.
struct Optimiser {
    private let kind: TrainingConfiguration.Optimisation
    private let momentum: Float
    private var adam: [AdamState] = []
    private var velocity: [[Float]] = []
    /// Steps taken.
    private(set) var step = 0

    /// For tensors of the given numbers of elements.
    init(_ configuration: TrainingConfiguration, counts: [Int]) {
        kind = configuration.optimisation
        momentum = configuration.momentum
        switch kind {
        case .adamw: adam = counts.map { AdamState(count: $0) }
        case .sgd: velocity = counts.map { [Float](repeating: 0, count: $0) }
        }
    }

    mutating func begin() { step += 1 }

    /// Moves the tensor with the given number.
    mutating func update(_ number: Int, _ weights: inout Tensor, gradient: Tensor, rate: Float, decay: Float) {
        switch kind {
        case .adamw: adam[number].update(&weights, gradient: gradient, rate: rate, decay: decay, step: step)
        case .sgd:
            for index in weights.values.indices {
                velocity[number][index] = momentum * velocity[number][index] + gradient.values[index]
                weights.values[index] -= rate * (velocity[number][index] + decay * weights.values[index])
            }
        }
    }

    /// All that it remembers, in a stable order, for a checkpoint.
    var memory: [[Float]] {
        get { kind == .adamw ? adam.flatMap { [$0.moment1, $0.moment2] } : velocity }
        set {
            switch kind {
            case .adamw:
                adam = stride(from: 0, to: newValue.count - 1, by: 2).map {
                    AdamState(moment1: newValue[$0], moment2: newValue[$0 + 1])
                }
            case .sgd: velocity = newValue
            }
        }
    }

    mutating func resume(step: Int) { self.step = step }
}
