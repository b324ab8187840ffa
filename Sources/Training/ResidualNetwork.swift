import Tensors

/// A small residual network (He et al. 2015) for one gray picture and one logit: a stem of stride 2, stages of residual
/// blocks, the mean over the plane, and a linear layer.
struct ResidualNetwork {
    /// The graph for a batch; normalisations are still there.
    var graph: Graph
    /// What is trained, and whether weight decay applies (not to normalisation and biases).
    private(set) var parameters: [(value: Int, decays: Bool)] = []
    /// Stored mean and variance of each normalisation, by its output.
    private(set) var statistics: [(output: Int, mean: Int, variance: Int)] = []
    /// Weights and bias of the last layer.
    private(set) var head: (weights: Int, bias: Int) = (0, 0)

    private var random: RandomSource

    /// The same configuration gives values with the same indices and weights, whatever the batch.
    init(_ configuration: TrainingConfiguration, batch: Int) throws(TensorError) {
        random = RandomSource(seed: configuration.seed, 2)
        let size = configuration.inputSize
        graph = try Graph(inputName: "picture", shape: [batch, 1, size, size])
        let widths = configuration.widths
        var x = try unit(graph.input, widths[0], kernel: 5, stride: 2, "stem", activates: true)
        for (stage, width) in widths.enumerated() {
            for block in 0..<configuration.blocks[stage] {
                x = try residual(
                    x, width, stride: block == 0 ? configuration.strides[stage] : 1,
                    "stage\(stage + 1).block\(block + 1)")
            }
        }
        let mean = try graph.add(.reduceMean(axes: [2, 3], keepsAxes: true), [x], name: "mean")
        let flat = try graph.add(.reshape([batch, widths[widths.count - 1]]), [mean], name: "features")
        let features = widths[widths.count - 1]
        let weights = parameter("head.weight", [1, features], deviation: 0.01, decays: true)
        let bias = parameter("head.bias", [1], deviation: 0, decays: false)
        head = (weights, bias)
        let gemm = Operation.gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true)
        _ = try graph.add(gemm, [flat, weights, bias], name: "logit")
    }

    /// Two convolutions beside a short cut, which is a convolution of 1 x 1 where the shape changes.
    private mutating func residual(
        _ x: Int, _ width: Int, stride: Int, _ name: String
    ) throws(TensorError) -> Int {
        let first = try unit(x, width, kernel: 3, stride: stride, "\(name).conv1", activates: true)
        let second = try unit(first, width, kernel: 3, stride: 1, "\(name).conv2", activates: false)
        let isSame = stride == 1 && graph.shape(x)[1] == width
        let beside = isSame ? x : try unit(x, width, kernel: 1, stride: stride, "\(name).short", activates: false)
        let sum = try graph.add(.binary(.add), [second, beside], name: "\(name).sum")
        return try graph.add(.activation(.relu), [sum], name: "\(name).relu")
    }

    /// Convolution, normalisation and, where wanted, a rectifier.
    private mutating func unit(
        _ x: Int, _ width: Int, kernel: Int, stride: Int, _ name: String, activates: Bool
    ) throws(TensorError) -> Int {
        let channels = graph.shape(x)[1]
        let fan = Float(channels * kernel * kernel)
        let weights = parameter(
            "\(name).weight", [width, channels, kernel, kernel], deviation: (2 / fan).squareRoot(), decays: true)
        let side = kernel / 2
        let window = Window(
            kernel: [kernel, kernel], strides: [stride, stride], pads: [side, side, side, side])
        let convolved = try graph.add(.convolution(window, groups: 1), [x, weights], name: "\(name).conv")
        let scale = parameter("\(name).scale", [width], constant: 1)
        let shift = parameter("\(name).shift", [width], constant: 0)
        let mean = graph.addConstant("\(name).mean", Tensor(shape: [width], repeating: 0))
        let variance = graph.addConstant("\(name).variance", Tensor(shape: [width], repeating: 1))
        let normalized = try graph.add(
            .batchNormalization(epsilon: 1e-5), [convolved, scale, shift, mean, variance], name: "\(name).norm")
        statistics.append((normalized, mean, variance))
        return activates
            ? try graph.add(.activation(.relu), [normalized], name: "\(name).relu") : normalized
    }

    private mutating func parameter(_ name: String, _ shape: [Int], deviation: Float, decays: Bool) -> Int {
        let values = (0..<shape.reduce(1, *)).map { _ in random.normal() * deviation }
        let value = graph.addConstant(name, Tensor(shape: shape, values: values))
        parameters.append((value, decays))
        return value
    }

    private mutating func parameter(_ name: String, _ shape: [Int], constant: Float) -> Int {
        let value = graph.addConstant(name, Tensor(shape: shape, repeating: constant))
        parameters.append((value, false))
        return value
    }

    /// Number of trained weights.
    var parameterCount: Int { parameters.reduce(0) { $0 + (graph.constants[$1.value]?.values.count ?? 0) } }
}
