import Testing

@testable import Tensors

/// One operation with operands that it takes.
struct OperatorCase: CustomTestStringConvertible, Sendable {
    let operation: Tensors.Operation
    let shapes: [[Int]]
    var positive: Set<Int> = []
    var isMaximum = false

    var testDescription: String { "\(operation) on \(shapes)" }

    func operands(seed: UInt64) -> [Tensor] {
        var random = Seeded(seed)
        return shapes.enumerated().map { index, shape in
            var tensor = isMaximum ? random.distinct(shape) : random.tensor(shape)
            // Variances and divisors keep away from 0.
            if positive.contains(index) { tensor.values = tensor.values.map { abs($0) + 0.5 } }
            return tensor
        }
    }

    static let all: [OperatorCase] = convolutions + pools + elementwise + products + shapes

    static let convolutions: [OperatorCase] = {
        func make(_ x: [Int], _ w: [Int], _ window: Window, groups: Int = 1, bias: Bool = true) -> OperatorCase {
            OperatorCase(
                operation: .convolution(window, groups: groups), shapes: bias ? [x, w, [w[0]]] : [x, w])
        }
        return [
            make([2, 3, 7, 6], [4, 3, 1, 1], Window(kernel: [1, 1])),
            make([1, 4, 6, 6], [6, 2, 1, 1], Window(kernel: [1, 1]), groups: 2, bias: false),
            make([2, 3, 9, 8], [5, 3, 3, 3], Window(kernel: [3, 3], pads: [1, 1, 1, 1])),
            make([5, 2, 8, 7], [3, 2, 3, 3], Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1])),
            make([1, 2, 9, 9], [3, 2, 3, 2], Window(kernel: [3, 2], strides: [1, 2], pads: [0, 1, 2, 0])),
            make([1, 2, 11, 10], [2, 2, 3, 3], Window(kernel: [3, 3], dilations: [2, 3], pads: [2, 3, 2, 3])),
            make([1, 2, 5, 5], [2, 2, 7, 7], Window(kernel: [7, 7], strides: [2, 2], pads: [3, 3, 3, 3])),
            make([2, 4, 6, 5], [6, 2, 3, 3], Window(kernel: [3, 3], pads: [1, 1, 1, 1]), groups: 2),
            make([2, 4, 7, 6], [4, 1, 3, 3], Window(kernel: [3, 3], pads: [1, 1, 1, 1]), groups: 4),
            make(
                [1, 3, 9, 9], [6, 1, 5, 5], Window(kernel: [5, 5], strides: [2, 2], pads: [2, 2, 2, 2]), groups: 3),
            make(
                [1, 3, 9, 9], [3, 1, 3, 3], Window(kernel: [3, 3], dilations: [2, 2], pads: [2, 1, 0, 2]), groups: 3),
            make([1, 1, 4, 4], [1, 1, 2, 2], Window(kernel: [2, 2], pads: [5, 5, 5, 5])),
            make([1, 2, 6, 6], [2, 2, 1, 1], Window(kernel: [1, 1], strides: [2, 2])),
        ]
    }()

    static let pools: [OperatorCase] = {
        let windows = [
            Window(kernel: [2, 2], strides: [2, 2]), Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]),
            Window(kernel: [3, 2], strides: [2, 3], pads: [0, 1, 1, 0]),
            Window(kernel: [3, 3], strides: [2, 2], pads: [1, 0, 0, 1], roundsUp: true),
            Window(kernel: [2, 2], strides: [3, 3], roundsUp: true),
            Window(kernel: [2, 2], dilations: [2, 2], pads: [1, 1, 1, 1]),
        ]
        return windows.flatMap { window in
            [
                OperatorCase(operation: .maxPool(window), shapes: [[2, 3, 7, 8]], isMaximum: true),
                OperatorCase(operation: .averagePool(window, countsPadding: true), shapes: [[2, 3, 7, 8]]),
                OperatorCase(operation: .averagePool(window, countsPadding: false), shapes: [[2, 3, 7, 8]]),
            ]
        }
    }()

    static let elementwise: [OperatorCase] = {
        let activations: [Activation] = [
            .relu, .leakyRelu(slope: 0.1), .clip(lower: -0.5, upper: 1), .sigmoid,
            .hardSigmoid(slope: 0.25, offset: 0.5),
            .hardSwish, .tanh, .swish, .exp, .erf, .gelu,
        ]
        let pairs: [([Int], [Int])] = [
            ([2, 3, 4, 5], [2, 3, 4, 5]), ([2, 3, 4, 5], [3, 1, 1]), ([2, 3, 1, 1], [2, 3, 4, 5]), ([4, 5], [1]),
            ([2, 3, 4], []), ([3, 1], [1, 4]), ([2, 3, 4, 5], [1, 1, 1, 5]),
        ]
        return activations.map { OperatorCase(operation: .activation($0), shapes: [[3, 5, 4]]) }
            + pairs.flatMap { a, b in
                [BinaryFunction.add, .subtract, .multiply, .divide].map {
                    OperatorCase(operation: .binary($0), shapes: [a, b], positive: $0 == .divide ? [1] : [])
                }
            } + [
                OperatorCase(operation: .activation(.sqrt), shapes: [[3, 5, 4]], positive: [0]),
                OperatorCase(operation: .binary(.power), shapes: [[3, 5, 4], [5, 1]], positive: [0]),
                OperatorCase(operation: .binary(.power), shapes: [[3, 5, 4], []], positive: [0]),
                OperatorCase(
                    operation: .batchNormalization(epsilon: 1e-3), shapes: [[2, 3, 4, 5], [3], [3], [3], [3]],
                    positive: [4]),
                OperatorCase(operation: .softmax(axis: 1, spansTrailingAxes: false), shapes: [[2, 3, 4]]),
                OperatorCase(operation: .softmax(axis: 2, spansTrailingAxes: false), shapes: [[2, 3, 4]]),
                OperatorCase(operation: .softmax(axis: 1, spansTrailingAxes: true), shapes: [[2, 3, 4]]),
            ]
    }()

    static let products: [OperatorCase] =
        [
            OperatorCase(operation: .matMul, shapes: [[3, 4], [4, 5]]),
            OperatorCase(operation: .matMul, shapes: [[2, 3, 4], [4, 5]]),
            OperatorCase(operation: .matMul, shapes: [[2, 1, 3, 4], [3, 4, 2]]),
        ]
        + [false, true].flatMap { a in
            [false, true].flatMap { b in
                [[5], [3, 1], []].map { c in
                    OperatorCase(
                        operation: .gemm(alpha: 0.5, beta: 2, transposesA: a, transposesB: b),
                        shapes: [a ? [4, 3] : [3, 4], b ? [5, 4] : [4, 5], c])
                }
            }
        }

    static let shapes: [OperatorCase] = [
        OperatorCase(operation: .reduceMean(axes: [2, 3], keepsAxes: true), shapes: [[2, 3, 4, 5]]),
        OperatorCase(operation: .reduceMean(axes: [2, 3], keepsAxes: false), shapes: [[2, 3, 4, 5]]),
        OperatorCase(operation: .reduceMean(axes: [0, 2], keepsAxes: false), shapes: [[2, 3, 4]]),
        OperatorCase(operation: .reduceMean(axes: [0, 1], keepsAxes: false), shapes: [[2, 3]]),
        OperatorCase(operation: .concat(axis: 1), shapes: [[2, 3, 4], [2, 1, 4], [2, 2, 4]]),
        OperatorCase(operation: .concat(axis: 0), shapes: [[2, 3], [1, 3]]),
        OperatorCase(operation: .concat(axis: 2), shapes: [[2, 2, 3], [2, 2, 1]]),
        OperatorCase(operation: .reshape([4, 6]), shapes: [[2, 3, 4]]),
        OperatorCase(operation: .transpose([2, 0, 1]), shapes: [[2, 3, 4]]),
        OperatorCase(operation: .transpose([0, 3, 1, 2]), shapes: [[2, 3, 4, 5]]),
        OperatorCase(
            operation: .slice(begin: [1, 0, 3, 4], steps: [1, 2, -1, -2], shape: [1, 2, 3, 2]), shapes: [[2, 3, 4, 5]]),
        OperatorCase(operation: .slice(begin: [0, 1], steps: [1, 1], shape: [3, 2]), shapes: [[3, 4]]),
        OperatorCase(
            operation: .pad(before: [0, 1, 0, 2], after: [0, 0, 3, 1], value: -0.5), shapes: [[2, 3, 4, 5]]),
    ]
}

@Suite struct OperatorTests {
    /// Float kernels against doubles: 5e-5 of the largest value.
    @Test(arguments: OperatorCase.all)
    func everyOperatorAgreesWithItsNaiveTwin(_ test: OperatorCase) throws {
        let operands = test.operands(seed: 11)
        let shape = try outputShape(of: test.operation, operands.map(\.shape), node: "test")
        LinearAlgebra.prepare()
        for threads in [1, 3] {
            let result = compute(test.operation, operands, shape: shape, parallel: Parallel(threads: threads))
            let expected = Naive.compute(test.operation, operands.map { Exact($0) }, shape)
            let scale = expected.values.map { abs($0) }.max() ?? 1
            #expect(result.shape == shape)
            for (value, exact) in zip(result.values, expected.values) {
                #expect(abs(Double(value) - exact) <= 5e-5 * max(1, scale))
            }
        }
    }

    /// The vector-Jacobian product of every operand against central differences of the naive twin in doubles.
    @Test(arguments: OperatorCase.all)
    func everyGradientAgreesWithFiniteDifferences(_ test: OperatorCase) throws {
        let operands = test.operands(seed: 23)
        // The graph's input is a scalar that nothing reads: every operand is a constant, and all are targets.
        var graph = try Graph(inputName: "unused", shape: [1])
        let values = operands.enumerated().map { graph.addConstant("operand\($0.offset)", $0.element) }
        let output = try graph.add(test.operation, values, name: "test")
        let tape = try graph.forward(Tensor(shape: [1], values: [0]))
        var random = Seeded(5)
        let seed = random.tensor(graph.shape(output))
        // Stored statistics are constants of inference: no gradient is made for them.
        let targets: [Int]
        if case .batchNormalization = test.operation { targets = Array(values[..<3]) } else { targets = values }
        let gradients = graph.backward(tape, from: output, seed: seed, to: Set(targets))

        func objective(_ exact: [Exact]) -> Double {
            zip(Naive.compute(test.operation, exact, graph.shape(output)).values, seed.values)
                .reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        let exact = operands.map { Exact($0) }
        let step = 1e-5
        for (position, target) in targets.enumerated() {
            let gradient = try #require(gradients[target])
            #expect(gradient.shape == operands[position].shape)
            // A few elements of each operand, spread over it.
            let largest = gradient.values.map { abs(Double($0)) }.max() ?? 1
            let count = gradient.values.count
            for index in stride(from: position % min(3, count), to: count, by: max(1, count / 3)) {
                var (above, below) = (exact, exact)
                above[position].values[index] += step
                below[position].values[index] -= step
                let slope = (objective(above) - objective(below)) / (2 * step)
                #expect(abs(Double(gradient.values[index]) - slope) <= 1e-4 * max(1, largest))
            }
        }
    }

    @Test func aRectifierPassesNaNOn() {
        let x = Tensor(shape: [2], values: [.nan, -1])
        let y = compute(.activation(.relu), [x], shape: [2], parallel: Parallel())
        #expect(y.values[0].isNaN && y.values[1] == 0)
    }
}
