import Testing

@testable import Tensors

@Suite struct ONNXImportTests {
    private let picture = Tensor(shape: [1, 1, 4, 4], values: (0..<16).map { Float($0) / 8 - 1 })

    private func logits(_ file: ONNXFile) throws -> [Float] { try Model(onnx: file.bytes).run(picture).logits }

    @Test func theOldWayOfNamingAxesAndTheNewOneMeanTheSame() throws {
        var old = ONNXFile(opset: 11)
        old.add("ReduceMean", ["x"], "m", ONNXFile.ints("axes", [-1]), ONNXFile.int("keepdims", 0))
        old.add("Unsqueeze", ["m"], "u", ONNXFile.ints("axes", [0, 4]))
        old.add("Squeeze", ["u"], "s", ONNXFile.ints("axes", [0, 1, 2, -1]))
        old.add("Relu", ["s"], "y")
        var new = ONNXFile(opset: 18)
        new.integers("last", [-1])
        new.integers("ends", [0, 4])
        new.integers("ones", [0, 1, 2, -1])
        new.add("ReduceMean", ["x", "last"], "m", ONNXFile.int("keepdims", 0))
        new.add("Unsqueeze", ["m", "ends"], "u")
        new.add("Squeeze", ["u", "ones"], "s")
        new.add("Relu", ["s"], "y")
        let result = try logits(old)
        #expect(result == [0, 0, 0.1875, 0.6875])
        #expect(try logits(new) == result)
    }

    @Test func shapeArithmeticThatExportersLeaveIsUnderstood() throws {
        // x.view(x.size(0), -1), as PyTorch writes it.
        var file = ONNXFile()
        file.integers("zero", [0])
        file.integers("rest", [-1])
        file.add("Shape", ["x"], "shape")
        file.add("Gather", ["shape", "zero"], "batch")
        file.add("Concat", ["batch", "rest"], "target", ONNXFile.int("axis", 0))
        file.add("Reshape", ["x", "target"], "y")
        #expect(try logits(file) == picture.values)
    }

    @Test func clipTakesItsBoundsFromConstantsAndMayLackOne() throws {
        var file = ONNXFile()
        file.floats("top", [], [0.5])
        file.add("Clip", ["x", "", "top"], "c")
        file.add("Flatten", ["c"], "y")
        #expect(try logits(file) == picture.values.map { min($0, 0.5) })
    }

    @Test func constantsAreComputedBeforehandAndIdentitiesVanish() throws {
        var file = ONNXFile()
        file.floats("a", [1], [2])
        file.floats("b", [1], [3])
        file.add("Identity", ["a"], "alias")
        file.add("Mul", ["alias", "b"], "six")
        file.add("Dropout", ["x"], "kept")
        file.add("Cast", ["kept"], "same", ONNXFile.int("to", 1))
        file.add("Mul", ["same", "six"], "product")
        file.add("Flatten", ["product"], "y")
        let graph = try Graph(onnx: file.bytes)
        #expect(graph.nodes.map(\.operation.name) == ["Mul", "Reshape"])
        #expect(try logits(file) == picture.values.map { $0 * 6 })
    }

    @Test(arguments: ["SAME_UPPER", "SAME_LOWER", "VALID"])
    func automaticPaddingIsSettledAtImport(_ mode: String) throws {
        var file = ONNXFile()
        file.floats("w", [1, 1, 2, 2], [1, 0, 0, 0])
        file.add("Conv", ["x", "w"], "c", ONNXFile.text("auto_pad", mode))
        file.add("Flatten", ["c"], "y")
        let graph = try Graph(onnx: file.bytes)
        guard case .convolution(let window, _) = graph.nodes[0].operation else {
            Issue.record("no convolution")
            return
        }
        #expect(
            window.pads == ["SAME_UPPER": [0, 0, 1, 1], "SAME_LOWER": [1, 1, 0, 0], "VALID": [0, 0, 0, 0]][mode])
    }

    @Test func aSymbolicBatchIsOne() throws {
        var file = ONNXFile(inputs: [("x", [0, 1, 4, 4])])
        file.add("Flatten", ["x"], "y")
        #expect(try Model(onnx: file.bytes).inputShape == [1, 1, 4, 4])
    }

    @Test func halfAndDoublePrecisionWeightsAreRead() throws {
        var file = ONNXFile()
        // 1.5 and -2^-24 (subnormal) in binary16.
        file.weights.append(ONNXFile.tensor("half", [2], 10, [0x00, 0x3E, 0x01, 0x80]))
        file.weights.append(ONNXFile.tensor("double", [1], 11, ONNXFile.littleEndian((0.25).bitPattern, 8)))
        file.weights.append(ONNXFile.tensor("brain", [1], 16, [0xC0, 0x3F]))
        file.add("ReduceMean", ["x"], "m", ONNXFile.int("keepdims", 0))
        file.add("Add", ["half", "m"], "a")
        file.add("Mul", ["a", "double"], "b")
        file.add("Mul", ["b", "brain"], "y")
        let mean: Float = -0.0625
        let result = try logits(file)
        #expect(result == [(1.5 + mean) * 0.25 * 1.5, (-0x1p-24 + mean) * 0.25 * 1.5])
    }

    @Test func everyOperatorSurvivesExportAndImport() throws {
        var random = Seeded(41)
        var graph = try Graph(inputName: "picture", shape: [1, 2, 8, 9])
        func constant(_ shape: [Int]) -> Int { graph.addConstant("w\(graph.values.count)", random.tensor(shape)) }
        var x = graph.input
        func add(_ operation: Tensors.Operation, _ operands: Int...) throws {
            x = try graph.add(operation, [x] + operands, name: "\(operation.name)\(graph.nodes.count)")
        }
        let window = Window(kernel: [3, 2], strides: [1, 1], dilations: [1, 2], pads: [1, 0, 2, 1])
        try add(.convolution(window, groups: 1), constant([4, 2, 3, 2]), constant([4]))
        let variance = graph.addConstant("variance", Tensor(shape: [4], repeating: 0.7))
        try add(.batchNormalization(epsilon: 1e-4), constant([4]), constant([4]), constant([4]), variance)
        for activation in [
            Activation.leakyRelu(slope: 0.3), .hardSwish, .tanh, .hardSigmoid(slope: 0.3, offset: 0.4), .relu, .sigmoid,
            .clip(lower: 0.1, upper: 0.8), .swish, .exp, .sqrt, .erf, .gelu,
        ] { try add(.activation(activation)) }
        try add(.convolution(Window(kernel: [1, 1]), groups: 2), constant([4, 2, 1, 1]))
        try add(.pad(before: [0, 0, 1, 0], after: [0, 0, 0, 2], value: 0.25))
        try add(.maxPool(Window(kernel: [2, 2], strides: [1, 2], roundsUp: true)))
        try add(.averagePool(Window(kernel: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1]), countsPadding: true))
        for function in [BinaryFunction.add, .multiply, .subtract, .divide] {
            try add(.binary(function), constant([4, 1, 1]))
        }
        try add(.activation(.exp))
        try add(.binary(.power), graph.addConstant("exponent", Tensor(shape: [], values: [0.3])))
        try add(.slice(begin: [0, 3, 1, 0], steps: [1, -1, 1, 2], shape: [1, 4, graph.shape(x)[2] - 1, 3]))
        let before = x
        try add(.softmax(axis: 2, spansTrailingAxes: true))
        x = try graph.add(.concat(axis: 1), [before, x], name: "both")
        try add(.softmax(axis: 1, spansTrailingAxes: false))
        try add(.transpose([0, 2, 3, 1]))
        try add(.matMul, constant([8, 3]))
        try add(.reduceMean(axes: [1], keepsAxes: false))
        try add(.reshape([1, graph.shape(x).reduce(1, *)]))
        try add(
            .gemm(alpha: 0.5, beta: 2, transposesA: false, transposesB: true), constant([2, graph.shape(x)[1]]),
            constant([2]))

        let bytes = try graph.onnx(producer: "test")
        #expect(bytes == (try graph.onnx(producer: "test")))
        let again = try Graph(onnx: bytes)
        let picture = random.tensor([1, 2, 8, 9])
        let first = graph.value(of: graph.output, on: try graph.forward(picture))
        let second = again.value(of: again.output, on: try again.forward(picture))
        for (a, b) in zip(first.values, second.values) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
        let isFinite = first.values.allSatisfy { $0.isFinite }
        #expect(isFinite)
        // Softmax over two axes comes back as three nodes, swish as two, gelu as five.
        #expect(again.nodes.count == graph.nodes.count + 2 + 1 + 4)
    }
}
