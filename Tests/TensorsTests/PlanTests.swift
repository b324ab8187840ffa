import Testing

@testable import Tensors

/// The compiled plan against the reference operators: each kind of step, odd sizes, every level of kernels, threads,
/// batches.
@Suite struct PlanTests {
    static let kernels = ["avx512", "avx512-openblas", "avx2", "plain"]

    private func settings(_ kernels: String, threads: Int = 1, winograd: String = "on") -> EngineSettings {
        EngineSettings(environment: [
            "CXR_ENGINE_KERNELS": kernels, "CXR_ENGINE_THREADS": "\(threads)", "CXR_ENGINE_WINOGRAD": winograd,
        ])
    }

    /// A network with one layer of interest between the picture and a linear head.
    private struct Sample {
        var graph: Graph
        var random: Seeded
        var x: Int

        init(_ shape: [Int], seed: UInt64) throws {
            graph = try Graph(inputName: "x", shape: shape)
            random = Seeded(seed)
            x = graph.input
        }

        mutating func constant(_ shape: [Int], positive: Bool = false) -> Int {
            var tensor = random.tensor(shape)
            let scale = 1 / Float(max(1, shape.dropFirst().reduce(1, *))).squareRoot()
            tensor.values = tensor.values.map { positive ? abs($0) / 4 + 0.5 : $0 * scale }
            return graph.addConstant("w\(graph.values.count)", tensor)
        }

        mutating func add(_ operation: Tensors.Operation, _ inputs: [Int]) throws {
            x = try graph.add(operation, inputs, name: "n\(graph.nodes.count)")
        }

        mutating func convolve(
            _ outputs: Int, _ window: Window, groups: Int = 1, bias: Bool = true, activation: Activation? = nil
        ) throws {
            let channels = graph.shape(x)[1] / groups
            let weights = constant([outputs, channels] + window.kernel)
            try add(.convolution(window, groups: groups), [x, weights] + (bias ? [constant([outputs])] : []))
            if let activation { try add(.activation(activation), [x]) }
        }

        mutating func normalize(_ activation: Activation? = .relu) throws {
            let c = graph.shape(x)[1]
            try add(
                .batchNormalization(epsilon: 1e-3),
                [x, constant([c]), constant([c]), constant([c]), constant([c], positive: true)])
            if let activation { try add(.activation(activation), [x]) }
        }

        mutating func head(_ outputs: Int = 3) throws {
            try add(.reduceMean(axes: [2, 3], keepsAxes: false), [x])
            let weights = constant([outputs, graph.shape(x)[1]])
            try add(.gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true), [x, weights])
        }
    }

    private static let same3 = Window(kernel: [3, 3], pads: [1, 1, 1, 1])

    /// Compares the activation before the head, and the scores. 1e-4 of the largest value, as the engine promises.
    private func check(_ sample: Sample, layer: Int, _ settings: EngineSettings, _ comment: Comment) throws {
        var sample = sample
        let shape = sample.graph.shape(sample.graph.input)
        let model = try Model(sample.graph, settings: settings)
        let picture = sample.random.tensor(shape)
        let tape = try sample.graph.forward(picture)
        let run = try model.run(picture)
        let expected = sample.graph.value(of: sample.graph.output, on: tape).values
        let scale = max(1, expected.map { abs($0) }.max() ?? 1)
        for (a, b) in zip(run.logits, expected) { #expect(abs(a - b) <= 1e-4 * scale, comment) }
        let name = sample.graph.values[layer].name
        guard model.layerNames.contains(name) else { return }
        let activation = try run.activation(name).values
        let exact = sample.graph.value(of: layer, on: tape).values
        let top = max(1, exact.map { abs($0) }.max() ?? 1)
        #expect(activation.count == exact.count)
        for (a, b) in zip(activation, exact) { #expect(abs(a - b) <= 1e-4 * top, comment) }
    }

    @Test(arguments: kernels, [1, 3, 5, 7, 17, 63, 65])
    func convolutionsOfOddSizesAgreeWithTheReference(_ kernels: String, _ size: Int) throws {
        let windows = [
            Window(kernel: [1, 1]), PlanTests.same3, Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]),
            Window(kernel: [5, 3], strides: [1, 2], dilations: [2, 1], pads: [4, 2, 4, 0]),
            Window(kernel: [1, 1], strides: [2, 2]),
        ]
        for (index, window) in windows.enumerated() {
            for (inputs, outputs) in [(1, 5), (3, 17), (17, 33), (32, 48)] where size < 60 || index < 2 {
                var sample = try Sample([1, inputs, size, max(1, size - 2)], seed: UInt64(size * 100 + index))
                try sample.convolve(outputs, window, activation: index == 1 ? .relu : nil)
                let layer = sample.x
                try sample.head()
                try check(
                    sample, layer: layer, settings(kernels), "\(kernels) \(window) \(inputs) to \(outputs), \(size)")
            }
        }
    }

    /// Sizes at which the plan takes F(4,3) and F(2,3), and ends of tiles that hang over.
    @Test(arguments: kernels)
    func winogradAgreesWithTheReference(_ kernels: String) throws {
        for (channels, outputs, size) in [(64, 32, 56), (32, 64, 29), (128, 128, 14), (48, 80, 13), (96, 32, 27)] {
            var sample = try Sample([1, channels, size, size - 1], seed: UInt64(size))
            try sample.convolve(outputs, PlanTests.same3, activation: .swish)
            let layer = sample.x
            try sample.head()
            let model = try Model(sample.graph, settings: settings(kernels))
            #expect(model.plan.report.contains { $0.kind.hasPrefix("winograd") })
            let exact = try Model(sample.graph, settings: settings(kernels, winograd: "off"))
            #expect(!exact.plan.report.contains { $0.kind.hasPrefix("winograd") })
            try check(sample, layer: layer, settings(kernels), "\(kernels) \(channels) to \(outputs), \(size)")
        }
    }

    @Test(arguments: kernels)
    func depthwiseConvolutionsAgreeWithTheReference(_ kernels: String) throws {
        for (channels, kernel, stride, size) in [
            (16, 3, 1, 9), (24, 3, 2, 8), (5, 5, 1, 7), (40, 5, 2, 13), (7, 7, 1, 5), (16, 3, 1, 1), (16, 5, 1, 2),
        ] {
            for activation in [Activation.relu, .hardSwish, .clip(lower: 0, upper: 6)] {
                let pad = (kernel - 1) / 2
                var sample = try Sample([1, 3, size, size + 1], seed: UInt64(channels))
                try sample.convolve(channels, Window(kernel: [1, 1]))
                try sample.convolve(
                    channels,
                    Window(kernel: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad]),
                    groups: channels, activation: activation)
                let layer = sample.x
                try sample.head()
                try check(sample, layer: layer, settings(kernels), "\(kernels) \(channels) \(kernel) \(stride) \(size)")
            }
        }
    }

    /// A dense block, a transition, a residual block, squeeze and excitation, and a grouped convolution.
    private func mixture() throws -> (Sample, layer: Int) {
        var s = try Sample([1, 3, 37, 35], seed: 9)
        try s.convolve(16, Window(kernel: [7, 7], strides: [2, 2], pads: [3, 3, 3, 3]), bias: false)
        try s.normalize()
        try s.add(.maxPool(Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1])), [s.x])
        var features = [s.x]
        for _ in 0..<3 {
            if features.count > 1 { try s.add(.concat(axis: 1), features) }
            try s.normalize()
            try s.convolve(32, Window(kernel: [1, 1]), bias: false)
            try s.normalize()
            try s.convolve(16, PlanTests.same3, bias: false)
            features.append(s.x)
        }
        try s.add(.concat(axis: 1), features)
        try s.normalize()
        try s.convolve(24, Window(kernel: [1, 1]), bias: false)
        try s.add(.averagePool(Window(kernel: [2, 2], strides: [2, 2]), countsPadding: false), [s.x])
        let shortcut = s.x
        try s.convolve(24, PlanTests.same3, bias: false)
        try s.normalize()
        try s.convolve(24, PlanTests.same3)
        try s.add(.binary(.add), [s.x, shortcut])
        try s.add(.activation(.relu), [s.x])
        let picture = s.x
        try s.add(.reduceMean(axes: [2, 3], keepsAxes: true), [s.x])
        try s.convolve(6, Window(kernel: [1, 1]), activation: .relu)
        try s.convolve(24, Window(kernel: [1, 1]), activation: .sigmoid)
        try s.add(.binary(.multiply), [picture, s.x])
        try s.convolve(12, Window(kernel: [1, 1]), activation: .leakyRelu(slope: 0.1))
        try s.convolve(12, PlanTests.same3, groups: 3)
        try s.add(.activation(.tanh), [s.x])
        // Channels that do not fill a register cannot be joined in place.
        let wide = s.x
        try s.convolve(7, Window(kernel: [1, 1]))
        try s.add(.concat(axis: 1), [wide, s.x, wide])
        try s.add(
            .averagePool(Window(kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1]), countsPadding: true), [s.x])
        let layer = s.x
        try s.head(14)
        return (s, layer)
    }

    @Test(arguments: kernels, [1, 2, 3])
    func aNetworkOfEveryKindOfStepAgreesWithTheReference(_ kernels: String, _ threads: Int) throws {
        let (sample, layer) = try mixture()
        try check(sample, layer: layer, settings(kernels, threads: threads), "\(kernels) on \(threads) threads")
    }

    @Test(arguments: kernels)
    func theBitsDependNeitherOnThreadsNorOnTheBatchNorOnTheRun(_ kernels: String) throws {
        let (sample, _) = try mixture()
        var random = Seeded(77)
        let pictures = (0..<5).map { _ in random.tensor([1, 3, 37, 35]) }
        let single = try Model(sample.graph, settings: settings(kernels))
        let expected = try pictures.map { try single.run($0).logits.map(\.bitPattern) }
        for threads in [1, 2, 3] {
            let model = try Model(sample.graph, settings: settings(kernels, threads: threads))
            for count in [1, 2, 5] {
                let runs = try model.run(batch: Array(pictures[..<count]))
                #expect(runs.map { $0.logits.map(\.bitPattern) } == Array(expected[..<count]))
            }
        }
        for _ in 0..<100 { #expect(try single.run(pictures[0]).logits.map(\.bitPattern) == expected[0]) }
    }

    @Test func runsAtTheSameTimeDoNotDisturbOneAnother() async throws {
        let (sample, _) = try mixture()
        var random = Seeded(78)
        let model = try Model(sample.graph, settings: settings("avx512", threads: 2))
        let pictures = (0..<8).map { _ in random.tensor([1, 3, 37, 35]) }
        let expected = try pictures.map { try model.run($0).logits }
        let results = await withTaskGroup(of: (Int, [Float]?).self) { group in
            for (index, picture) in pictures.enumerated() {
                group.addTask { (index, try? model.run(picture).logits) }
            }
            var results: [Int: [Float]] = [:]
            for await (index, logits) in group { results[index] = logits }
            return results
        }
        for index in pictures.indices { #expect(results[index] == expected[index]) }
    }

    @Test func layersThatWillBeExplainedAreKeptWithoutAnotherForwardPass() throws {
        let (sample, layer) = try mixture()
        var random = Seeded(79)
        let picture = random.tensor([1, 3, 37, 35])
        let all = try Model(sample.graph, settings: settings("avx512"))
        let early = all.layerNames[3]
        let kept = try Model(sample.graph, explaining: [early], settings: settings("avx512"))
        #expect(kept.keptValues.count == 2)
        let a = try all.run(picture).activation(early)
        let b = try kept.run(picture).activation(early)
        #expect(a.shape == b.shape)
        let scale = a.values.map { abs($0) }.max() ?? 1
        for (a, b) in zip(a.values, b.values) { #expect(abs(a - b) <= 1e-4 * scale) }
        #expect(throws: TensorError.unknownLayer(name: "nowhere", valid: all.layerNames)) {
            try Model(sample.graph, explaining: ["nowhere"])
        }
        #expect(sample.graph.shape(layer).count == 4)
    }

    @Test func aLinearHeadsWeightsAreTheGradientsSums() throws {
        let (sample, layer) = try mixture()
        var random = Seeded(80)
        let model = try Model(sample.graph, settings: settings("avx512"))
        let run = try model.run(random.tensor([1, 3, 37, 35]))
        let name = sample.graph.values[layer].name
        let weights = try #require(try run.linearWeights(ofLogit: 5, at: name))
        let gradient = try run.gradient(ofLogit: 5, at: name)
        let area = gradient.shape[2] * gradient.shape[3]
        for (channel, weight) in weights.enumerated() {
            let sum = gradient.values[channel * area..<(channel + 1) * area].reduce(0, +)
            #expect(abs(sum - weight) <= 1e-5)
        }
        #expect(try run.linearWeights(ofLogit: 5, at: model.layerNames[2]) == nil)
        #expect(throws: TensorError.unknownLogit(index: 14, count: 14)) { try run.linearWeights(ofLogit: 14, at: name) }
        let map = try run.weightedSum(of: name, weights: weights)
        let activation = try run.activation(name)
        for place in 0..<area {
            let exact = weights.indices.reduce(0.0) {
                $0 + Double(weights[$1]) * Double(activation.values[$1 * area + place])
            }
            #expect(abs(Double(map.values[place]) - exact) <= 1e-4)
        }
    }
}
