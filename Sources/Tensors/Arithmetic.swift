// The operations that are neither convolution nor normalisation.
import CTensorKernels

/// a op b, broadcast to `shape`.
func combine(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor, shape: [Int], parallel: Parallel) -> Tensor {
    let kind = function.kernel
    return unsafe makeTensor(shape) { y in
        unsafe withPointers(a, b) { a_, b_ in
            guard a.shape == b.shape else {
                var box = ctk_box(
                    shape: shape, stepsA: broadcastSteps(a.shape, to: shape), stepsB: broadcastSteps(b.shape, to: shape)
                )
                unsafe ctk_binary(kind, a_, b_, y, &box)
                return
            }
            parallel.forRanges(shape.reduce(1, *), pieces: parallel.threads) { range in
                var box = ctk_box(shape: [range.count], stepsA: [1], stepsB: [1])
                unsafe ctk_binary(kind, a_ + range.lowerBound, b_ + range.lowerBound, y + range.lowerBound, &box)
            }
        }
    }
}

/// Sums `x` over the axes along which `target` was broadcast to `x`'s shape: the transpose of broadcasting.
func sumToShape(_ x: Tensor, _ target: [Int]) -> Tensor {
    if x.shape == target { return x }
    var box = ctk_box(shape: x.shape, stepsA: broadcastSteps(target, to: x.shape))
    return unsafe makeZeroTensor(target) { y in
        unsafe x.withPointer { unsafe ctk_reduce_add($0, y, &box) }
    }
}

/// A tensor of `shape` read from `x` with the given steps.
func gather(_ x: Tensor, shape: [Int], steps: [Int], offset: Int = 0) -> Tensor {
    var box = ctk_box(shape: shape, stepsA: steps)
    return unsafe makeTensor(shape) { y in
        unsafe x.withPointer { unsafe ctk_gather($0 + offset, y, &box) }
    }
}

func pad(_ x: Tensor, before: [Int], value: Float, shape: [Int]) -> Tensor {
    var result = Tensor(shape: shape, repeating: value)
    let steps = denseSteps(shape)
    var box = ctk_box(shape: x.shape, stepsA: steps)
    let offset = zip(before, steps).map { $0 * $1 }.reduce(0, +)
    unsafe result.withMutablePointer { y in
        unsafe x.withPointer { unsafe ctk_scatter($0, y + offset, &box) }
    }
    return result
}

func reduceMean(_ x: Tensor, axes: [Int], shape: [Int]) -> Tensor {
    let kept = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
    var mean = sumToShape(x, kept)
    let count = mean.values.count
    let share = Float(count) / Float(x.values.count)
    unsafe mean.withMutablePointer { unsafe ctk_scale($0, share, Int64(count)) }
    return mean.reshaped(shape)
}

func concatenate(_ operands: [Tensor], axis: Int, shape: [Int]) -> Tensor {
    let outer = shape[..<axis].reduce(1, *)
    var values: [Float] = []
    values.reserveCapacity(shape.reduce(1, *))
    for lane in 0..<outer {
        for operand in operands {
            let length = operand.values.count / outer
            values += operand.values[lane * length..<(lane + 1) * length]
        }
    }
    return Tensor(shape: shape, values: values)
}

/// The inverse of `concatenate`: the part of `x` that came from one operand.
func slice(_ x: Tensor, axis: Int, at begin: Int, shape: [Int]) -> Tensor {
    let steps = denseSteps(x.shape)
    return gather(x, shape: shape, steps: steps, offset: begin * steps[axis])
}

func pool(
    _ x: Tensor, _ window: Window, shape: [Int], parallel: Parallel,
    _ kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, inout ctk_window) -> Void
) -> Tensor {
    let plane = x.shape[2] * x.shape[3]
    let outputPlane = shape[2] * shape[3]
    return unsafe makeTensor(shape) { y in
        unsafe x.withPointer { x_ in
            parallel.forRanges(shape[0] * shape[1], pieces: parallel.threads) { range in
                var geometry = ctk_window(
                    window, channels: range.count, height: x.shape[2], width: x.shape[3], outputHeight: shape[2],
                    outputWidth: shape[3])
                unsafe kernel(x_ + range.lowerBound * plane, y + range.lowerBound * outputPlane, &geometry)
            }
        }
    }
}

/// Pairs of matrices of a broadcast product: (a, b, result) as offsets in matrices.
func matrixPairs(_ a: [Int], _ b: [Int], _ result: [Int]) -> [(a: Int, b: Int, result: Int)] {
    let batch = Array(result.dropLast(2))
    let stepsA = broadcastSteps(Array(a.dropLast(2)), to: batch)
    let stepsB = broadcastSteps(Array(b.dropLast(2)), to: batch)
    return (0..<batch.reduce(1, *)).map { index in
        var rest = index
        var (offsetA, offsetB) = (0, 0)
        for axis in batch.indices.reversed() {
            offsetA += rest % batch[axis] * stepsA[axis]
            offsetB += rest % batch[axis] * stepsB[axis]
            rest /= batch[axis]
        }
        return (offsetA, offsetB, index)
    }
}

func multiply(_ a: Tensor, _ b: Tensor, shape: [Int]) -> Tensor {
    let (m, n) = (shape[shape.count - 2], shape[shape.count - 1])
    let k = a.shape[a.shape.count - 1]
    return unsafe makeTensor(shape) { y in
        unsafe withPointers(a, b) { a_, b_ in
            for pair in matrixPairs(a.shape, b.shape, shape) {
                unsafe matrixProduct(
                    m: m, n: n, k: k, a_ + pair.a * m * k, lda: k, b_ + pair.b * k * n, ldb: n, beta: 0,
                    y + pair.result * m * n, ldc: n)
            }
        }
    }
}

func gemm(
    _ operands: [Tensor], alpha: Float, beta: Float, transposesA: Bool, transposesB: Bool, shape: [Int]
) -> Tensor {
    let (a, b) = (operands[0], operands[1])
    let k = a.shape[transposesA ? 0 : 1]
    var result =
        operands.count == 3
        ? gather(operands[2], shape: shape, steps: broadcastSteps(operands[2].shape, to: shape))
        : Tensor(shape: shape, repeating: 0)
    unsafe result.withMutablePointer { y in
        unsafe withPointers(a, b) { a_, b_ in
            unsafe matrixProduct(
                transposesA: transposesA, transposesB: transposesB, m: shape[0], n: shape[1], k: k, alpha: alpha, a_,
                lda: a.shape[1], b_, ldb: b.shape[1], beta: beta, y, ldc: shape[1])
        }
    }
    return result
}
