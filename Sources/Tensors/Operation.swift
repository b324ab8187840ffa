/// A sliding window over the last two axes. Source: ONNX Conv, MaxPool, AveragePool.
package struct Window: Sendable, Hashable {
    package var kernel: [Int]
    package var strides: [Int]
    package var dilations: [Int]
    /// Rows above, columns to the left, rows below, columns to the right.
    package var pads: [Int]
    /// The last window may hang over the padded edge.
    package var roundsUp: Bool

    package init(
        kernel: [Int], strides: [Int] = [1, 1], dilations: [Int] = [1, 1], pads: [Int] = [0, 0, 0, 0],
        roundsUp: Bool = false
    ) {
        self.kernel = kernel
        self.strides = strides
        self.dilations = dilations
        self.pads = pads
        self.roundsUp = roundsUp
    }
}

/// A function applied to each element.
package enum Activation: Sendable, Hashable {
    case relu
    case leakyRelu(slope: Float)
    case clip(lower: Float, upper: Float)
    case sigmoid
    /// max(0, min(1, slope * x + offset))
    case hardSigmoid(slope: Float, offset: Float)
    /// x * max(0, min(1, x / 6 + 0.5))
    case hardSwish
    case tanh
    /// x * sigmoid(x), also called SiLU.
    case swish
    case exp
    case sqrt
    case erf
    /// x * (1 + erf(x / sqrt(2))) / 2
    case gelu
}

/// A function of two operands with broadcasting.
package enum BinaryFunction: Sendable, Hashable {
    case add, subtract, multiply, divide
    /// a to the power b; its derivative with respect to b wants a above 0.
    case power
}

/// What a node computes. Operands are described in the order of `Node.inputs`.
package enum Operation: Sendable, Hashable {
    /// x [N, C, H, W], weights [M, C/groups, kh, kw], optional bias [M].
    case convolution(Window, groups: Int)
    /// x [N, C, ...], scale, shift, mean and variance [C].
    case batchNormalization(epsilon: Float)
    case activation(Activation)
    /// Along `axis`, or (before opset 13) over all axes from `axis` on.
    case softmax(axis: Int, spansTrailingAxes: Bool)
    case binary(BinaryFunction)
    /// [..., m, k] by [..., k, n], leading axes broadcast.
    case matMul
    /// alpha * A * B + beta * C, with optional C broadcast to [m, n].
    case gemm(alpha: Float, beta: Float, transposesA: Bool, transposesB: Bool)
    case maxPool(Window)
    case averagePool(Window, countsPadding: Bool)
    case reduceMean(axes: [Int], keepsAxes: Bool)
    case concat(axis: Int)
    case reshape([Int])
    case transpose([Int])
    case pad(before: [Int], after: [Int], value: Float)
    /// Along each axis every `steps`-th element from `begin` on (a negative step goes backwards), `shape` of them.
    case slice(begin: [Int], steps: [Int], shape: [Int])

    /// The operator's name in ONNX.
    package var name: String {
        switch self {
        case .convolution: "Conv"
        case .batchNormalization: "BatchNormalization"
        case .activation(let activation):
            switch activation {
            case .relu: "Relu"
            case .leakyRelu: "LeakyRelu"
            case .clip: "Clip"
            case .sigmoid: "Sigmoid"
            case .hardSigmoid: "HardSigmoid"
            case .hardSwish: "HardSwish"
            case .tanh: "Tanh"
            case .swish: "Swish"
            case .exp: "Exp"
            case .sqrt: "Sqrt"
            case .erf: "Erf"
            case .gelu: "Gelu"
            }
        case .softmax: "Softmax"
        case .binary(let function):
            switch function {
            case .add: "Add"
            case .subtract: "Sub"
            case .multiply: "Mul"
            case .divide: "Div"
            case .power: "Pow"
            }
        case .matMul: "MatMul"
        case .gemm: "Gemm"
        case .maxPool: "MaxPool"
        case .averagePool: "AveragePool"
        case .reduceMean: "ReduceMean"
        case .concat: "Concat"
        case .reshape: "Reshape"
        case .transpose: "Transpose"
        case .pad: "Pad"
        case .slice: "Slice"
        }
    }
}
