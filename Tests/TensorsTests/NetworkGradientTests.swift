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

        try GradientCheck(graph, picture, seed).run([weights, scale, shift, head, graph.input], from: output)
    }

    /// Squeeze and excitation, as training builds it: the means of all channels decide how much each counts.
    @Test func theGradientOfSqueezeAndExcitationAgreesWithFiniteDifferences() throws {
        var random = Seeded(5)
        var graph = try Graph(inputName: "x", shape: [2, 6, 3, 4])
        let down = graph.addConstant("down", random.tensor([4, 6, 1, 1]))
        let downBias = graph.addConstant("downBias", random.tensor([4]))
        let up = graph.addConstant("up", random.tensor([6, 4, 1, 1]))
        let upBias = graph.addConstant("upBias", random.tensor([6]))
        let one = Window(kernel: [1, 1])
        let mean = try graph.add(.reduceMean(axes: [2, 3], keepsAxes: true), [graph.input], name: "mean")
        let narrow = try graph.add(.convolution(one, groups: 1), [mean, down, downBias], name: "narrow")
        let active = try graph.add(.activation(.tanh), [narrow], name: "tanh")
        let wide = try graph.add(.convolution(one, groups: 1), [active, up, upBias], name: "wide")
        let factor = try graph.add(.activation(.sigmoid), [wide], name: "factor")
        let output = try graph.add(.binary(.multiply), [graph.input, factor], name: "excited")
        let (picture, seed) = (random.tensor([2, 6, 3, 4]), random.tensor([2, 6, 3, 4]))
        try GradientCheck(graph, picture, seed).run([down, downBias, up, upBias, graph.input], from: output)
    }

    /// A dense layer and a transition, as training builds them: what was before is beside what is new.
    @Test func theGradientOfADenseLayerAgreesWithFiniteDifferences() throws {
        var random = Seeded(6)
        var graph = try Graph(inputName: "x", shape: [2, 3, 4, 4])
        let scale = graph.addConstant("scale", random.tensor([3]))
        let shift = graph.addConstant("shift", random.tensor([3]))
        let mean = graph.addConstant("mean", Tensor(shape: [3], repeating: 0))
        let variance = graph.addConstant("variance", Tensor(shape: [3], repeating: 1))
        let weights = graph.addConstant("w", random.tensor([2, 3, 3, 3]))
        let mask = graph.addConstant("mask", Tensor(shape: [2, 5], values: [0, 2, 2, 0, 2, 2, 0, 2, 0, 2]))
        let window = Window(kernel: [3, 3], pads: [1, 1, 1, 1])
        let normalized = try graph.add(
            .batchNormalization(epsilon: 1e-3), [graph.input, scale, shift, mean, variance], name: "norm")
        let curved = try graph.add(.activation(.tanh), [normalized], name: "tanh")
        let added = try graph.add(.convolution(window, groups: 1), [curved, weights], name: "conv")
        let joined = try graph.add(.concat(axis: 1), [graph.input, added], name: "join")
        let pool = Operation.averagePool(Window(kernel: [2, 2], strides: [2, 2]), countsPadding: false)
        let shrunk = try graph.add(pool, [joined], name: "pool")
        let means = try graph.add(.reduceMean(axes: [2, 3], keepsAxes: false), [shrunk], name: "mean")
        let output = try graph.add(.binary(.multiply), [means, mask], name: "kept")
        let (picture, seed) = (random.tensor([2, 3, 4, 4]), random.tensor([2, 5]))
        try GradientCheck(graph, picture, seed).run([scale, shift, weights, graph.input], from: output)
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
