import Testing

@testable import Tensors

/// Files that must be refused with a typed error, at once, and never crash.
@Suite struct HostileModelTests {
    private func code(_ file: ONNXFile) -> String { code(file.bytes) }

    private func code(_ bytes: [UInt8]) -> String {
        do {
            _ = try Model(onnx: bytes)
            return "accepted"
        } catch {
            return error.code
        }
    }

    private var small: ONNXFile {
        var file = ONNXFile()
        file.floats("w", [2, 1, 3, 3], [Float](repeating: 0.1, count: 18))
        file.floats("h", [2, 2], [1, 2, 3, 4])
        file.add("Conv", ["x", "w"], "c", ONNXFile.ints("pads", [1, 1, 1, 1]))
        file.add("Relu", ["c"], "r")
        file.add("GlobalAveragePool", ["r"], "g")
        file.add("Flatten", ["g"], "f")
        file.add("Gemm", ["f", "h"], "y")
        return file
    }

    @Test func theSmallModelItselfIsAccepted() throws {
        #expect(code(small) == "accepted")
    }

    @Test func everyTruncationIsRefused() {
        let bytes = small.bytes
        for length in 0..<bytes.count { #expect(code(Array(bytes[..<length])) != "accepted") }
    }

    @Test func noFlippedByteCrashes() {
        let bytes = small.bytes
        for position in bytes.indices {
            for flip: UInt8 in [0x01, 0x80, 0xFF] {
                var changed = bytes
                changed[position] ^= flip
                _ = code(changed)
            }
        }
    }

    @Test func noRandomBytesCrash() {
        var random = Seeded(77)
        for _ in 0..<2000 {
            let bytes = (0..<random.int(0...64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(code(bytes) != "accepted")
        }
    }

    @Test func hugeExtentsAreRefused() {
        for shape in [
            [1, 1, 1 << 40, 1 << 40], [1, 1, 1 << 20, 1 << 20], [1, .max, .max, .max], [1, 1 << 62, 4, 4],
        ] {
            var file = ONNXFile(inputs: [("x", shape)])
            file.add("Flatten", ["x"], "y")
            #expect(code(file) == "TEN-006")
        }
        var file = ONNXFile(inputs: [("x", [1, 1, -4, 4])])
        file.add("Flatten", ["x"], "y")
        #expect(code(file) == "TEN-002")
    }

    @Test func aWeightThatDoesNotFillItsShapeIsRefused() {
        for shape in [[4], [1 << 50], [-3], [0, 4], [Int.max, 2]] {
            var file = ONNXFile()
            file.weights.append(ONNXFile.tensor("w", shape, 1, [0, 0, 0, 0, 0, 0, 0, 0]))
            file.add("Mul", ["x", "w"], "y")
            #expect(["TEN-001", "TEN-006"].contains(code(file)))
        }
    }

    @Test func windowsOutOfRangeAreRefused() {
        let attributes = [
            ONNXFile.ints("strides", [0, 1]), ONNXFile.ints("strides", [-1, 1]), ONNXFile.ints("strides", [1]),
            ONNXFile.ints("dilations", [.max, .max]), ONNXFile.ints("pads", [-1, 0, 0, 0]),
            ONNXFile.ints("pads", [.max, .max, .max, .max]), ONNXFile.ints("pads", [1]),
            ONNXFile.ints("kernel_shape", [.max, 3]), ONNXFile.ints("kernel_shape", [2, 2]), ONNXFile.int("group", 0),
            ONNXFile.int("group", .max), ONNXFile.int("group", -1), ONNXFile.text("auto_pad", "SOME"),
        ]
        for attribute in attributes {
            var file = small
            file.nodes[0].attributes = [attribute]
            #expect(code(file) == "TEN-004" || code(file) == "TEN-005")
        }
        for kernel in [[16384, 16384], [5, 5], [0, 0]] {
            var file = ONNXFile()
            file.add("MaxPool", ["x"], "p", ONNXFile.ints("kernel_shape", kernel))
            file.add("Flatten", ["p"], "y")
            #expect(code(file) == "TEN-004" || code(file) == "TEN-005")
        }
    }

    @Test func aGraphThatMultipliesItsWorkIsRefused() {
        var file = ONNXFile(inputs: [("x", [1, 1, 64, 64])])
        let large = [0, 0, 4000, 4000]
        file.integers("pads", large + large)
        file.add("Pad", ["x", "pads"], "p0")
        for index in 0..<20 {
            file.add("Concat", ["p\(index)", "p\(index)"], "p\(index + 1)", ONNXFile.int("axis", 1))
        }
        file.add("Flatten", ["p20"], "y")
        #expect(code(file) == "TEN-006")
    }

    @Test func constantsThatGrowWhenTheyAreComputedAreRefused() {
        var file = ONNXFile()
        file.floats("c0", [1, 64, 64], [Float](repeating: 0.01, count: 4096))
        for index in 0..<40 {
            file.add("Concat", ["c\(index)", "c\(index)"], "c\(index + 1)", ONNXFile.int("axis", 0))
        }
        file.add("ReduceMean", ["c40"], "m")
        file.add("Mul", ["x", "m"], "y")
        #expect(code(file) == "TEN-006")
    }

    @Test func extremeButLawfulWindowsRunInBoundedTime() throws {
        for (kernel, attributes) in [
            ([1, 1], [ONNXFile.ints("strides", [16384, 16384])]),
            ([300, 300], [ONNXFile.ints("pads", [300, 300, 300, 300]), ONNXFile.ints("strides", [7, 9])]),
            ([2, 2], [ONNXFile.ints("dilations", [3000, 3000]), ONNXFile.ints("pads", [2999, 2999, 2999, 2999])]),
        ] {
            var file = ONNXFile(inputs: [("x", [1, 1, 4, 4])])
            file.floats("w", [1, 1] + kernel, [Float](repeating: 1, count: kernel[0] * kernel[1]))
            file.add("Conv", ["x", "w"], "c")
            file.nodes[0].attributes = attributes
            file.add("GlobalAveragePool", ["c"], "y")
            let model = try Model(onnx: file.bytes)
            let run = try model.run(Tensor(shape: [1, 1, 4, 4], repeating: 1))
            let isFinite = run.logits.allSatisfy { $0.isFinite }
            #expect(isFinite)
            if let layer = model.layerNames.first { _ = try run.gradient(ofLogit: 0, at: layer) }
        }
        // One unfolded row would take terabytes.
        var file = ONNXFile(inputs: [("x", [1, 1, 1, 1 << 20])])
        file.floats("w", [1, 1, 1, 8192], [Float](repeating: 1, count: 8192))
        file.add("Conv", ["x", "w"], "y")
        #expect(code(file) == "TEN-006")
    }

    @Test func cyclesAndUnsortedNodesAreRefused() {
        var cycle = ONNXFile()
        cycle.add("Add", ["x", "b"], "a")
        cycle.add("Relu", ["a"], "b")
        cycle.add("Flatten", ["b"], "y")
        #expect(code(cycle) == "TEN-001")
        var itself = ONNXFile()
        itself.add("Add", ["x", "y"], "y")
        #expect(code(itself) == "TEN-001")
        var twice = ONNXFile()
        twice.add("Relu", ["x"], "y")
        twice.add("Relu", ["x"], "y")
        #expect(code(twice) == "TEN-001")
    }

    @Test func tooManyNodesAndFieldsAreRefusedBeforeTheyAreDecoded() {
        var nodes = ONNXFile()
        for index in 0...Limits.nodes { nodes.add("Relu", [index == 0 ? "x" : "v\(index - 1)"], "v\(index)") }
        nodes.outputs = ["v\(Limits.nodes)"]
        #expect(code(nodes) == "TEN-006")
        // A million empty nodes in two million bytes.
        let empty = Wire.bytes(7, [UInt8](repeating: 0, count: 2_000_000).indices.map { $0 % 2 == 0 ? 0x0A : 0 })
        #expect(code(empty) == "TEN-006")
        // Nine megabytes of documentation.
        #expect(code(Wire.bytes(6, [UInt8](repeating: 0x20, count: 9 << 20))) == "TEN-006")
    }

    @Test func whatTheEngineHasNotIsNamed() throws {
        var unknown = ONNXFile()
        unknown.add("LSTM\u{1B}[2J", ["x"], "y")
        #expect(
            throws: TensorError.unsupportedOperator(
                node: "#0", operatorName: "LSTM?[2J", supported: supportedOperators)
        ) { try Model(onnx: unknown.bytes) }
        var foreign = ONNXFile()
        foreign.add("Relu", ["x"], "y", domain: "com.example")
        #expect(code(foreign) == "TEN-003")
        for opset in [0, 10, 22, 1 << 40] {
            var file = small
            file.opset = opset
            #expect(code(file) == "TEN-002")
        }
        var two = small
        two.inputs.append(("z", [1, 1, 4, 4]))
        #expect(code(two) == "TEN-002")
        var outputs = small
        outputs.outputs.append("r")
        #expect(code(outputs) == "TEN-002")
        var training = ONNXFile()
        for name in ["a", "b", "c", "d"] { training.floats(name, [1], [1]) }
        training.add("BatchNormalization", ["x", "a", "b", "c", "d"], "y", ONNXFile.int("training_mode", 1))
        #expect(code(training) == "TEN-004")
        // A subgraph, a function, weights in another file.
        #expect(code(Wire.bytes(7, Wire.bytes(1, Wire.bytes(5, Wire.bytes(6, []))))) == "TEN-002")
        #expect(code(Wire.bytes(25, [])) == "TEN-002")
        var external = small
        external.weights[0] = Wire.text(8, "w") + Wire.number(2, 1) + Wire.number(14, 1)
        #expect(code(external) == "TEN-002")
    }

    @Test func nestingWithoutEndIsRefused() {
        var bytes: [UInt8] = []
        for _ in 0..<2000 { bytes = Wire.bytes(6, Wire.bytes(7, bytes)) }
        #expect(code(Wire.bytes(7, Wire.bytes(11, bytes))) != "accepted")
    }
}
