// Operators that take parts of a tensor. Source: ONNX Slice, Split, Gather.
import ONNXFormat

extension ONNXImporter {
    /// Slice with constant bounds, of activations, weights, or shapes.
    mutating func importSlice(_ context: NodeContext) throws(TensorError) -> Operand {
        let x = try required(0, of: context)
        let shape = shape(x)
        guard let starts = try integers(1, of: context), let ends = try integers(2, of: context) else {
            throw context.unsupported("starts and ends must be constant")
        }
        let axes = try context.axes(try integers(3, of: context) ?? Array(starts.indices), rank: shape.count)
        let strides = try integers(4, of: context) ?? [Int](repeating: 1, count: starts.count)
        guard starts.count == axes.count, ends.count == axes.count, strides.count == axes.count else {
            throw context.unsupported("starts, ends, axes and steps do not fit")
        }
        var begin = [Int](repeating: 0, count: shape.count)
        var steps = [Int](repeating: 1, count: shape.count)
        var target = shape
        for (index, axis) in axes.enumerated() {
            let (extent, step) = (shape[axis], strides[index])
            guard step != 0, step.magnitude <= Limits.windowExtent.magnitude else {
                throw context.unsupported("a step is out of range")
            }
            func bound(_ value: Int, _ range: ClosedRange<Int>) -> Int {
                // The bounds of a hostile file may be at the ends of 64 bits.
                let clamped = min(max(value, -extent - 1), extent + 1)
                return min(max(clamped < 0 ? clamped + extent : clamped, range.lowerBound), range.upperBound)
            }
            let first = bound(starts[index], 0...(step > 0 ? extent : max(0, extent - 1)))
            let end =
                step > 0
                ? bound(ends[index], 0...extent)
                : (ends[index] < -extent ? -1 : bound(ends[index], 0...extent))
            let count = step > 0 ? (end - first + step - 1) / step : (first - end - step - 1) / -step
            guard count > 0 else { throw context.unsupported("it is empty") }
            begin[axis] = first
            steps[axis] = step
            target[axis] = count
        }
        if case .integers(let values, _) = x {
            guard shape.count == 1 else { throw context.unsupported("integers of more than one axis") }
            return .integers((0..<target[0]).map { values[begin[0] + $0 * steps[0]] }, shape: target)
        }
        return try push(.slice(begin: begin, steps: steps, shape: target), [x], context)
    }

    /// Every part of a Split, by the outputs' names.
    mutating func importSplit(_ context: NodeContext) throws(TensorError) -> [Operand] {
        let x = try required(0, of: context)
        let shape = shape(x)
        let axis = try context.axis(context.int("axis", 0), rank: shape.count)
        let count = context.node.output.count
        guard (1...Limits.nodes).contains(count) else { throw context.unsupported("it has no outputs") }
        var lengths: [Int]
        if let given = try integers(1, of: context) ?? context.ints("split") {
            lengths = given
        } else {
            // Equal parts; the last one is shorter where they do not divide the axis.
            let part = (shape[axis] + count - 1) / count
            lengths = (0..<count).map { min(part, shape[axis] - $0 * part) }
        }
        guard lengths.count == count, lengths.allSatisfy({ (1...shape[axis]).contains($0) }),
            lengths.reduce(0, +) == shape[axis]
        else { throw context.unsupported("the parts do not make up the axis") }
        var parts: [Operand] = []
        var begin = [Int](repeating: 0, count: shape.count)
        for (index, length) in lengths.enumerated() {
            var target = shape
            target[axis] = length
            if case .integers(let values, _) = x {
                parts.append(.integers(Array(values[begin[axis]..<begin[axis] + length]), shape: target))
            } else {
                let steps = [Int](repeating: 1, count: shape.count)
                parts.append(
                    try push(
                        .slice(begin: begin, steps: steps, shape: target), [x], context,
                        named: printable(context.node.output[index])))
            }
            begin[axis] += length
        }
        return parts
    }

    /// Gather with constant indices: slices side by side.
    mutating func importGather(_ context: NodeContext) throws(TensorError) -> Operand {
        let x = try required(0, of: context)
        guard case .integers(let indices, let target) = try required(1, of: context) else {
            throw context.unsupported("the indices must be constant")
        }
        let shape = shape(x)
        let axis = try context.axis(context.int("axis", 0), rank: shape.count)
        var picked: [Int] = []
        for index in indices {
            guard (-shape[axis]..<shape[axis]).contains(index) else { throw context.unsupported("an index is outside") }
            picked.append(index < 0 ? index + shape[axis] : index)
        }
        if case .integers(let values, _) = x {
            guard shape.count == 1 else { throw context.unsupported("integers of more than one axis") }
            return .integers(picked.map { values[$0] }, shape: target)
        }
        guard !picked.isEmpty, picked.count <= Limits.gathered else {
            throw .limitExceeded(quantity: "indices of one node", limit: Limits.gathered)
        }
        var parts: [Operand] = []
        for (number, index) in picked.enumerated() {
            var begin = [Int](repeating: 0, count: shape.count)
            begin[axis] = index
            var one = shape
            one[axis] = 1
            let slice = Operation.slice(begin: begin, steps: [Int](repeating: 1, count: shape.count), shape: one)
            parts.append(try push(slice, [x], context, as: "part\(number)"))
        }
        let joined = parts.count == 1 ? parts[0] : try push(.concat(axis: axis), parts, context, as: "parts")
        return try push(
            .reshape(Array(shape[..<axis]) + target + Array(shape[(axis + 1)...])), [joined], context)
    }

    /// Arithmetic of shapes: both operands are integers known beforehand.
    func importIntegers(_ function: BinaryFunction, _ context: NodeContext) throws(TensorError) -> Operand? {
        guard case .integers(let a, let left)? = try optional(0, of: context),
            case .integers(let b, let right)? = try optional(1, of: context)
        else { return nil }
        guard !a.isEmpty, !b.isEmpty, a.count == b.count || a.count == 1 || b.count == 1 else {
            throw context.unsupported("the integers do not fit")
        }
        var result: [Int] = []
        for index in 0..<max(a.count, b.count) {
            let (x, y) = (a[a.count == 1 ? 0 : index], b[b.count == 1 ? 0 : index])
            let value: (partialValue: Int, overflow: Bool)
            switch function {
            case .add: value = x.addingReportingOverflow(y)
            case .subtract: value = x.subtractingReportingOverflow(y)
            case .multiply: value = x.multipliedReportingOverflow(by: y)
            case .divide: value = x.dividedReportingOverflow(by: y)
            case .power: throw context.unsupported("powers of integers are not supported")
            }
            guard !value.overflow else { throw context.unsupported("the integers overflow") }
            result.append(value.partialValue)
        }
        return .integers(result, shape: a.count >= b.count ? left : right)
    }
}
