// One operator of the file at a time. Source: ONNX operator specifications, opset 11 to 21.
import ONNXFormat

/// The operators that are understood, for messages and documents.
package let supportedOperators = [
    "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Constant", "Conv", "Div", "Dropout", "Erf",
    "Exp", "Flatten", "Gather", "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "HardSwish",
    "Identity", "LayerNormalization", "LeakyRelu", "MatMul", "MaxPool", "Mul", "PRelu", "Pad", "Pow", "ReduceMean",
    "ReduceSum", "Relu", "Reshape", "Resize", "Shape", "Sigmoid", "Slice", "Softmax", "Split", "Sqrt", "Squeeze", "Sub",
    "Tanh", "Transpose", "Unsqueeze",
]

extension ONNXImporter {
    mutating func importNode(_ context: NodeContext) throws(TensorError) -> Operand {
        switch context.node.opType {
        case "Conv":
            let x = shape(try required(0, of: context))
            let weights = shape(try required(1, of: context))
            guard weights.count == 4 else { throw context.unsupported("only convolutions over two axes are supported") }
            let window = try context.window(kernel: Array(weights[2...]), over: x)
            let count = try optional(2, of: context) == nil ? 2 : 3
            return try emit(.convolution(window, groups: context.int("group", 1)), context, operands: count)

        case "BatchNormalization":
            guard context.int("training_mode", 0) == 0 else {
                throw context.unsupported("it is in training mode; export the model in evaluation mode")
            }
            return try emit(.batchNormalization(epsilon: context.float("epsilon", 1e-5)), context, operands: 5)

        case "Relu": return try emit(.activation(.relu), context, operands: 1)
        case "LeakyRelu":
            return try emit(.activation(.leakyRelu(slope: context.float("alpha", 0.01))), context, operands: 1)
        case "Clip":
            let lower = try scalar(1, of: context) ?? -Float.greatestFiniteMagnitude
            let upper = try scalar(2, of: context) ?? Float.greatestFiniteMagnitude
            return try emit(.activation(.clip(lower: lower, upper: upper)), context, operands: 1)
        case "Sigmoid": return try emit(.activation(.sigmoid), context, operands: 1)
        case "HardSigmoid":
            let slope = context.float("alpha", 0.2)
            return try emit(
                .activation(.hardSigmoid(slope: slope, offset: context.float("beta", 0.5))), context, operands: 1)
        case "HardSwish": return try emit(.activation(.hardSwish), context, operands: 1)
        case "Tanh": return try emit(.activation(.tanh), context, operands: 1)

        case "Softmax":
            let rank = shape(try required(0, of: context)).count
            let spans = opset < 13
            let axis = try context.axis(context.int("axis", spans ? 1 : -1), rank: rank)
            return try emit(.softmax(axis: axis, spansTrailingAxes: spans), context, operands: 1)

        case "Exp": return try emit(.activation(.exp), context, operands: 1)
        case "Sqrt": return try emit(.activation(.sqrt), context, operands: 1)
        case "Erf": return try emit(.activation(.erf), context, operands: 1)
        case "Gelu": return try importGelu(context)
        case "PRelu": return try importPRelu(context)
        case "Add": return try importBinary(.add, context)
        case "Sub": return try importBinary(.subtract, context)
        case "Mul": return try importBinary(.multiply, context)
        case "Div": return try importBinary(.divide, context)
        case "Pow": return try importPow(context)
        case "MatMul": return try importMatMul(context)
        case "LayerNormalization": return try importLayerNormalization(context)
        case "Gemm":
            let operation = Operation.gemm(
                alpha: context.float("alpha", 1), beta: context.float("beta", 1),
                transposesA: context.int("transA", 0) != 0, transposesB: context.int("transB", 0) != 0)
            return try emit(operation, context, operands: try optional(2, of: context) == nil ? 2 : 3)

        case "MaxPool":
            guard context.int("storage_order", 0) == 0 else { throw context.unsupported("storage_order must be 0") }
            let window = try context.window(kernel: nil, over: shape(try required(0, of: context)))
            return try emit(.maxPool(window), context, operands: 1)
        case "AveragePool":
            let window = try context.window(kernel: nil, over: shape(try required(0, of: context)))
            let countsPadding = context.int("count_include_pad", 0) != 0
            return try emit(.averagePool(window, countsPadding: countsPadding), context, operands: 1)
        case "GlobalMaxPool":
            let x = shape(try required(0, of: context))
            guard x.count == 4 else { throw context.unsupported("only [N, C, H, W] is supported") }
            return try emit(.maxPool(Window(kernel: [x[2], x[3]])), context, operands: 1)
        case "GlobalAveragePool":
            let rank = shape(try required(0, of: context)).count
            guard rank > 2 else { throw context.unsupported("the operand has no plane") }
            return try emit(.reduceMean(axes: Array(2..<rank), keepsAxes: true), context, operands: 1)
        case "ReduceMean": return try importReduceMean(context)
        case "ReduceSum": return try importReduceSum(context)
        case "Resize": return try importResize(context)
        case "Slice": return try importSlice(context)

        case "Concat": return try importConcat(context)
        case "Pad": return try importPad(context)
        case "Transpose":
            let rank = shape(try required(0, of: context)).count
            let order = context.ints("perm") ?? Array((0..<rank).reversed())
            return try emit(.transpose(order), context, operands: 1)
        case "Flatten", "Reshape", "Squeeze", "Unsqueeze": return try importReshape(context)

        case "Identity", "Dropout": return try required(0, of: context)
        case "Cast": return try importCast(context)
        case "Constant": return try importConstant(context)
        case "Shape": return try importShape(context)
        case "Gather": return try importGather(context)
        default:
            throw .unsupportedOperator(
                node: context.name, operatorName: printable(context.node.opType), supported: supportedOperators)
        }
    }

    private mutating func importBinary(
        _ function: BinaryFunction, _ context: NodeContext
    ) throws(TensorError) -> Operand {
        if let integers = try importIntegers(function, context) { return integers }
        return try emit(.binary(function), context, operands: 2)
    }

    /// `part` names the result where another operator goes on with it.
    mutating func importReduceMean(_ context: NodeContext, as part: String? = nil) throws(TensorError) -> Operand {
        let operand = try required(0, of: context)
        let rank = shape(operand).count
        let axes = try axes(context) ?? []
        if axes.isEmpty {
            if context.int("noop_with_empty_axes", 0) != 0 { return operand }
            guard rank > 0 else { return operand }
        }
        let settled = axes.isEmpty ? Array(0..<rank) : try context.axes(axes, rank: rank)
        let mean = Operation.reduceMean(axes: settled, keepsAxes: context.int("keepdims", 1) != 0)
        return try part == nil ? emit(mean, context, operands: 1) : push(mean, [operand], context, as: part)
    }

    private mutating func importPad(_ context: NodeContext) throws(TensorError) -> Operand {
        guard (context.text("mode") ?? "constant") == "constant" else {
            throw context.unsupported("only constant padding is supported")
        }
        let rank = shape(try required(0, of: context)).count
        guard let pads = try integers(1, of: context) else { throw context.unsupported("pads must be constant") }
        let axes = try context.axes(try integers(3, of: context) ?? Array(0..<rank), rank: rank)
        guard pads.count == 2 * axes.count else { throw context.unsupported("pads do not fit the axes") }
        var (before, after) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
        for (index, axis) in axes.enumerated() {
            before[axis] = pads[index]
            after[axis] = pads[axes.count + index]
        }
        guard (before + after).allSatisfy({ $0 >= 0 }) else { throw context.unsupported("a pad is negative") }
        let value = try scalar(2, of: context) ?? 0
        return try emit(.pad(before: before, after: after, value: value), context, operands: 1)
    }
}
