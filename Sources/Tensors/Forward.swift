// The forward pass. Shapes were proved when the graph was built; nothing is checked again but the input.
import CTensorKernels

extension Graph {
    /// Computes every value from an input of the graph's input shape.
    package func forward(
        _ input: Tensor, mode: Mode = .inference, parallel: Parallel = Parallel()
    ) throws(TensorError) -> Tape {
        guard input.shape == shape(self.input) else {
            throw .inputShape(expected: shape(self.input), given: input.shape)
        }
        var tape = Tape(values: [Tensor?](repeating: nil, count: values.count))
        tape.values[self.input] = input
        forward(nodes, on: &tape, mode: mode, parallel: parallel)
        return tape
    }

    /// Computes some nodes, whose other operands are on the tape already.
    func forward(
        _ nodes: [Node], on tape: inout Tape, mode: Mode = .inference, parallel: Parallel = Parallel()
    ) {
        LinearAlgebra.prepare()
        for node in nodes {
            let operands = node.inputs.map { value(of: $0, on: tape) }
            if mode == .training, case .batchNormalization(let epsilon) = node.operation {
                let statistics = batchStatistics(operands[0], parallel: parallel)
                tape.statistics[node.output] = statistics
                tape.values[node.output] = normalize(
                    operands[0], scale: operands[1], shift: operands[2], mean: statistics.mean,
                    variance: statistics.variance, epsilon: epsilon, parallel: parallel)
            } else {
                tape.values[node.output] = compute(
                    node.operation, operands, shape: shape(node.output), parallel: parallel)
            }
            if let activation = node.activation { tape.values[node.output]?.apply(activation, parallel: parallel) }
        }
    }

    /// A value from the tape, or a constant. The order of nodes guarantees that it is there.
    package func value(of index: Int, on tape: Tape) -> Tensor {
        guard let tensor = constants[index] ?? tape.values[index] else {
            preconditionFailure("a value is read before it is computed")
        }
        return tensor
    }
}

/// The result of one operation, of the given shape.
func compute(
    _ operation: Operation, _ operands: [Tensor], shape: [Int], parallel: Parallel
) -> Tensor {
    let x = operands[0]
    switch operation {
    case .convolution(let window, let groups):
        return Convolution(window, groups: groups, input: x.shape, output: shape)
            .forward(
                x, weights: operands[1], bias: operands.count == 3 ? operands[2] : nil, parallel: parallel)

    case .batchNormalization(let epsilon):
        return normalize(
            x, scale: operands[1], shift: operands[2], mean: operands[3].values, variance: operands[4].values,
            epsilon: epsilon, parallel: parallel)

    case .activation(let activation):
        let (kind, p, q) = activation.kernel
        return unsafe makeTensor(shape) { y in
            unsafe x.withPointer { x in
                parallel.forRanges(shape.reduce(1, *), pieces: parallel.threads) { range in
                    unsafe ctk_activate(
                        kind, p, q, x + range.lowerBound, y + range.lowerBound, Int64(range.count))
                }
            }
        }

    case .softmax(let axis, let spansTrailingAxes):
        let lanes = Lanes(shape, axis: axis, spansTrailingAxes: spansTrailingAxes)
        return unsafe makeTensor(shape) { y in
            unsafe x.withPointer { unsafe ctk_softmax($0, y, lanes.outer, lanes.length, lanes.step) }
        }

    case .binary(let function):
        return combine(function, x, operands[1], shape: shape, parallel: parallel)

    case .matMul:
        return multiply(x, operands[1], shape: shape)

    case .gemm(let alpha, let beta, let transposesA, let transposesB):
        return gemm(
            operands, alpha: alpha, beta: beta, transposesA: transposesA, transposesB: transposesB, shape: shape)

    case .maxPool(let window):
        return unsafe pool(x, window, shape: shape, parallel: parallel) { unsafe ctk_max_pool($0, $1, &$2) }

    case .averagePool(let window, let countsPadding):
        return unsafe pool(x, window, shape: shape, parallel: parallel) {
            unsafe ctk_average_pool($0, $1, &$2, countsPadding ? 1 : 0)
        }

    case .reduceMean(let axes, _):
        return reduceMean(x, axes: axes, shape: shape)

    case .concat(let axis):
        return concatenate(operands, axis: axis, shape: shape)

    case .reshape:
        return x.reshaped(shape)

    case .transpose(let order):
        let steps = denseSteps(x.shape)
        return gather(x, shape: shape, steps: order.map { steps[$0] })

    case .pad(let before, _, let value):
        return pad(x, before: before, value: value, shape: shape)

    case .slice(let begin, let strides, _):
        let steps = denseSteps(x.shape)
        return gather(
            x, shape: shape, steps: zip(steps, strides).map { $0 * $1 },
            offset: zip(steps, begin).map { $0 * $1 }.reduce(0, +))
    }
}

extension Tensor {
    /// Replaces every element by its activation.
    mutating func apply(_ activation: Activation, parallel: Parallel) {
        let (kind, p, q) = activation.kernel
        let count = values.count
        unsafe withMutablePointer { x in
            parallel.forRanges(count, pieces: parallel.threads) { range in
                unsafe ctk_activate(kind, p, q, x + range.lowerBound, x + range.lowerBound, Int64(range.count))
            }
        }
    }
}

extension Activation {
    /// The kernel's number and its two parameters.
    var kernel: (Int32, Float, Float) {
        switch self {
        case .relu: (Int32(CTK_RELU), 0, 0)
        case .leakyRelu(let slope): (Int32(CTK_LEAKY), slope, 0)
        case .clip(let lower, let upper): (Int32(CTK_CLIP), lower, upper)
        case .sigmoid: (Int32(CTK_SIGMOID), 0, 0)
        case .hardSigmoid(let slope, let offset): (Int32(CTK_HARD_SIGMOID), slope, offset)
        case .hardSwish: (Int32(CTK_HARD_SWISH), 0, 0)
        case .tanh: (Int32(CTK_TANH), 0, 0)
        case .swish: (Int32(CTK_SWISH), 0, 0)
        case .exp: (Int32(CTK_EXP), 0, 0)
        case .sqrt: (Int32(CTK_SQRT), 0, 0)
        case .erf: (Int32(CTK_ERF), 0, 0)
        case .gelu: (Int32(CTK_GELU), 0, 0)
        }
    }
}

extension BinaryFunction {
    var kernel: Int32 {
        switch self {
        case .add: Int32(CTK_ADD)
        case .subtract: Int32(CTK_SUBTRACT)
        case .multiply: Int32(CTK_MULTIPLY)
        case .divide: Int32(CTK_DIVIDE)
        case .power: Int32(CTK_POWER)
        }
    }
}

/// The lanes along which a softmax runs.
struct Lanes {
    let outer: Int64
    let length: Int64
    let step: Int64

    init(_ shape: [Int], axis: Int, spansTrailingAxes: Bool) {
        outer = Int64(shape[..<axis].reduce(1, *))
        length = Int64(spansTrailingAxes ? shape[axis...].reduce(1, *) : shape[axis])
        step = Int64(spansTrailingAxes ? 1 : shape[(axis + 1)...].reduce(1, *))
    }
}
