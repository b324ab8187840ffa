import Testing

@testable import Tensors

@Suite struct NetworkGradientTests {
    /// Convolution, normalisation by the batch, a smooth activation, a branch, the mean and a linear layer: the whole
    /// reverse pass against central differences of a forward pass in doubles.
    @Test func theGradientOfATrainingPassAgreesWithFiniteDifferences() throws {
        var random = Seeded(3)
        var graph = try Graph(inputName: "x", shape: [3, 2, 6, 5])
        let weights = graph.addConstant("w", random.tensor([4, 2, 3, 3]))
        let scale = graph.addConstant("scale", random.tensor([4]))
        let shift = graph.addConstant("shift", random.tensor([4]))
        let mean = graph.addConstant("mean", Tensor(shape: [4], repeating: 0))
        let variance = graph.addConstant("variance", Tensor(shape: [4], repeating: 1))
        let head = graph.addConstant("head", random.tensor([1, 4]))
        let window = Window(kernel: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1])
        let convolved = try graph.add(.convolution(window, groups: 1), [graph.input, weights], name: "conv")
        let normalized = try graph.add(
            .batchNormalization(epsilon: 1e-3), [convolved, scale, shift, mean, variance], name: "norm")
        let curved = try graph.add(.activation(.tanh), [normalized], name: "tanh")
        let sum = try graph.add(.binary(.add), [curved, normalized], name: "sum")
        let pooled = try graph.add(.reduceMean(axes: [2, 3], keepsAxes: false), [sum], name: "mean")
        let output = try graph.add(
            .gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true), [pooled, head], name: "head")
        let picture = random.tensor([3, 2, 6, 5])
        let seed = random.tensor([3, 1])

        let tape = try graph.forward(picture, mode: .training, parallel: Parallel(threads: 2))
        let targets = [weights, scale, shift, head, graph.input]
        let gradients = graph.backward(tape, from: output, seed: seed, to: Set(targets), mode: .training)

        func objective(_ changed: [Int: Exact]) -> Double {
            var values: [Int: Exact] = graph.constants.mapValues { Exact($0) }
            values[graph.input] = Exact(picture)
            values.merge(changed) { $1 }
            for node in graph.nodes {
                var operands = node.inputs.compactMap { values[$0] }
                if case .batchNormalization = node.operation {
                    let x = operands[0]
                    let count = Double(x.shape[0] * x.shape[2] * x.shape[3])
                    let at = Exact.indices(x.shape)
                    let means = (0..<4).map { c in at.filter { $0[1] == c }.reduce(0) { $0 + x[$1] } / count }
                    let variances = (0..<4).map { c in
                        at.filter { $0[1] == c }.reduce(0) { $0 + (x[$1] - means[c]) * (x[$1] - means[c]) } / count
                    }
                    operands[3] = Exact([4], means)
                    operands[4] = Exact([4], variances)
                }
                values[node.output] = Naive.compute(node.operation, operands, graph.shape(node.output))
            }
            return zip(values[output]?.values ?? [], seed.values).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        let step = 1e-5
        for target in targets {
            let gradient = try #require(gradients[target])
            let exact = Exact(target == graph.input ? picture : try #require(graph.constants[target]))
            let largest = gradient.values.map { abs(Double($0)) }.max() ?? 1
            for index in stride(from: 0, to: exact.values.count, by: 5) {
                var (above, below) = (exact, exact)
                above.values[index] += step
                below.values[index] -= step
                let slope = (objective([target: above]) - objective([target: below])) / (2 * step)
                #expect(abs(Double(gradient.values[index]) - slope) <= 2e-4 * max(1, largest), "value \(target)")
            }
        }
    }

    @Test func theNumberOfThreadsDoesNotChangeABit() throws {
        var random = Seeded(9)
        var graph = try Graph(inputName: "x", shape: [9, 3, 12, 12])
        let weights = graph.addConstant("w", random.tensor([5, 3, 3, 3]))
        let bias = graph.addConstant("b", random.tensor([5]))
        let window = Window(kernel: [3, 3], pads: [1, 1, 1, 1])
        let convolved = try graph.add(.convolution(window, groups: 1), [graph.input, weights, bias], name: "conv")
        let picture = random.tensor([9, 3, 12, 12])
        let seed = random.tensor(graph.shape(convolved))
        let results = try [1, 2, 5].map { threads in
            let parallel = Parallel(threads: threads)
            let tape = try graph.forward(picture, parallel: parallel)
            let gradients = graph.backward(
                tape, from: convolved, seed: seed, to: [weights, bias, graph.input], parallel: parallel)
            return [tape.values[convolved], gradients[weights], gradients[bias], gradients[graph.input]]
        }
        #expect(results[0] == results[1] && results[0] == results[2])
        #expect(results[0].allSatisfy { $0 != nil })
    }

    /// Depths beyond one slice, panels that do not divide, rows that do not fill a tile: our kernels against OpenBLAS.
    @Test(arguments: [(16, 40, 9), (32, 3, 20), (70, 50, 7), (5, 64, 13)])
    func ourProductsAgreeWithOpenBLAS(_ channels: Int, _ outputs: Int, _ size: Int) {
        var random = Seeded(UInt64(channels))
        let window = Window(kernel: [3, 3], pads: [1, 1, 1, 1])
        let x = random.tensor([2, channels, size, size])
        let weights = random.tensor([outputs, channels, 3, 3])
        let bias = random.tensor([outputs])
        let convolution = Convolution(window, groups: 1, input: x.shape, output: [2, outputs, size, size])
        LinearAlgebra.prepare()
        let ours = convolution.forward(x, weights: weights, bias: bias, parallel: Parallel())
        let theirs = convolution.forward(x, weights: weights, bias: bias, usesPacked: false, parallel: Parallel())
        let unfolded = convolution.forward(
            x, weights: weights, bias: bias, usesGrid: false, parallel: Parallel())
        let scale = theirs.values.map { abs($0) }.max() ?? 1
        for (a, b) in zip(unfolded.values, theirs.values) { #expect(abs(a - b) <= 2e-6 * scale) }
        for (a, b) in zip(ours.values, theirs.values) { #expect(abs(a - b) <= 2e-6 * scale) }

        let our = convolution.inputGradient(theirs, weights: weights, parallel: Parallel())
        let their = convolution.inputGradient(theirs, weights: weights, usesPacked: false, parallel: Parallel())
        let largest = their.values.map { abs($0) }.max() ?? 1
        for (a, b) in zip(our.values, their.values) { #expect(abs(a - b) <= 2e-6 * largest) }
    }

    @Test func foldingNormalisationKeepsTheResult() throws {
        var random = Seeded(31)
        var graph = try Graph(inputName: "x", shape: [1, 2, 6, 6])
        let weights = graph.addConstant("w", random.tensor([4, 2, 3, 3]))
        let parameters = (0..<4).map { index in
            var tensor = random.tensor([4])
            if index == 3 { tensor.values = tensor.values.map { abs($0) + 0.5 } }
            return graph.addConstant("p\(index)", tensor)
        }
        let convolved = try graph.add(
            .convolution(Window(kernel: [3, 3]), groups: 1), [graph.input, weights], name: "conv")
        let normalized = try graph.add(.batchNormalization(epsilon: 1e-5), [convolved] + parameters, name: "norm")
        _ = try graph.add(.activation(.relu), [normalized], name: "relu")
        let folded = graph.foldingNormalization()
        #expect(folded.nodes.map(\.operation.name) == ["Conv", "Relu"])
        #expect(folded.values[folded.nodes[0].output].name == "norm")

        let picture = random.tensor([1, 2, 6, 6])
        let before = graph.value(of: graph.output, on: try graph.forward(picture))
        let after = folded.value(of: folded.output, on: try folded.forward(picture))
        for (a, b) in zip(before.values, after.values) { #expect(abs(a - b) <= 1e-4) }
    }

    @Test func aConvolutionThatSomethingElseReadsIsNotFolded() throws {
        var random = Seeded(37)
        var graph = try Graph(inputName: "x", shape: [1, 2, 4, 4])
        let weights = graph.addConstant("w", random.tensor([2, 2, 1, 1]))
        let one = Tensor(shape: [2], repeating: 1)
        let parameters = (0..<4).map { graph.addConstant("p\($0)", one) }
        let convolved = try graph.add(
            .convolution(Window(kernel: [1, 1]), groups: 1), [graph.input, weights], name: "conv")
        let normalized = try graph.add(.batchNormalization(epsilon: 1e-5), [convolved] + parameters, name: "norm")
        _ = try graph.add(.binary(.add), [convolved, normalized], name: "sum")
        #expect(graph.foldingNormalization().nodes.map(\.operation.name) == ["Conv", "BatchNormalization", "Add"])
    }
}
