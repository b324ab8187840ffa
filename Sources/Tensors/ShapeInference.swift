// The shape of every node's output, and the proof that its operands fit. Kernels rely on these checks alone.

/// The output shape of an operation on operands of the given shapes.
func outputShape(of operation: Operation, _ inputs: [[Int]], node: String) throws(TensorError) -> [Int] {
    func require(_ condition: Bool, _ detail: @autoclosure () -> String) throws(TensorError) {
        guard condition else { throw .shapeMismatch(node: node, operatorName: operation.name, detail: detail()) }
    }
    let operandCount: ClosedRange<Int> =
        switch operation {
        case .convolution, .gemm: 2...3
        case .batchNormalization: 5...5
        case .binary, .matMul: 2...2
        case .concat: 1...Limits.nodes
        default: 1...1
        }
    try require(operandCount.contains(inputs.count), "\(inputs.count) operands")
    let x = inputs[0]

    switch operation {
    case .convolution(let window, let groups):
        let weights = inputs[1]
        try require(x.count == 4 && weights.count == 4, "only convolutions over two axes are supported")
        try require(groups >= 1 && weights[0] % groups == 0, "\(groups) groups do not divide \(weights[0]) outputs")
        try require(
            weights[1].multipliedReportingOverflow(by: groups) == (x[1], false),
            "\(x[1]) channels do not fit weights \(weights) in \(groups) groups")
        try require(window.kernel == [weights[2], weights[3]], "the kernel differs from the weights \(weights)")
        guard weights[1] * weights[2] * weights[3] <= Limits.windowElements else {
            throw .limitExceeded(quantity: "weights of one convolution output", limit: Limits.windowElements)
        }
        if inputs.count == 3 { try require(inputs[2] == [weights[0]], "the bias \(inputs[2]) does not fit") }
        let plane = try slide(window, over: x, node: node, operation: operation)
        guard weights[1] * weights[2] * weights[3] <= Limits.unfoldedElements / plane[1] else {
            throw .limitExceeded(quantity: "elements of an unfolded row", limit: Limits.unfoldedElements)
        }
        return [x[0], weights[0]] + plane

    case .maxPool(let window), .averagePool(let window, _):
        try require(x.count == 4, "only pooling over two axes is supported")
        try require(
            window.pads.count == 4
                && (0..<2).allSatisfy { axis in
                    max(window.pads[axis], window.pads[axis + 2]) < (window.kernel[axis] - 1) * window.dilations[axis]
                        + 1
                },
            "the padding is as large as the kernel")
        return [x[0], x[1]] + (try slide(window, over: x, node: node, operation: operation))

    case .batchNormalization:
        try require(x.count >= 2, "the operand has no channels")
        for operand in inputs.dropFirst() { try require(operand == [x[1]], "a parameter has shape \(operand)") }
        return x

    case .activation:
        return x

    case .softmax(let axis, _):
        try require(x.indices.contains(axis), "there is no axis \(axis)")
        return x

    case .binary:
        guard let shape = broadcast(x, inputs[1]) else {
            throw .shapeMismatch(node: node, operatorName: operation.name, detail: "\(x) and \(inputs[1]) do not fit")
        }
        return shape

    case .matMul:
        let y = inputs[1]
        try require(x.count >= 2 && y.count >= 2, "operands of one axis are not supported")
        try require(x[x.count - 1] == y[y.count - 2], "\(x) and \(y) do not fit")
        guard let batch = broadcast(Array(x.dropLast(2)), Array(y.dropLast(2))) else {
            throw .shapeMismatch(node: node, operatorName: operation.name, detail: "\(x) and \(y) do not fit")
        }
        return batch + [x[x.count - 2], y[y.count - 1]]

    case .gemm(_, _, let transposesA, let transposesB):
        let y = inputs[1]
        try require(x.count == 2 && y.count == 2, "the operands are not matrices")
        let (m, k) = transposesA ? (x[1], x[0]) : (x[0], x[1])
        let (l, n) = transposesB ? (y[1], y[0]) : (y[0], y[1])
        try require(k == l, "\(x) and \(y) do not fit")
        if inputs.count == 3 { try require(broadcast(inputs[2], [m, n]) == [m, n], "C \(inputs[2]) does not fit") }
        return [m, n]

    case .reduceMean(let axes, let keepsAxes):
        try require(!axes.isEmpty && axes.allSatisfy(x.indices.contains), "there is no such axis")
        try require(Set(axes).count == axes.count, "an axis is named twice")
        return x.indices.compactMap { axes.contains($0) ? (keepsAxes ? 1 : nil) : x[$0] }

    case .concat(let axis):
        try require(x.indices.contains(axis), "there is no axis \(axis)")
        var shape = x
        shape[axis] = 0
        for operand in inputs {
            try require(operand.count == x.count, "\(x) and \(operand) do not fit")
            try require(x.indices.allSatisfy { $0 == axis || x[$0] == operand[$0] }, "\(x) and \(operand) do not fit")
            shape[axis] += operand[axis]
        }
        return shape

    case .reshape(let shape):
        try require(try Graph.elementCount(shape) == x.reduce(1, *), "\(x) does not fill \(shape)")
        return shape

    case .transpose(let order):
        try require(order.sorted() == Array(x.indices), "\(order) is not an order of \(x.count) axes")
        return order.map { x[$0] }

    case .pad(let before, let after, _):
        try require(before.count == x.count && after.count == x.count, "pads do not name every axis")
        try require(
            (before + after).allSatisfy { (0...Limits.tensorElements).contains($0) }, "a pad is negative or huge")
        return x.indices.map { x[$0] + before[$0] + after[$0] }

    case .slice(let begin, let steps, let shape):
        try require(
            begin.count == x.count && steps.count == x.count && shape.count == x.count, "it does not name every axis")
        for axis in x.indices {
            try require(shape[axis] >= 1, "it is empty")
            try require(
                x.indices.contains(axis) && (0..<x[axis]).contains(begin[axis])
                    && steps[axis].magnitude <= Limits.windowExtent.magnitude && shape[axis] <= x[axis],
                "it begins or ends outside of axis \(axis)")
            try require(
                (0..<x[axis]).contains(begin[axis] + (shape[axis] - 1) * steps[axis]),
                "it begins or ends outside of axis \(axis)")
        }
        return shape
    }
}

/// The shape to which both operands broadcast (numpy's rule), or `nil`.
func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    let left = Array(repeating: 1, count: rank - a.count) + a
    let right = Array(repeating: 1, count: rank - b.count) + b
    var shape: [Int] = []
    for (l, r) in zip(left, right) {
        guard l == r || l == 1 || r == 1 else { return nil }
        shape.append(max(l, r))
    }
    return shape
}

/// The extents of a window's output over the last two axes of `x`.
private func slide(
    _ window: Window, over x: [Int], node: String, operation: Operation
) throws(TensorError) -> [Int] {
    let positive = window.kernel + window.strides + window.dilations
    guard window.kernel.count == 2, window.strides.count == 2, window.dilations.count == 2, window.pads.count == 4,
        positive.allSatisfy({ (1...Limits.windowExtent).contains($0) }),
        window.pads.allSatisfy({ (0...Limits.windowExtent).contains($0) })
    else {
        throw .unsupportedUse(
            node: node, operatorName: operation.name,
            detail: "kernel, strides, dilations (1 to \(Limits.windowExtent)) or pads (0 to it) are out of range")
    }
    var shape: [Int] = []
    for axis in 0..<2 {
        let extent = (window.kernel[axis] - 1) * window.dilations[axis] + 1
        let room = x[axis + 2] + window.pads[axis] + window.pads[axis + 2] - extent
        guard room >= 0 else {
            throw .shapeMismatch(node: node, operatorName: operation.name, detail: "the kernel is larger than \(x)")
        }
        var count = room / window.strides[axis] + 1
        if window.roundsUp, room % window.strides[axis] != 0,
            count * window.strides[axis] < x[axis + 2] + window.pads[axis]
        {
            count += 1
        }
        shape.append(count)
    }
    return shape
}

/// Multiplications and additions of one node, roughly. Throws if even the count overflows.
func operationCount(
    of operation: Operation, _ inputs: [[Int]], output: [Int]
) throws(TensorError) -> Int {
    let perElement: Int =
        switch operation {
        case .convolution: inputs[1].dropFirst().reduce(2, *)
        case .maxPool(let window), .averagePool(let window, _): window.kernel[0] * window.kernel[1]
        case .matMul: 2 * (inputs[0].last ?? 1)
        case .gemm(_, _, let transposesA, _): 2 * inputs[0][transposesA ? 0 : 1]
        case .softmax: 4
        default: max(1, inputs.map { $0.reduce(1, *) }.reduce(0, +) / max(1, output.reduce(1, *)))
        }
    let (count, overflow) = output.reduce(1, *).multipliedReportingOverflow(by: perElement)
    guard !overflow, count <= Limits.operations else {
        throw .limitExceeded(quantity: "operations", limit: Limits.operations)
    }
    return count
}
