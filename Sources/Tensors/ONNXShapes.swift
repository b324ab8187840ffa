// Operators that only move or name data, and the arithmetic of shapes that exporters leave in the file.
import ONNXFormat

extension ONNXImporter {
    mutating func importReshape(_ context: NodeContext) throws(TensorError) -> Operand {
        let operand = try required(0, of: context)
        let target = try reshaped(shape(operand), context)
        if case .integers(let values, _) = operand {
            guard target.reduce(1, *) == values.count else { throw context.unsupported("the shape does not fit") }
            return .integers(values, shape: target)
        }
        return try emit(.reshape(target), context, operands: 1)
    }

    /// The shape after Flatten, Reshape, Squeeze or Unsqueeze.
    private func reshaped(_ shape: [Int], _ context: NodeContext) throws(TensorError) -> [Int] {
        switch context.node.opType {
        case "Flatten":
            let axis = context.int("axis", 1)
            guard (-shape.count...shape.count).contains(axis) else {
                throw context.unsupported("there is no such axis")
            }
            let split = axis < 0 ? axis + shape.count : axis
            return [shape[..<split].reduce(1, *), shape[split...].reduce(1, *)]

        case "Reshape":
            guard let wanted = try integers(1, of: context), wanted.count <= Limits.rank else {
                throw context.unsupported("the shape must be constant, with at most \(Limits.rank) axes")
            }
            return try resolve(wanted, shape, context)

        case "Squeeze":
            let ones = shape.indices.filter { shape[$0] == 1 }
            let axes = try context.axes(try axes(context) ?? ones, rank: shape.count)
            guard axes.allSatisfy({ shape[$0] == 1 }) else { throw context.unsupported("a squeezed axis is not 1") }
            return shape.indices.filter { !axes.contains($0) }.map { shape[$0] }

        default:
            guard let named = try axes(context), named.count <= Limits.rank else {
                throw context.unsupported("the axes must be constant")
            }
            let axes = try context.axes(named, rank: shape.count + named.count)
            var rest = shape[...]
            return (0..<shape.count + axes.count).map { axes.contains($0) ? 1 : rest.removeFirst() }
        }
    }

    /// Replaces 0 (as before) and -1 (what is left) in the operand of Reshape.
    private func resolve(_ wanted: [Int], _ shape: [Int], _ context: NodeContext) throws(TensorError) -> [Int] {
        var target = wanted
        for (axis, extent) in wanted.enumerated() where extent == 0 && context.int("allowzero", 0) == 0 {
            guard axis < shape.count else { throw context.unsupported("0 stands for an axis that is not there") }
            target[axis] = shape[axis]
        }
        let open = target.indices.filter { target[$0] == -1 }
        guard open.count <= 1, target.allSatisfy({ $0 > 0 || $0 == -1 }) else {
            throw context.unsupported("the shape must be positive but for one -1")
        }
        guard let axis = open.first else { return target }
        let rest = try Graph.elementCount(target.filter { $0 != -1 })
        let count = shape.reduce(1, *)
        guard count % rest == 0 else { throw context.unsupported("the shape does not fit") }
        target[axis] = count / rest
        return target
    }

    mutating func importConcat(_ context: NodeContext) throws(TensorError) -> Operand {
        let count = context.node.input.count
        guard case .integers = try required(0, of: context) else {
            let rank = shape(try required(0, of: context)).count
            let axis = try context.axis(context.int("axis", 0), rank: rank)
            return try emit(.concat(axis: axis), context, operands: count)
        }
        var values: [Int] = []
        for index in 0..<count { values += try integers(index, of: context) ?? [] }
        guard values.count <= Limits.nodes else { throw .limitExceeded(quantity: "integers", limit: Limits.nodes) }
        return .integers(values, shape: [values.count])
    }

    func importShape(_ context: NodeContext) throws(TensorError) -> Operand {
        let shape = shape(try required(0, of: context))
        func clamp(_ index: Int) -> Int { min(max(index < 0 ? index + shape.count : index, 0), shape.count) }
        let begin = clamp(max(context.int("start", 0), -Limits.rank))
        let end = clamp(max(context.int("end", shape.count), -Limits.rank))
        let values = Array(shape[begin..<max(begin, end)])
        return .integers(values, shape: [values.count])
    }

    func importCast(_ context: NodeContext) throws(TensorError) -> Operand {
        let operand = try required(0, of: context)
        switch (Onnx_TensorProto.DataType(rawValue: context.int("to", 0)), operand) {
        case (.float, .activation), (.float, .floats), (.int64, .integers), (.int32, .integers),
            (.float16, .activation), (.float16, .floats), (.bfloat16, .activation), (.bfloat16, .floats),
            (.double, .activation), (.double, .floats):
            // The engine computes everything in 32 bits: narrower numbers gain, wider ones are weights of exporters.
            return operand
        case (.float, .integers(let values, let shape)) where !values.isEmpty:
            return .floats(Tensor(shape: shape, values: values.map { Float($0) }))
        default:
            throw context.unsupported("casts are supported to float, and between integers that are constant")
        }
    }

    func importConstant(_ context: NodeContext) throws(TensorError) -> Operand {
        if let value = context.attribute("value") { return try readTensor(value.t) }
        if let value = context.attribute("value_float") { return .floats(Tensor(shape: [], values: [value.f])) }
        if let value = context.attribute("value_int") { return .integers([Int(value.i)], shape: []) }
        if let values = context.attribute("value_floats")?.floats, !values.isEmpty {
            return .floats(Tensor(shape: [values.count], values: values))
        }
        if let values = context.ints("value_ints") { return .integers(values, shape: [values.count]) }
        throw context.unsupported("the constant is of a kind that is not supported")
    }
}
