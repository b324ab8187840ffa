// Operators that the engine computes by others: each is exact algebra, so that shapes, limits and gradients come for free.
import ONNXFormat

extension ONNXImporter {
    /// One number as a constant operand.
    func number(_ value: Float) -> Operand { .floats(Tensor(shape: [], values: [value])) }

    /// PRelu: max(0, x) - slope * max(0, -x).
    mutating func importPRelu(_ context: NodeContext) throws(TensorError) -> Operand {
        let x = try required(0, of: context)
        let slope = try required(1, of: context)
        if case .floats(let tensor) = slope, tensor.values.count == 1 {
            return try push(.activation(.leakyRelu(slope: tensor.values[0])), [x], context)
        }
        let above = try push(.activation(.relu), [x], context, as: "positive")
        let mirrored = try push(.binary(.multiply), [x, number(-1)], context, as: "mirrored")
        let below = try push(.activation(.relu), [mirrored], context, as: "negative")
        let scaled = try push(.binary(.multiply), [below, slope], context, as: "scaled")
        return try push(.binary(.subtract), [above, scaled], context)
    }

    /// Gelu, exact or by tanh. Source: ONNX Gelu-20.
    mutating func importGelu(_ context: NodeContext) throws(TensorError) -> Operand {
        let x = try required(0, of: context)
        switch context.text("approximate") ?? "none" {
        case "none": return try push(.activation(.gelu), [x], context)
        case "tanh":
            let square = try push(.binary(.multiply), [x, x], context, as: "square")
            let cube = try push(.binary(.multiply), [square, x], context, as: "cube")
            let small = try push(.binary(.multiply), [cube, number(0.044715)], context, as: "small")
            let sum = try push(.binary(.add), [x, small], context, as: "sum")
            // The root of 2 / pi.
            let scaled = try push(.binary(.multiply), [sum, number(0.797_884_56)], context, as: "scaled")
            let curve = try push(.activation(.tanh), [scaled], context, as: "tanh")
            let raised = try push(.binary(.add), [curve, number(1)], context, as: "raised")
            let half = try push(.binary(.multiply), [x, number(0.5)], context, as: "half")
            return try push(.binary(.multiply), [half, raised], context)
        default: throw context.unsupported("approximate must be none or tanh")
        }
    }

    /// Pow; constant exponents of 1, 2 and 1/2 as what they are.
    mutating func importPow(_ context: NodeContext) throws(TensorError) -> Operand {
        let x = try required(0, of: context)
        var exponent = try required(1, of: context)
        if case .integers(let values, let shape) = exponent {
            guard !values.isEmpty else { throw context.unsupported("the exponent is empty") }
            exponent = .floats(Tensor(shape: shape, values: values.map { Float($0) }))
        }
        if case .floats(let tensor) = exponent, tensor.values.count == 1, shape(x).count >= tensor.shape.count {
            switch tensor.values[0] {
            case 1: return x
            case 2: return try push(.binary(.multiply), [x, x], context)
            case 0.5: return try push(.activation(.sqrt), [x], context)
            default: break
            }
        }
        return try push(.binary(.power), [x, exponent], context)
    }

    /// ReduceSum: the mean times the number of terms.
    mutating func importReduceSum(_ context: NodeContext) throws(TensorError) -> Operand {
        let x = try required(0, of: context)
        let before = shape(x)
        let mean = try importReduceMean(context, as: "mean")
        let count = before.reduce(1, *) / max(1, shape(mean).reduce(1, *))
        return try push(.binary(.multiply), [mean, number(Float(count))], context)
    }

    /// LayerNormalization over the axes from `axis` on. Source: ONNX LayerNormalization-17.
    mutating func importLayerNormalization(_ context: NodeContext) throws(TensorError) -> Operand {
        let x = try required(0, of: context)
        let rank = shape(x).count
        let first = try context.axis(context.int("axis", -1), rank: rank)
        let axes = Array(first..<rank)
        let mean = try push(.reduceMean(axes: axes, keepsAxes: true), [x], context, as: "mean")
        let centred = try push(.binary(.subtract), [x, mean], context, as: "centred")
        let square = try push(.binary(.multiply), [centred, centred], context, as: "square")
        let variance = try push(.reduceMean(axes: axes, keepsAxes: true), [square], context, as: "variance")
        let raised = try push(
            .binary(.add), [variance, number(context.float("epsilon", 1e-5))], context, as: "raised")
        let deviation = try push(.activation(.sqrt), [raised], context, as: "deviation")
        let normal = try push(.binary(.divide), [centred, deviation], context, as: "normal")
        let scale = try required(1, of: context)
        guard let bias = try optional(2, of: context) else {
            return try push(.binary(.multiply), [normal, scale], context)
        }
        let scaled = try push(.binary(.multiply), [normal, scale], context, as: "scaled")
        return try push(.binary(.add), [scaled, bias], context)
    }

    /// MatMul, with operands of one axis as rows and columns.
    mutating func importMatMul(_ context: NodeContext) throws(TensorError) -> Operand {
        var a = try required(0, of: context)
        var b = try required(1, of: context)
        let (left, right) = (shape(a), shape(b))
        guard left.count == 1 || right.count == 1, !left.isEmpty, !right.isEmpty else {
            return try emit(.matMul, context, operands: 2)
        }
        if left.count == 1 { a = try push(.reshape([1] + left), [a], context, as: "row") }
        if right.count == 1 { b = try push(.reshape(right + [1]), [b], context, as: "column") }
        let product = try push(.matMul, [a, b], context, as: "product")
        var result = shape(product)
        if right.count == 1 { result.removeLast() }
        if left.count == 1 { result.remove(at: result.count - (right.count == 1 ? 1 : 2)) }
        return try push(.reshape(result), [product], context)
    }

    /// Resize over the last two axes as two products with matrices of weights. Source: ONNX Resize-19.
    mutating func importResize(_ context: NodeContext) throws(TensorError) -> Operand {
        var x = try required(0, of: context)
        let before = shape(x)
        let rank = before.count
        let named = context.ints("axes") ?? Array(0..<rank)
        let axes = try context.axes(named, rank: rank)
        let isOld = opset < 11
        guard !isOld, context.int("antialias", 0) == 0,
            (context.text("keep_aspect_ratio_policy") ?? "stretch") == "stretch"
        else { throw context.unsupported("antialias and keep_aspect_ratio_policy are not supported") }
        var target = before
        var scales = [Double](repeating: 1, count: rank)
        if let sizes = try integers(3, of: context), !sizes.isEmpty {
            guard sizes.count == axes.count else { throw context.unsupported("sizes do not fit the axes") }
            for (axis, size) in zip(axes, sizes) {
                target[axis] = size
                scales[axis] = Double(size) / Double(before[axis])
            }
        } else if case .floats(let factors)? = try optional(2, of: context), factors.values.count == axes.count {
            for (axis, factor) in zip(axes, factors.values) {
                guard factor.isFinite, factor > 0, factor <= Float(Limits.windowExtent) else {
                    throw context.unsupported("a scale is out of range")
                }
                target[axis] = Int(Double(before[axis]) * Double(factor))
                scales[axis] = Double(factor)
            }
        } else {
            throw context.unsupported("sizes or scales must be constant")
        }
        _ = try Graph.elementCount(target)
        guard rank >= 2, before.indices.allSatisfy({ $0 >= rank - 2 || target[$0] == before[$0] }) else {
            throw context.unsupported("only the last two axes can be resized")
        }
        let sampler = try ResizeSampler(context)
        let (height, width) = (rank - 2, rank - 1)
        if target[width] != before[width] || scales[width] != 1 {
            let weights = sampler.weights(from: before[width], to: target[width], scale: scales[width])
            let matrix = Tensor(shape: [target[width], before[width]], values: weights)
            let turned = gather(matrix, shape: [before[width], target[width]], steps: [1, before[width]])
            x = try push(
                .matMul, [x, .floats(turned)], context,
                as: target[height] == before[height] && scales[height] == 1 ? nil : "wide")
        }
        if target[height] != before[height] || scales[height] != 1 {
            let weights = sampler.weights(from: before[height], to: target[height], scale: scales[height])
            x = try push(
                .matMul, [.floats(Tensor(shape: [target[height], before[height]], values: weights)), x], context)
        }
        return x
    }
}

/// Which pixels a resized pixel is made of, and with which weights.
struct ResizeSampler {
    private let isLinear: Bool
    private let transformation: String
    private let rounding: String

    init(_ context: NodeContext) throws(TensorError) {
        let mode = context.text("mode") ?? "nearest"
        transformation = context.text("coordinate_transformation_mode") ?? "half_pixel"
        rounding = context.text("nearest_mode") ?? "round_prefer_floor"
        isLinear = mode == "linear"
        guard mode == "nearest" || isLinear else { throw context.unsupported("mode must be nearest or linear") }
        guard ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"].contains(transformation) else {
            throw context.unsupported("coordinate_transformation_mode \(printable(transformation)) is not supported")
        }
        guard ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"].contains(rounding) else {
            throw context.unsupported("nearest_mode has an unknown value")
        }
    }

    /// Row-major `[to, from]`.
    func weights(from: Int, to: Int, scale: Double) -> [Float] {
        var matrix = [Float](repeating: 0, count: to * from)
        for row in 0..<to {
            let x = place(row, from: from, to: to, scale: scale)
            if isLinear {
                let floor = x.rounded(.down)
                let share = Float(x - floor)
                let low = min(max(Int(floor), 0), from - 1)
                let high = min(max(Int(floor) + 1, 0), from - 1)
                matrix[row * from + low] += 1 - share
                matrix[row * from + high] += share
            } else {
                let near =
                    switch rounding {
                    case "floor": x.rounded(.down)
                    case "ceil": x.rounded(.up)
                    case "round_prefer_ceil": (x + 0.5).rounded(.down)
                    default: (x - 0.5).rounded(.up)
                    }
                matrix[row * from + min(max(Int(near), 0), from - 1)] = 1
            }
        }
        return matrix
    }

    private func place(_ index: Int, from: Int, to: Int, scale: Double) -> Double {
        let x = Double(index)
        switch transformation {
        case "asymmetric": return x / scale
        case "align_corners":
            // The length by the scale, which need not be a whole number.
            let length = Double(from) * scale
            return abs(length - 1) < 1e-9 ? 0 : x * Double(from - 1) / (length - 1)
        case "pytorch_half_pixel": return to > 1 ? (x + 0.5) / scale - 0.5 : 0
        default: return (x + 0.5) / scale - 0.5
        }
    }
}
