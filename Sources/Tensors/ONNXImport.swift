// From an ONNX file to a graph. Source: ONNX IR and operator specifications, opset 11 to 21.
import Foundation
import ONNXFormat
import SwiftProtobuf

/// Versions of the default operator set that are understood.
let supportedOpsets = 11...21

extension Graph {
    /// Reads an ONNX model with one float input `[1, C, H, W]` and one output. Batch normalisation stays as it is.
    ///
    /// - Parameters:
    ///   - external: reads a part of a file that lies beside the model; see `ExternalWeights`.
    ///   - takesPictures: whether the input must be `[1, C, H, W]`.
    package init(
        onnx bytes: [UInt8], external: ExternalWeights? = nil, takesPictures: Bool = true
    ) throws(TensorError) {
        try admitONNX(bytes)
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        let model: Onnx_ModelProto
        do {
            model = try Onnx_ModelProto(serializedBytes: bytes, options: options)
        } catch {
            throw .malformed(detail: "its fields do not decode")
        }
        var importer = try ONNXImporter(model, external: external, takesPictures: takesPictures)
        try importer.importNodes()
        self = try importer.finish()
    }
}

/// What a name in the file stands for.
enum Operand {
    /// Computed at run time: a value of the graph.
    case activation(Int)
    case floats(Tensor)
    /// Shapes, axes and indices: never computed with at run time.
    case integers([Int], shape: [Int])
}

struct ONNXImporter {
    let proto: Onnx_GraphProto
    let opset: Int
    var graph: Graph
    var operands: [String: Operand] = [:]
    /// Constants that are already values of the graph.
    private var constantValues: [String: Int] = [:]
    /// What computing constants beforehand has cost so far.
    private var foldedElements = 0
    private var foldedOperations = 0

    init(
        _ model: Onnx_ModelProto, external: ExternalWeights?, takesPictures: Bool
    ) throws(TensorError) {
        guard model.hasGraph else { throw .malformed(detail: "it holds no graph") }
        proto = model.graph
        guard
            let version = model.opsetImport.first(where: { $0.domain.isEmpty || $0.domain == "ai.onnx" })?.version,
            let opset = Int(exactly: version), supportedOpsets.contains(opset)
        else {
            throw .unsupportedModel(
                detail: "its operator set must be \(supportedOpsets.lowerBound) to \(supportedOpsets.upperBound)")
        }
        self.opset = opset

        for tensor in proto.initializer {
            let name = tensor.name
            guard !name.isEmpty, operands[name] == nil else {
                throw .malformed(detail: "a weight without a name, or two of one name")
            }
            operands[name] = try readTensor(tensor, external: external)
        }
        // Files of IR version 3 list the weights among the inputs.
        let weights = operands
        let inputs = proto.input.filter { weights[$0.name] == nil }
        guard inputs.count == 1, let input = inputs.first else {
            throw .unsupportedModel(detail: "it has \(inputs.count) inputs; one picture is what it will get")
        }
        guard proto.output.count == 1 else {
            throw .unsupportedModel(detail: "it has \(proto.output.count) outputs; one is read")
        }
        graph = try Graph(
            inputName: printable(input.name), shape: try ONNXImporter.pictureShape(input, isPicture: takesPictures))
        operands[input.name] = .activation(graph.input)
    }

    /// The input's shape; a symbolic batch becomes 1.
    private static func pictureShape(
        _ input: Onnx_ValueInfoProto, isPicture: Bool
    ) throws(TensorError) -> [Int] {
        guard case .tensorType(let type)? = input.type.value,
            Onnx_TensorProto.DataType(rawValue: Int(type.elemType)).map({
                [.float, .float16, .bfloat16, .double].contains($0)
            }) == true
        else {
            throw .unsupportedModel(detail: "its input is not a tensor of floats")
        }
        var shape: [Int] = []
        for (axis, dimension) in type.shape.dim.enumerated() {
            if case .dimValue(let value)? = dimension.value, value > 0 {
                shape.append(Int(value))
            } else if axis == 0 {
                shape.append(1)
            } else {
                throw .unsupportedModel(detail: "height, width and channels of its input must be fixed numbers")
            }
        }
        guard !isPicture || (shape.count == 4 && shape[0] == 1) else {
            throw .unsupportedModel(detail: "its input has the shape \(shape), not [1, C, H, W]")
        }
        return shape
    }

    mutating func importNodes() throws(TensorError) {
        guard proto.node.count <= Limits.nodes else {
            throw .limitExceeded(quantity: "nodes", limit: Limits.nodes)
        }
        for (index, node) in proto.node.enumerated() {
            let name = printable(node.name.isEmpty ? "#\(index)" : node.name)
            let context = NodeContext(node: node, name: name, opset: opset)
            guard node.domain.isEmpty || node.domain == "ai.onnx" else {
                throw .unsupportedOperator(
                    node: name, operatorName: printable("\(node.domain).\(node.opType)"), supported: supportedOperators)
            }
            guard let result = node.output.first, !result.isEmpty, operands[result] == nil else {
                throw .malformed(detail: "node '\(name)' has no output, or one that is already there")
            }
            // Further outputs (masks, indices) may be named as long as nobody reads them; a reader finds no such name.
            if node.opType == "Split" {
                for (output, part) in zip(node.output, try importSplit(context)) {
                    guard !output.isEmpty, operands[output] == nil else {
                        throw .malformed(detail: "node '\(name)' has an output without a name, or one already there")
                    }
                    operands[output] = part
                }
                continue
            }
            operands[result] = try importNode(context)
        }
    }

    func finish() throws(TensorError) -> Graph {
        guard let output = proto.output.first, case .activation(let value)? = operands[output.name] else {
            throw .malformed(detail: "its output is not computed from its input")
        }
        var graph = graph
        graph.output = value
        return graph.withoutDeadNodes()
    }

    // MARK: Operands

    /// The n-th operand; `nil` if it was left out.
    func optional(_ index: Int, of context: NodeContext) throws(TensorError) -> Operand? {
        guard index < context.node.input.count, !context.node.input[index].isEmpty else { return nil }
        guard let operand = operands[context.node.input[index]] else {
            throw .malformed(
                detail: "node '\(context.name)' reads '\(printable(context.node.input[index]))', which no earlier node "
                    + "makes: a cycle, or nodes out of order")
        }
        return operand
    }

    func required(_ index: Int, of context: NodeContext) throws(TensorError) -> Operand {
        guard let operand = try optional(index, of: context) else {
            throw .malformed(detail: "node '\(context.name)' lacks operand \(index)")
        }
        return operand
    }

    /// An operand that must be integers known beforehand.
    func integers(_ index: Int, of context: NodeContext) throws(TensorError) -> [Int]? {
        switch try optional(index, of: context) {
        case nil: return nil
        case .integers(let values, _): return values
        default: throw context.unsupported("operand \(index) must be constant integers")
        }
    }

    /// The axes of a node: an attribute, or since opset 13 or 18 its second operand.
    func axes(_ context: NodeContext) throws(TensorError) -> [Int]? {
        if let axes = context.ints("axes") { return axes }
        return try integers(1, of: context)
    }

    /// An operand that must be one number known beforehand.
    func scalar(_ index: Int, of context: NodeContext) throws(TensorError) -> Float? {
        switch try optional(index, of: context) {
        case nil: return nil
        case .floats(let tensor) where tensor.values.count == 1: return tensor.values[0]
        default: throw context.unsupported("operand \(index) must be one constant number")
        }
    }

    /// The shape of an operand.
    func shape(_ operand: Operand) -> [Int] {
        switch operand {
        case .activation(let value): graph.shape(value)
        case .floats(let tensor): tensor.shape
        case .integers(_, let shape): shape
        }
    }

    /// Adds a node over the named operands, or computes it now where all of them are constant.
    mutating func emit(
        _ operation: Operation, _ context: NodeContext, operands count: Int
    ) throws(TensorError) -> Operand {
        var known: [Operand] = []
        for index in 0..<count { known.append(try required(index, of: context)) }
        if let constant = try computed(operation, known, context) { return constant }
        var inputs: [Int] = []
        for index in 0..<count { inputs.append(try value(index, of: context)) }
        let output = printable(context.node.output[0])
        return .activation(try graph.add(operation, inputs, name: context.name, outputName: output))
    }

    /// Adds one node of several that make up an operator, or computes it now. The last one bears the node's own name;
    /// `part` names the others, `named` an output that is not the first.
    mutating func push(
        _ operation: Operation, _ operands: [Operand], _ context: NodeContext, as part: String? = nil,
        named output: String? = nil
    ) throws(TensorError) -> Operand {
        if let constant = try computed(operation, operands, context) { return constant }
        let own = output ?? printable(context.node.output[0])
        let name = part.map { "\(own)/\($0)" } ?? own
        var inputs: [Int] = []
        for operand in operands {
            switch operand {
            case .activation(let value): inputs.append(value)
            case .floats(let tensor): inputs.append(graph.addConstant("\(name)/\(inputs.count)", tensor))
            case .integers: throw context.unsupported("arithmetic on integers is not supported")
            }
        }
        let node = part.map { "\(context.name)/\($0)" } ?? context.name
        return .activation(try graph.add(operation, inputs, name: node, outputName: name))
    }

    /// The result of an operation on constants; `nil` where an operand is not known yet.
    private mutating func computed(
        _ operation: Operation, _ operands: [Operand], _ context: NodeContext
    ) throws(TensorError) -> Operand? {
        var known: [Tensor] = []
        var isConstant = true
        for operand in operands {
            switch operand {
            case .floats(let tensor): known.append(tensor)
            case .activation: isConstant = false
            case .integers: throw context.unsupported("arithmetic on integers is not supported")
            }
        }
        if isConstant {
            let shape = try outputShape(of: operation, known.map(\.shape), node: context.name)
            foldedElements += try Graph.elementCount(shape)
            foldedOperations += try operationCount(of: operation, known.map(\.shape), output: shape)
            guard foldedElements <= Limits.foldedElements, foldedOperations <= Limits.foldedOperations else {
                throw .limitExceeded(quantity: "elements computed from constants", limit: Limits.foldedElements)
            }
            LinearAlgebra.prepare()
            return .floats(compute(operation, known, shape: shape, parallel: Parallel()))
        }
        return nil
    }

    /// The graph's value for an operand; a constant becomes one on first use.
    private mutating func value(_ index: Int, of context: NodeContext) throws(TensorError) -> Int {
        let name = context.node.input[index]
        switch try required(index, of: context) {
        case .activation(let value): return value
        case .floats(let tensor):
            if let value = constantValues[name] { return value }
            let value = graph.addConstant(printable(name), tensor)
            constantValues[name] = value
            return value
        case .integers: throw context.unsupported("arithmetic on integers is not supported")
        }
    }
}

/// A name cut to length, with everything but printable ASCII replaced: names of a hostile file reach terminals.
func printable(_ name: String) -> String {
    let characters = name.unicodeScalars.prefix(Limits.nameLength).map { scalar in
        (0x20...0x7E).contains(scalar.value) ? Character(scalar) : "?"
    }
    return String(characters)
}
