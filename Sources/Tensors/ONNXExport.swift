// From a graph to an ONNX file: opset 17, IR version 8, one file, weights as raw data. Same graph, same bytes.
import Foundation
import ONNXFormat
import SwiftProtobuf

extension Graph {
    /// The graph as an ONNX model. Value names are kept; a name used twice gets a number.
    package func onnx(producer: String, description: String = "") throws(TensorError) -> [UInt8] {
        var exporter = ONNXExporter(self)
        let model = exporter.model(producer: producer, description: description)
        do {
            return [UInt8](try model.serializedData())
        } catch {
            throw .unsupportedModel(detail: "it does not encode")
        }
    }
}

private struct ONNXExporter {
    let graph: Graph
    var names: [String]
    var proto = Onnx_GraphProto()

    init(_ graph: Graph) {
        self.graph = graph
        var used: Set<String> = []
        names = graph.values.indices.map { index in
            let name = graph.values[index].name
            let unique = used.contains(name) || name.isEmpty ? "\(name)#\(index)" : name
            used.insert(unique)
            return unique
        }
    }

    mutating func model(producer: String, description: String) -> Onnx_ModelProto {
        proto.name = "cxr"
        proto.input = [valueInfo(graph.input)]
        proto.output = [valueInfo(graph.output)]
        let used = Set(graph.nodes.flatMap(\.inputs))
        for index in graph.constants.keys.sorted() where used.contains(index) {
            if let tensor = graph.constants[index] { addInitializer(names[index], tensor) }
        }
        for node in graph.nodes { add(node) }

        var opset = Onnx_OperatorSetIdProto()
        opset.version = 17
        var model = Onnx_ModelProto()
        model.irVersion = 8
        model.opsetImport = [opset]
        model.producerName = producer
        model.docString = description
        model.graph = proto
        return model
    }

    private func valueInfo(_ index: Int) -> Onnx_ValueInfoProto {
        var type = Onnx_TypeProto.Tensor()
        type.elemType = Int32(Onnx_TensorProto.DataType.float.rawValue)
        type.shape.dim = graph.shape(index).map { extent in
            var dimension = Onnx_TensorShapeProto.Dimension()
            dimension.dimValue = Int64(extent)
            return dimension
        }
        var info = Onnx_ValueInfoProto()
        info.name = names[index]
        info.type.tensorType = type
        return info
    }

    private mutating func addInitializer(_ name: String, _ tensor: Tensor) {
        var data = Data(capacity: tensor.values.count * 4)
        for value in tensor.values {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                data.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
            }
        }
        addInitializer(name, tensor.shape, .float, data)
    }

    private mutating func addIntegers(_ name: String, _ values: [Int]) {
        var data = Data()
        for value in values {
            for shift in stride(from: 0, to: 64, by: 8) { data.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        addInitializer(name, [values.count], .int64, data)
    }

    private mutating func addInitializer(
        _ name: String, _ shape: [Int], _ type: Onnx_TensorProto.DataType, _ data: Data
    ) {
        var proto = Onnx_TensorProto()
        proto.name = name
        proto.dims = shape.map { Int64($0) }
        proto.dataType = Int32(type.rawValue)
        proto.rawData = data
        self.proto.initializer.append(proto)
    }

    private mutating func add(_ node: Node) {
        let output = names[node.output]
        var proto = Onnx_NodeProto()
        proto.name = node.name
        proto.opType = node.operation.name
        proto.input = node.inputs.map { names[$0] }
        proto.output = [output]

        switch node.operation {
        case .convolution(let window, let groups):
            proto.attribute = attributes(window, rounding: false) + [attribute("group", groups)]
        case .batchNormalization(let epsilon):
            proto.attribute = [attribute("epsilon", epsilon)]
        case .activation(let activation):
            switch activation {
            case .leakyRelu(let slope): proto.attribute = [attribute("alpha", slope)]
            case .hardSigmoid(let slope, let offset):
                proto.attribute = [attribute("alpha", slope), attribute("beta", offset)]
            case .clip(let lower, let upper):
                addInitializer("\(output).min", Tensor(shape: [], values: [lower]))
                addInitializer("\(output).max", Tensor(shape: [], values: [upper]))
                proto.input += ["\(output).min", "\(output).max"]
            case .swish:
                // An operator of its own only since opset 24.
                var gate = Onnx_NodeProto()
                gate.name = "\(output).gate"
                gate.opType = "Sigmoid"
                gate.input = proto.input
                gate.output = ["\(output).gate"]
                self.proto.node.append(gate)
                proto.opType = "Mul"
                proto.input.append("\(output).gate")
            case .gelu:
                addGelu(proto.input[0], output, node.name)
                return
            case .relu, .sigmoid, .hardSwish, .tanh, .exp, .sqrt, .erf: break
            }
        case .softmax(let axis, let spansTrailingAxes):
            addSoftmax(&proto, node, axis: axis, spansTrailingAxes: spansTrailingAxes)
            return
        case .binary, .matMul: break
        case .gemm(let alpha, let beta, let transposesA, let transposesB):
            proto.attribute = [
                attribute("alpha", alpha), attribute("beta", beta), attribute("transA", transposesA ? 1 : 0),
                attribute("transB", transposesB ? 1 : 0),
            ]
        case .maxPool(let window):
            proto.attribute = attributes(window, rounding: true)
        case .averagePool(let window, let countsPadding):
            proto.attribute =
                attributes(window, rounding: true) + [attribute("count_include_pad", countsPadding ? 1 : 0)]
            // The attribute came with opset 19; it is written only where it matters.
            proto.attribute.removeAll { $0.name == "dilations" && window.dilations == [1, 1] }
        case .reduceMean(let axes, let keepsAxes):
            proto.attribute = [attribute("axes", axes), attribute("keepdims", keepsAxes ? 1 : 0)]
        case .concat(let axis):
            proto.attribute = [attribute("axis", axis)]
        case .reshape(let shape):
            addIntegers("\(output).shape", shape)
            proto.input.append("\(output).shape")
        case .transpose(let order):
            proto.attribute = [attribute("perm", order)]
        case .pad(let before, let after, let value):
            addIntegers("\(output).pads", before + after)
            addInitializer("\(output).value", Tensor(shape: [], values: [value]))
            proto.input += ["\(output).pads", "\(output).value"]
        case .slice(let begin, let steps, let shape):
            addIntegers("\(output).starts", begin)
            // A slice that goes backwards to the first element ends before it, which only a very negative number says.
            addIntegers(
                "\(output).ends",
                begin.indices.map { axis in
                    let end = begin[axis] + shape[axis] * steps[axis]
                    return end < 0 ? Int(Int32.min) : end
                })
            addIntegers("\(output).axes", Array(begin.indices))
            addIntegers("\(output).steps", steps)
            proto.input += ["starts", "ends", "axes", "steps"].map { "\(output).\($0)" }
        }
        self.proto.node.append(proto)
    }

    /// Gelu by its definition: an operator of its own only since opset 20.
    private mutating func addGelu(_ x: String, _ output: String, _ name: String) {
        addInitializer("\(output).root", Tensor(shape: [], values: [Float(0.5).squareRoot()]))
        addInitializer("\(output).one", Tensor(shape: [], values: [1]))
        addInitializer("\(output).half", Tensor(shape: [], values: [0.5]))
        let steps: [(type: String, inputs: [String], output: String)] = [
            ("Mul", [x, "\(output).root"], "\(output).scaled"), ("Erf", ["\(output).scaled"], "\(output).erf"),
            ("Add", ["\(output).erf", "\(output).one"], "\(output).sum"),
            ("Mul", ["\(output).sum", "\(output).half"], "\(output).share"), ("Mul", [x, "\(output).share"], output),
        ]
        for step in steps {
            var part = Onnx_NodeProto()
            part.name = step.output
            part.opType = step.type
            part.input = step.inputs
            part.output = [step.output]
            proto.node.append(part)
        }
    }

    /// Softmax over several axes at once is a softmax over one, between two changes of shape.
    private mutating func addSoftmax(_ proto: inout Onnx_NodeProto, _ node: Node, axis: Int, spansTrailingAxes: Bool) {
        let shape = graph.shape(node.output)
        proto.attribute = [attribute("axis", axis)]
        guard spansTrailingAxes, axis < shape.count - 1 else {
            self.proto.node.append(proto)
            return
        }
        let output = names[node.output]
        let steps: [(type: String, input: String, output: String, shape: [Int]?)] = [
            ("Reshape", names[node.inputs[0]], "\(output).flat", Array(shape[..<axis]) + [shape[axis...].reduce(1, *)]),
            ("Softmax", "\(output).flat", "\(output).soft", nil),
            ("Reshape", "\(output).soft", output, shape),
        ]
        for step in steps {
            var part = Onnx_NodeProto()
            part.name = step.output
            part.opType = step.type
            part.input = [step.input]
            part.output = [step.output]
            if let shape = step.shape {
                addIntegers("\(step.output).shape", shape)
                part.input.append("\(step.output).shape")
            } else {
                part.attribute = [attribute("axis", axis)]
            }
            self.proto.node.append(part)
        }
    }

    private func attributes(_ window: Window, rounding: Bool) -> [Onnx_AttributeProto] {
        [
            attribute("kernel_shape", window.kernel), attribute("strides", window.strides),
            attribute("dilations", window.dilations), attribute("pads", window.pads),
        ] + (rounding ? [attribute("ceil_mode", window.roundsUp ? 1 : 0)] : [])
    }

    private func attribute(_ name: String, _ value: Int) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto()
        attribute.name = name
        attribute.type = .int
        attribute.i = Int64(value)
        return attribute
    }

    private func attribute(_ name: String, _ value: Float) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto()
        attribute.name = name
        attribute.type = .float
        attribute.f = value
        return attribute
    }

    private func attribute(_ name: String, _ values: [Int]) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto()
        attribute.name = name
        attribute.type = .ints
        attribute.ints = values.map { Int64($0) }
        return attribute
    }
}
