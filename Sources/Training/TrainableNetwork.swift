import Tensors

/// A network in the making: its graph, and which of its values are trained. `ResidualNetwork.swift` and
/// `DenseNetwork.swift` add the two families.
struct TrainableNetwork {
    /// For what a graph is built.
    enum Purpose {
        /// Normalises by the batch, leaves features out.
        case training
        /// Computes logits from trained weights.
        case scoring
        /// As `scoring`, with the probabilities of a softmax at the end where there are classes.
        case shipping
    }

    /// The graph for a batch; normalisations are still there.
    var graph: Graph
    /// What is trained, and whether weight decay applies (not to normalisation and biases).
    private(set) var parameters: [(value: Int, decays: Bool)] = []
    /// Stored mean and variance of each normalisation, by its output.
    private(set) var statistics: [(output: Int, mean: Int, variance: Int)] = []
    /// Weights and bias of the last layer.
    private(set) var head: (weights: Int, bias: Int) = (0, 0)
    /// The value before the head that is multiplied with the features, 0 or 1 / (1 - dropout) each; `nil` without.
    private(set) var mask: Int?
    /// The value of the logits `[N, K]`.
    private(set) var logits = 0

    private var random: RandomSource

    /// One with a hundred times the built-in model's weights would train for weeks on two cores.
    static let maximumParameters = 6_000_000

    /// The same configuration gives the same parameters in the same order with the same first weights, whatever the
    /// batch and the purpose. Throws if the engine refuses it.
    init(_ configuration: TrainingConfiguration, batch: Int, purpose: Purpose) throws(TensorError) {
        random = RandomSource(seed: configuration.seed, 2)
        let size = configuration.inputSize
        graph = try Graph(inputName: "picture", shape: [batch, 1, size, size])
        let last =
            switch configuration.family {
            case .residual: try residualStages(configuration)
            case .dense: try denseStages(configuration)
            }
        let features = graph.shape(last)[1]
        let mean = try graph.add(.reduceMean(axes: [2, 3], keepsAxes: true), [last], name: "mean")
        var flat = try graph.add(.reshape([batch, features]), [mean], name: "features")
        if purpose == .training, configuration.dropout > 0 {
            let mask = graph.addConstant("dropout", Tensor(shape: [batch, features], repeating: 1))
            flat = try graph.add(.binary(.multiply), [flat, mask], name: "kept")
            self.mask = mask
        }
        let outputs = configuration.outputs
        let weights = parameter("head.weight", [outputs, features], deviation: 0.01, decays: true)
        let bias = parameter("head.bias", [outputs], constant: 0)
        head = (weights, bias)
        let gemm = Operation.gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true)
        logits = try graph.add(gemm, [flat, weights, bias], name: "logit")
        if purpose == .shipping, outputs > 1 {
            _ = try graph.add(.softmax(axis: 1, spansTrailingAxes: false), [logits], name: "probability")
        }
    }

    /// Everything that training changes, in an order that does not depend on batch and purpose.
    var learned: [Int] { parameters.map(\.value) + statistics.flatMap { [$0.mean, $0.variance] } }

    /// Takes over what another network of the same configuration has learned, in the order of `learned`.
    mutating func take(_ tensors: [Tensor]) {
        for (value, tensor) in zip(learned, tensors) { graph.constants[value] = tensor }
    }

    /// Number of trained weights.
    var parameterCount: Int { parameters.reduce(0) { $0 + (graph.constants[$1.value]?.values.count ?? 0) } }

    // MARK: Parts

    /// A convolution without bias that keeps the plane but for its stride.
    mutating func convolution(
        _ x: Int, _ width: Int, kernel: Int, stride: Int = 1, _ name: String
    ) throws(TensorError) -> Int {
        let channels = graph.shape(x)[1]
        let fan = Float(channels * kernel * kernel)
        let weights = parameter(
            "\(name).weight", [width, channels, kernel, kernel], deviation: (2 / fan).squareRoot(), decays: true)
        let side = kernel / 2
        let window = Window(kernel: [kernel, kernel], strides: [stride, stride], pads: [side, side, side, side])
        return try graph.add(.convolution(window, groups: 1), [x, weights], name: "\(name).conv")
    }

    /// A batch normalisation and, where wanted, a rectifier.
    mutating func normalization(_ x: Int, _ name: String, activates: Bool) throws(TensorError) -> Int {
        let width = graph.shape(x)[1]
        let scale = parameter("\(name).scale", [width], constant: 1)
        let shift = parameter("\(name).shift", [width], constant: 0)
        let mean = graph.addConstant("\(name).mean", Tensor(shape: [width], repeating: 0))
        let variance = graph.addConstant("\(name).variance", Tensor(shape: [width], repeating: 1))
        let normalized = try graph.add(
            .batchNormalization(epsilon: 1e-5), [x, scale, shift, mean, variance], name: "\(name).norm")
        statistics.append((normalized, mean, variance))
        return activates
            ? try graph.add(.activation(.relu), [normalized], name: "\(name).relu") : normalized
    }

    /// Each channel times a factor 0…1 that two small layers tell from the means of all channels.
    /// Source: Hu et al. 2017, squeeze and excitation.
    mutating func excited(_ x: Int, ratio: Int, _ name: String) throws(TensorError) -> Int {
        let channels = graph.shape(x)[1]
        let narrow = max(4, channels / ratio)
        let mean = try graph.add(.reduceMean(axes: [2, 3], keepsAxes: true), [x], name: "\(name).squeeze")
        let down = try pointwise(mean, narrow, deviation: (2 / Float(channels)).squareRoot(), "\(name).down")
        let active = try graph.add(.activation(.relu), [down], name: "\(name).down.relu")
        let up = try pointwise(active, channels, deviation: (1 / Float(narrow)).squareRoot(), "\(name).up")
        let factor = try graph.add(.activation(.sigmoid), [up], name: "\(name).factor")
        return try graph.add(.binary(.multiply), [x, factor], name: "\(name).excite")
    }

    private mutating func pointwise(
        _ x: Int, _ width: Int, deviation: Float, _ name: String
    ) throws(TensorError) -> Int {
        let weights = parameter("\(name).weight", [width, graph.shape(x)[1], 1, 1], deviation: deviation, decays: true)
        let bias = parameter("\(name).bias", [width], constant: 0)
        return try graph.add(
            .convolution(Window(kernel: [1, 1]), groups: 1), [x, weights, bias], name: "\(name).conv")
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
}
