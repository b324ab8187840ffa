import Testing

@testable import Tensors

@Suite struct ModelTests {
    /// conv → relu → conv → relu → mean → linear → sigmoid, two findings.
    private func file(endsInSigmoid: Bool = true) -> ONNXFile {
        var random = Seeded(51)
        var file = ONNXFile(inputs: [("x", [1, 1, 8, 8])])
        file.floats("w1", [3, 1, 3, 3], random.tensor([3, 1, 3, 3]).values)
        file.floats("w2", [4, 3, 3, 3], random.tensor([4, 3, 3, 3]).values)
        file.floats("h", [2, 4], random.tensor([2, 4]).values)
        file.add("Conv", ["x", "w1"], "c1", ONNXFile.ints("pads", [1, 1, 1, 1]))
        file.add("Relu", ["c1"], "r1")
        file.add("Conv", ["r1", "w2"], "c2", ONNXFile.ints("strides", [2, 2]))
        file.add("Relu", ["c2"], "r2")
        file.add("GlobalAveragePool", ["r2"], "g")
        file.add("Flatten", ["g"], "f")
        file.add("Gemm", ["f", "h"], endsInSigmoid ? "z" : "y", ONNXFile.int("transB", 1))
        if endsInSigmoid { file.add("Sigmoid", ["z"], "y") }
        return file
    }

    private var picture: Tensor {
        var random = Seeded(52)
        return random.tensor([1, 1, 8, 8])
    }

    @Test func aModelKnowsItsShapeItsFindingsAndItsLayers() throws {
        let model = try Model(onnx: file().bytes)
        #expect(model.inputShape == [1, 1, 8, 8])
        #expect(model.outputCount == 2)
        #expect(model.layerNames == ["r1", "r2"])
        #expect(model.defaultExplanationLayer == "r2")
    }

    @Test func probabilitiesAreTheSigmoidOfTheLogitsWhicheverWayTheModelEnds() throws {
        let ended = try Model(onnx: file().bytes).run(picture)
        let open = try Model(onnx: file(endsInSigmoid: false).bytes).run(picture)
        #expect(ended.logits == open.logits)
        for (a, b) in zip(ended.probabilities, open.probabilities) { #expect(abs(a - b) < 1e-6) }
        #expect(ended.logits != ended.probabilities)
    }

    @Test func softmaxEndsInLogitsToo() throws {
        var model = file(endsInSigmoid: false)
        model.nodes[model.nodes.count - 1].outputs = ["z"]
        model.add("Softmax", ["z"], "y")
        let run = try Model(onnx: model.bytes).run(picture)
        #expect(run.logits == (try Model(onnx: file().bytes).run(picture).logits))
        #expect(abs(run.probabilities.reduce(0, +) - 1) < 1e-6)
    }

    /// The head is linear in the mean of the last activation, so that its gradient is known exactly.
    @Test func theGradientAtTheLastLayerIsTheHeadsWeightOverThePlane() throws {
        let run = try Model(onnx: file().bytes).run(picture)
        var random = Seeded(51)
        _ = random.tensor([3, 1, 3, 3])
        _ = random.tensor([4, 3, 3, 3])
        let head = random.tensor([2, 4])
        for logit in 0..<2 {
            let gradient = try run.gradient(ofLogit: logit, at: "r2")
            #expect(gradient.shape == [1, 4, 3, 3])
            #expect(gradient.shape == (try run.activation("r2").shape))
            for channel in 0..<4 {
                for pixel in 0..<9 {
                    #expect(abs(gradient.values[channel * 9 + pixel] - head.values[logit * 4 + channel] / 9) < 1e-6)
                }
            }
        }
    }

    /// The model runs with activations fused; the file's own graph without.
    @Test func theGradientAtAnEarlyLayerIsThatOfTheGraphAsItWasWritten() throws {
        let graph = try Graph(onnx: file().bytes)
        let tape = try graph.forward(picture)
        let layer = try #require(graph.nodes.first { $0.name == "#1" }).output
        let logit = try #require(graph.nodes.first { $0.name == "#6" }).output
        let seed = Tensor(shape: [1, 2], values: [0, 1])
        let expected = try #require(graph.backward(tape, from: logit, seed: seed, to: [layer])[layer])
        let run = try Model(onnx: file().bytes).run(picture)
        let gradient = try run.gradient(ofLogit: 1, at: "r1")
        #expect(gradient.shape == expected.shape)
        for (a, b) in zip(gradient.values, expected.values) { #expect(abs(a - b) < 1e-5) }
        #expect(Set(gradient.values.map { $0 != 0 }).contains(true))
    }

    @Test func aWrongLayerIsAnsweredWithTheRightOnes() throws {
        let run = try Model(onnx: file().bytes).run(picture)
        let expected = TensorError.unknownLayer(name: "relu5", valid: ["r1", "r2"])
        #expect(throws: expected) { try run.activation("relu5") }
        #expect(throws: expected) { try run.gradient(ofLogit: 0, at: "relu5") }
        #expect(expected.description.contains("r1, r2"))
    }

    @Test func aWrongLogitOrPictureIsRefused() throws {
        let model = try Model(onnx: file().bytes)
        let run = try model.run(picture)
        #expect(throws: TensorError.unknownLogit(index: 2, count: 2)) { try run.gradient(ofLogit: 2, at: "r1") }
        #expect(throws: TensorError.unknownLogit(index: -1, count: 2)) { try run.gradient(ofLogit: -1, at: "r1") }
        #expect(throws: TensorError.inputShape(expected: [1, 1, 8, 8], given: [1, 1, 8, 7])) {
            try model.run(Tensor(shape: [1, 1, 8, 7], repeating: 0))
        }
    }

    @Test func aPictureThatIsNotFiniteIsNotScored() throws {
        let model = try Model(onnx: file().bytes)
        for value in [Float.nan, .infinity] {
            var broken = picture
            broken.values[20] = value
            #expect(throws: TensorError.notFinite) { try model.run(broken) }
        }
    }

    @Test func theSamePictureGivesTheSameBits() throws {
        let model = try Model(onnx: file().bytes)
        let runs = try (0..<3).map { _ in try model.run(picture).logits.map(\.bitPattern) }
        #expect(Set(runs).count == 1)
    }
}
