import Testing

@testable import Tensors

/// A tensor of doubles, for the twins that the kernels are compared with.
struct Exact {
    var shape: [Int]
    var values: [Double]

    init(_ shape: [Int], _ values: [Double]) {
        self.shape = shape
        self.values = values
    }

    init(_ tensor: Tensor) { self.init(tensor.shape, tensor.values.map { Double($0) }) }

    init(_ shape: [Int], _ value: (_ index: [Int]) -> Double) {
        self.init(shape, Exact.indices(shape).map(value))
    }

    /// Every index of a shape, in row-major order.
    static func indices(_ shape: [Int]) -> [[Int]] {
        shape.reduce([[]]) { prefixes, extent in prefixes.flatMap { prefix in (0..<extent).map { prefix + [$0] } } }
    }

    /// The value at an index; leading axes that are missing are dropped, axes of extent 1 repeat.
    subscript(_ index: [Int]) -> Double {
        var offset = 0
        for (axis, position) in index.suffix(shape.count).enumerated() {
            offset = offset * shape[axis] + (shape[axis] == 1 ? 0 : position)
        }
        return values[offset]
    }
}

/// Each operation as its definition says, without any thought of speed.
enum Naive {
    static func compute(_ operation: Operation, _ operands: [Exact], _ shape: [Int]) -> Exact {
        let x = operands[0]
        switch operation {
        case .convolution(let window, let groups):
            return Exact(shape) { at in
                let weights = operands[1]
                let perGroup = weights.shape[1]
                let firstChannel = at[1] / (weights.shape[0] / groups) * perGroup
                var sum = operands.count == 3 ? operands[2].values[at[1]] : 0
                for c in 0..<perGroup {
                    sum += taps(window, x, at, channel: firstChannel + c).reduce(0) {
                        $0 + $1.value * weights[[at[1], c, $1.ky, $1.kx]]
                    }
                }
                return sum
            }
        case .batchNormalization(let epsilon):
            return Exact(shape) { at in
                let p = operands[1...4].map { $0.values[at[1]] }
                return (x[at] - p[2]) / (p[3] + Double(epsilon)).squareRoot() * p[0] + p[1]
            }
        case .activation(let activation):
            return Exact(shape, x.values.map { apply(activation, $0) })
        case .softmax(let axis, let spans):
            return Exact(shape) { at in
                let lane = Exact.indices(shape).filter { other in
                    other.indices.allSatisfy { $0 == axis || (spans && $0 > axis) || other[$0] == at[$0] }
                }
                return Double.exponential(x[at]) / lane.reduce(0) { $0 + Double.exponential(x[$1]) }
            }
        case .binary(let function):
            return Exact(shape) { at in
                let (a, b) = (x[at], operands[1][at])
                return switch function {
                case .add: a + b
                case .subtract: a - b
                case .multiply: a * b
                case .divide: a / b
                case .power: Double.power(a, b)
                }
            }
        case .matMul:
            return Exact(shape) { at in
                let (row, column) = (at[at.count - 2], at[at.count - 1])
                return (0..<x.shape[x.shape.count - 1]).reduce(0) {
                    $0 + x[at.dropLast(2) + [row, $1]] * operands[1][at.dropLast(2) + [$1, column]]
                }
            }
        case .gemm(let alpha, let beta, let transposesA, let transposesB):
            return Exact(shape) { at in
                let depth = x.shape[transposesA ? 0 : 1]
                let product = (0..<depth).reduce(0.0) { sum, k in
                    sum + x[transposesA ? [k, at[0]] : [at[0], k]]
                        * operands[1][transposesB ? [at[1], k] : [k, at[1]]]
                }
                return Double(alpha) * product + (operands.count == 3 ? Double(beta) * operands[2][at] : 0)
            }
        case .maxPool(let window):
            return Exact(shape) { at in
                taps(window, x, at, channel: at[1]).map(\.value).max() ?? -.infinity
            }
        case .averagePool(let window, let countsPadding):
            return Exact(shape) { at in
                let inside = taps(window, x, at, channel: at[1])
                let count = countsPadding ? extent(window, x, at) : inside.count
                return inside.reduce(0) { $0 + $1.value } / Double(count)
            }
        case .reduceMean(let axes, let keeps):
            return Exact(shape) { at in
                var rest = at
                let kept = x.shape.indices.map { axis in
                    axes.contains(axis)
                        ? (keeps
                            ? {
                                rest.removeFirst(); return 0
                            }() : 0) : rest.removeFirst()
                }
                let all = Exact.indices(x.shape).filter { other in
                    other.indices.allSatisfy { axes.contains($0) || other[$0] == kept[$0] }
                }
                return all.reduce(0) { $0 + x[$1] } / Double(all.count)
            }
        case .concat(let axis):
            return Exact(shape) { at in
                var at = at
                for operand in operands {
                    if at[axis] < operand.shape[axis] { return operand[at] }
                    at[axis] -= operand.shape[axis]
                }
                return .nan
            }
        case .reshape:
            return Exact(shape, x.values)
        case .transpose(let order):
            return Exact(shape) { at in
                var source = at
                for (axis, from) in order.enumerated() { source[from] = at[axis] }
                return x[source]
            }
        case .pad(let before, _, let value):
            return Exact(shape) { at in
                let source = at.indices.map { at[$0] - before[$0] }
                let isInside = source.indices.allSatisfy { (0..<x.shape[$0]).contains(source[$0]) }
                return isInside ? x[source] : Double(value)
            }
        case .slice(let begin, let steps, _):
            return Exact(shape) { at in x[at.indices.map { begin[$0] + at[$0] * steps[$0] }] }
        }
    }

    private static func taps(
        _ window: Window, _ x: Exact, _ at: [Int], channel: Int
    ) -> [(ky: Int, kx: Int, value: Double)] {
        var result: [(ky: Int, kx: Int, value: Double)] = []
        for ky in 0..<window.kernel[0] {
            for kx in 0..<window.kernel[1] {
                let y = at[2] * window.strides[0] + ky * window.dilations[0] - window.pads[0]
                let column = at[3] * window.strides[1] + kx * window.dilations[1] - window.pads[1]
                guard (0..<x.shape[2]).contains(y), (0..<x.shape[3]).contains(column) else { continue }
                result.append((ky, kx, x[[at[0], channel, y, column]]))
            }
        }
        return result
    }

    /// Taps inside the padded picture.
    private static func extent(_ window: Window, _ x: Exact, _ at: [Int]) -> Int {
        var product = 1
        for axis in 0..<2 {
            let first = at[axis + 2] * window.strides[axis] - window.pads[axis]
            let end = x.shape[axis + 2] + window.pads[axis + 2]
            var count = 0
            for k in 0..<window.kernel[axis] where first + k * window.dilations[axis] < end { count += 1 }
            product *= count
        }
        return product
    }

    private static func apply(_ activation: Activation, _ x: Double) -> Double {
        switch activation {
        case .relu: max(0, x)
        case .leakyRelu(let slope): x < 0 ? Double(slope) * x : x
        case .clip(let lower, let upper): min(max(x, Double(lower)), Double(upper))
        case .sigmoid: 1 / (1 + Double.exponential(-x))
        case .hardSigmoid(let slope, let offset): min(max(Double(slope) * x + Double(offset), 0), 1)
        case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
        case .swish: x / (1 + Double.exponential(-x))
        case .exp: Double.exponential(x)
        case .sqrt: x.squareRoot()
        case .erf: Double.errorFunction(x)
        case .gelu: x * (1 + Double.errorFunction(x / Double(2).squareRoot())) / 2
        case .tanh: (Double.exponential(x) - Double.exponential(-x)) / (Double.exponential(x) + Double.exponential(-x))
        }
    }
}
