// The vector-Jacobian products that take more than a line.
import CTensorKernels
import Foundation

func activationGradient(
    _ activation: Activation, _ x: Tensor, _ y: Tensor, _ dy: Tensor, parallel: Parallel
) -> Tensor {
    let (kind, p, q) = activation.kernel
    return unsafe makeTensor(x.shape) { dx in
        unsafe withPointers(x, y, dy) { x_, y_, dy_ in
            parallel.forRanges(x.values.count, pieces: parallel.threads) { range in
                let at = range.lowerBound
                unsafe ctk_activate_gradient(kind, p, q, x_ + at, y_ + at, dy_ + at, dx + at, Int64(range.count))
            }
        }
    }
}

func binaryGradients(
    _ function: BinaryFunction, _ a: Tensor, _ b: Tensor, _ dy: Tensor, _ wanted: [Bool], parallel: Parallel
) -> [Tensor?] {
    let shape = dy.shape
    if function == .power { return powerGradients(a, b, dy, wanted) }
    func scaled(_ tensor: Tensor, by factor: Float) -> Tensor {
        var result = tensor
        let count = Int64(tensor.values.count)
        unsafe result.withMutablePointer { unsafe ctk_scale($0, factor, count) }
        return result
    }
    var (da, db): (Tensor?, Tensor?) = (nil, nil)
    switch function {
    case .add, .subtract:
        if wanted[0] { da = sumToShape(dy, a.shape) }
        if wanted[1] {
            let sum = sumToShape(dy, b.shape)
            db = function == .add ? sum : scaled(sum, by: -1)
        }
    case .multiply:
        if wanted[0] { da = sumToShape(combine(.multiply, dy, b, shape: shape, parallel: parallel), a.shape) }
        if wanted[1] { db = sumToShape(combine(.multiply, dy, a, shape: shape, parallel: parallel), b.shape) }
    case .power: break
    case .divide:
        let quotient = combine(.divide, dy, b, shape: shape, parallel: parallel)
        if wanted[0] { da = sumToShape(quotient, a.shape) }
        if wanted[1] {
            let ratio = combine(.divide, a, b, shape: shape, parallel: parallel)
            db = scaled(
                sumToShape(combine(.multiply, quotient, ratio, shape: shape, parallel: parallel), b.shape), by: -1)
        }
    }
    return [da, db]
}

/// y = a^b: b * a^(b - 1) with respect to a, y * ln a with respect to b.
private func powerGradients(_ a: Tensor, _ b: Tensor, _ dy: Tensor, _ wanted: [Bool]) -> [Tensor?] {
    let shape = dy.shape
    let base = gather(a, shape: shape, steps: broadcastSteps(a.shape, to: shape))
    let exponent = gather(b, shape: shape, steps: broadcastSteps(b.shape, to: shape))
    var (da, db) = (dy, dy)
    for index in dy.values.indices {
        let (x, n) = (Double(base.values[index]), Double(exponent.values[index]))
        if wanted[0] { da.values[index] *= Float(n == 0 ? 0 : n * pow(x, n - 1)) }
        if wanted[1] { db.values[index] *= Float(x == 0 ? 0 : pow(x, n) * log(x)) }
    }
    return [wanted[0] ? sumToShape(da, a.shape) : nil, wanted[1] ? sumToShape(db, b.shape) : nil]
}

func matrixGradients(_ a: Tensor, _ b: Tensor, _ dy: Tensor, _ wanted: [Bool]) -> [Tensor?] {
    let (m, n) = (dy.shape[dy.shape.count - 2], dy.shape[dy.shape.count - 1])
    let k = a.shape[a.shape.count - 1]
    let pairs = matrixPairs(a.shape, b.shape, dy.shape)
    let da =
        wanted[0]
        ? unsafe makeZeroTensor(a.shape) { da in
            unsafe withPointers(b, dy) { b_, dy_ in
                for pair in pairs {
                    unsafe matrixProduct(
                        transposesB: true, m: m, n: k, k: n, dy_ + pair.result * m * n, lda: n, b_ + pair.b * k * n,
                        ldb: n, beta: 1, da + pair.a * m * k, ldc: k)
                }
            }
        } : nil
    let db =
        wanted[1]
        ? unsafe makeZeroTensor(b.shape) { db in
            unsafe withPointers(a, dy) { a_, dy_ in
                for pair in pairs {
                    unsafe matrixProduct(
                        transposesA: true, m: k, n: n, k: m, a_ + pair.a * m * k, lda: k, dy_ + pair.result * m * n,
                        ldb: n, beta: 1, db + pair.b * k * n, ldc: n)
                }
            }
        } : nil
    return [da, db]
}

func gemmGradients(
    _ operands: [Tensor], _ dy: Tensor, _ wanted: [Bool], alpha: Float, beta: Float, transposesA: Bool,
    transposesB: Bool
) -> [Tensor?] {
    let (a, b) = (operands[0], operands[1])
    let (m, n) = (dy.shape[0], dy.shape[1])
    let k = a.shape[transposesA ? 0 : 1]
    var parts: [Tensor?] = [nil, nil]
    if wanted[0] {
        // op(A)' = dy * op(B)T, and A' is its transpose where A was transposed.
        parts[0] = unsafe makeTensor(a.shape) { da in
            unsafe withPointers(b, dy) { b_, dy_ in
                if transposesA {
                    unsafe matrixProduct(
                        transposesA: transposesB, transposesB: true, m: k, n: m, k: n, alpha: alpha, b_,
                        lda: b.shape[1], dy_, ldb: n, beta: 0, da, ldc: m)
                } else {
                    unsafe matrixProduct(
                        transposesB: !transposesB, m: m, n: k, k: n, alpha: alpha, dy_, lda: n, b_, ldb: b.shape[1],
                        beta: 0, da, ldc: k)
                }
            }
        }
    }
    if wanted[1] {
        parts[1] = unsafe makeTensor(b.shape) { db in
            unsafe withPointers(a, dy) { a_, dy_ in
                if transposesB {
                    unsafe matrixProduct(
                        transposesA: true, transposesB: transposesA, m: n, n: k, k: m, alpha: alpha, dy_, lda: n, a_,
                        ldb: a.shape[1], beta: 0, db, ldc: k)
                } else {
                    unsafe matrixProduct(
                        transposesA: !transposesA, m: k, n: n, k: m, alpha: alpha, a_, lda: a.shape[1], dy_, ldb: n,
                        beta: 0, db, ldc: n)
                }
            }
        }
    }
    if operands.count == 3 {
        var dc = sumToShape(dy, operands[2].shape)
        let count = Int64(dc.values.count)
        unsafe dc.withMutablePointer { unsafe ctk_scale($0, beta, count) }
        parts.append(dc)
    }
    return parts
}

func poolGradient(
    _ x: Tensor, _ dy: Tensor, _ window: Window, parallel: Parallel,
    _ kernel: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, inout ctk_window) -> Void
) -> Tensor {
    let plane = x.shape[2] * x.shape[3]
    let outputPlane = dy.shape[2] * dy.shape[3]
    return unsafe makeZeroTensor(x.shape) { dx in
        unsafe withPointers(x, dy) { x_, dy_ in
            parallel.forRanges(x.shape[0] * x.shape[1], pieces: parallel.threads) { range in
                var geometry = ctk_window(
                    window, channels: range.count, height: x.shape[2], width: x.shape[3], outputHeight: dy.shape[2],
                    outputWidth: dy.shape[3])
                unsafe kernel(
                    x_ + range.lowerBound * plane, dy_ + range.lowerBound * outputPlane,
                    dx + range.lowerBound * plane, &geometry)
            }
        }
    }
}
