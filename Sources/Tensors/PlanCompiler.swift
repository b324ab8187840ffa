// From a graph to steps: what can be done in one pass over memory becomes one step.
//
// - a normalisation (and relu) that only a product reads is applied while its tile is unfolded; so is a gate
// - activations and sums with a shortcut end the convolution before them
// - a mean over windows that follows a 1 x 1 convolution goes before it: the same numbers in a quarter of the work
// - a concatenation costs nothing where its operands can be computed in place
//
// Values that must be kept are never fused away.
import CTensorKernels

struct PlanCompiler {
    let graph: Graph
    /// Values that are read after the run.
    let kept: Set<Int>
    private(set) var steps: [PlanStep] = []
    /// Values that are another value under another shape.
    private(set) var aliases: [Int: Int] = [:]
    /// Nodes that only the reference operators compute, by the step's output.
    private(set) var references: [Int: Node] = [:]
    private(set) var concats: [Node] = []

    private var readers: [Int: Int] = [:]
    /// The step that computes a value.
    private var position: [Int: Int] = [:]

    init(_ graph: Graph, kept: Set<Int>) {
        self.graph = graph
        self.kept = kept
        for node in graph.nodes { for input in node.inputs { readers[input, default: 0] += 1 } }
        for value in kept { readers[value, default: 0] += 1 }
        steps.append(PlanStep(PlanStep.load, name: "input", input: graph.input, output: graph.input))
        position[graph.input] = 0
        for node in graph.nodes { add(node) }
        fuseReads()
        steps.removeAll { $0.output < 0 }
    }

    /// The value whose memory a value shares.
    func root(_ value: Int) -> Int {
        var value = value
        while let next = aliases[value] { value = next }
        return value
    }

    /// Whether a step may do more to this value before anyone reads it.
    private func isPrivate(_ value: Int) -> Bool {
        readers[value] == 1 && !kept.contains { root($0) == value }
    }

    private func plane(_ value: Int) -> (channels: Int, height: Int, width: Int)? {
        let shape = graph.shape(value)
        switch shape.count {
        case 4 where shape[0] == 1: return (shape[1], shape[2], shape[3])
        case 2 where shape[0] == 1: return (shape[1], 1, 1)
        default: return nil
        }
    }

    private mutating func push(_ step: PlanStep) {
        steps.append(step)
        position[step.output] = steps.count - 1
    }

    /// Gives the step that computes `value` another end, and thereby another output.
    private mutating func extend(_ value: Int, to output: Int, _ change: (inout PlanStep) -> Void) {
        guard let at = position[root(value)] else { return }
        var step = steps[at]
        change(&step)
        step.output = output
        steps[at].output = -1
        push(step)
    }

    private func step(of value: Int) -> PlanStep? { position[root(value)].map { steps[$0] } }

    // MARK: Nodes

    private mutating func add(_ node: Node) {
        if node.activation.map(\.isFusable) == false || !addNative(node) {
            var step = PlanStep(PlanStep.reference, name: node.name, input: node.inputs[0], output: node.output)
            step.activation = node.activation
            references[node.output] = node
            push(step)
            return
        }
        if let activation = node.activation { apply(activation, to: node.output, as: node.output, node.name) }
    }

    private mutating func addNative(_ node: Node) -> Bool {
        let x = node.inputs[0]
        guard let result = plane(node.output),
            node.inputs.allSatisfy({ graph.constants[$0] != nil || plane($0) != nil }),
            graph.constants[x] == nil
        else { return false }
        switch node.operation {
        case .convolution(let window, let groups): return addConvolution(node, window, groups: groups)
        case .gemm(let alpha, let beta, false, let transposesB): return addDense(node, alpha, beta, transposesB)
        case .batchNormalization(let epsilon):
            let parts = node.inputs.dropFirst().compactMap { graph.constants[$0]?.values }
            guard parts.count == 4 else { return false }
            var step = PlanStep(PlanStep.affine, name: node.name, input: x, output: node.output)
            let scale = zip(parts[0], parts[3]).map { $0 / ($1 + epsilon).squareRoot() }
            step.scale = scale
            step.shift = scale.indices.map { parts[1][$0] - parts[2][$0] * scale[$0] }
            push(step)
            return true
        case .activation(let activation):
            guard activation.isFusable else { return false }
            apply(activation, to: x, as: node.output, node.name)
            return true
        case .binary(let function): return addBinary(node, function)
        case .maxPool(let window):
            var step = PlanStep(PlanStep.maxPool, name: node.name, input: x, output: node.output)
            step.window = window
            push(step)
            return true
        case .averagePool(let window, let countsPadding):
            return addAveragePool(node, window, countsPadding: countsPadding)
        case .reduceMean(let axes, _):
            guard graph.shape(x).count == 4, axes.sorted() == [2, 3] else { return false }
            push(PlanStep(PlanStep.globalMean, name: node.name, input: x, output: node.output))
            return true
        case .reshape:
            guard let from = plane(x), from == result || (from.height * from.width == 1 && result.height == 1) else {
                return false
            }
            aliases[node.output] = root(x)
            readers[root(x), default: 0] += (readers[node.output] ?? 0) - 1
            return true
        case .pad(let before, let after, _):
            guard (before + after).allSatisfy({ $0 == 0 }) else { return false }
            aliases[node.output] = root(x)
            readers[root(x), default: 0] += (readers[node.output] ?? 0) - 1
            return true
        case .concat(1):
            guard graph.shape(x).count == 4, node.inputs.allSatisfy({ graph.constants[$0] == nil }) else {
                return false
            }
            concats.append(node)
            push(PlanStep(PlanStep.copy, name: node.name, input: x, output: node.output))
            return true
        default: return false
        }
    }

    private mutating func addConvolution(_ node: Node, _ window: Window, groups: Int) -> Bool {
        guard let weights = graph.constants[node.inputs[1]], graph.shape(node.inputs[0]).count == 4 else {
            return false
        }
        var bias: Tensor?
        if node.inputs.count == 3 {
            guard let constant = graph.constants[node.inputs[2]] else { return false }
            bias = constant
        }
        let isDepthwise = groups > 1 && weights.shape[1] == 1 && weights.shape[0] == groups
        guard groups == 1 || isDepthwise else { return false }
        var step = PlanStep(
            isDepthwise ? PlanStep.depthwise : PlanStep.convolution, name: node.name, input: node.inputs[0],
            output: node.output)
        step.window = window
        step.weights = weights
        step.bias = bias
        push(step)
        return true
    }

    /// A fully connected layer is a 1 x 1 convolution of one pixel.
    private mutating func addDense(_ node: Node, _ alpha: Float, _ beta: Float, _ transposesB: Bool) -> Bool {
        guard alpha == 1, beta == 1, let b = graph.constants[node.inputs[1]], graph.shape(node.inputs[0])[0] == 1 else {
            return false
        }
        let (k, n) = transposesB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        var weights = b
        if !transposesB { weights = gather(b, shape: [n, k], steps: [1, n]) }
        var step = PlanStep(PlanStep.convolution, name: node.name, input: node.inputs[0], output: node.output)
        step.weights = weights.reshaped([n, k, 1, 1])
        if node.inputs.count == 3 {
            guard let c = graph.constants[node.inputs[2]], c.values.count == n else { return false }
            step.bias = c.reshaped([n])
        }
        push(step)
        return true
    }

    private mutating func addBinary(_ node: Node, _ function: BinaryFunction) -> Bool {
        let (a, b) = (node.inputs[0], node.inputs[1])
        if addScaling(node, function) { return true }
        guard graph.constants[a] == nil, graph.constants[b] == nil, let left = plane(a), let right = plane(b),
            graph.shape(a).count == graph.shape(b).count
        else { return false }
        switch function {
        case .add where left == right:
            // The later operand's convolution ends with the sum.
            for (value, other) in [(b, a), (a, b)] where isPrivate(value) && root(a) != root(b) {
                guard let step = step(of: value), step.output == value, step.activation == nil, step.other == nil,
                    step.isProduct
                else { continue }
                extend(value, to: node.output) { $0.other = other }
                return true
            }
            var step = PlanStep(PlanStep.add, name: node.name, input: a, output: node.output)
            step.other = b
            push(step)
            return true
        case .multiply where left == right:
            var step = PlanStep(PlanStep.multiply, name: node.name, input: a, output: node.output)
            step.other = b
            push(step)
            return true
        case .multiply where left.channels == right.channels && graph.shape(a).count == 4:
            let (picture, factor) = right.height * right.width == 1 ? (a, b) : (b, a)
            guard let gate = plane(factor), gate.height * gate.width == 1 else { return false }
            var step = PlanStep(PlanStep.gate, name: node.name, input: picture, output: node.output)
            step.gate = factor
            push(step)
            return true
        default: return false
        }
    }

    /// Arithmetic with one number, or one for each channel: what exporters write for the picture's normalisation.
    private mutating func addScaling(_ node: Node, _ function: BinaryFunction) -> Bool {
        let (x, other) = (node.inputs[0], node.inputs[1])
        guard let constant = graph.constants[other], graph.constants[x] == nil, let extent = plane(x),
            graph.shape(node.output) == graph.shape(x)
        else { return false }
        let rank = graph.shape(x).count
        let shape = Array(repeating: 1, count: max(0, rank - constant.shape.count)) + constant.shape
        let isPerChannel = shape.indices.allSatisfy { shape[$0] == 1 || ($0 == 1 && shape[$0] == extent.channels) }
        guard isPerChannel else { return false }
        let values =
            constant.values.count == 1
            ? Array(repeating: constant.values[0], count: extent.channels) : constant.values
        var step = PlanStep(PlanStep.affine, name: node.name, input: x, output: node.output)
        let (ones, zeros) = (values.map { _ in Float(1) }, values.map { _ in Float(0) })
        switch function {
        case .add: (step.scale, step.shift) = (ones, values)
        case .subtract: (step.scale, step.shift) = (ones, values.map { -$0 })
        case .multiply: (step.scale, step.shift) = (values, zeros)
        case .divide: (step.scale, step.shift) = (values.map { 1 / $0 }, zeros)
        case .power: return false
        }
        guard step.scale?.allSatisfy(\.isFinite) == true else { return false }
        push(step)
        return true
    }

    private mutating func addAveragePool(_ node: Node, _ window: Window, countsPadding: Bool) -> Bool {
        let x = node.inputs[0]
        guard let from = plane(x), let to = plane(node.output) else { return false }
        let edge = window.kernel[0]
        let isExact =
            window.kernel == [edge, edge] && window.strides == [edge, edge] && window.dilations == [1, 1]
            && window.pads == [0, 0, 0, 0] && to.height * edge <= from.height && to.width * edge <= from.width
        if isExact, edge > 1, isPrivate(x), let step = step(of: x), step.output == x, step.isProduct,
            step.window.kernel == [1, 1], step.window.strides == [1, 1], step.window.pads == [0, 0, 0, 0],
            step.activation == nil, step.other == nil, step.readsMean == 1
        {
            extend(x, to: node.output) { $0.readsMean = edge }
            return true
        }
        var step = PlanStep(PlanStep.averagePool, name: node.name, input: x, output: node.output)
        step.window = window
        step.countsPadding = countsPadding
        push(step)
        return true
    }

    /// Lets the step before apply the activation, or adds a step that does.
    private mutating func apply(_ activation: Activation, to value: Int, as output: Int, _ name: String) {
        if let step = step(of: value), step.output == root(value), step.activation == nil,
            step.kind != PlanStep.load, step.kind != PlanStep.reference, step.kind != PlanStep.copy,
            value == output || isPrivate(value), root(value) == value, activation.isFusable
        {
            extend(value, to: output) { $0.activation = activation }
            return
        }
        var step = PlanStep(PlanStep.affine, name: name, input: value, output: output)
        step.activation = activation
        push(step)
    }

    // MARK: Reading through

    /// Moves normalisations and gates that one product alone reads into that product.
    private mutating func fuseReads() {
        for index in steps.indices where steps[index].isProduct && steps[index].output >= 0 {
            let reader = steps[index]
            if let at = position[root(reader.input)], isPrivate(root(reader.input)), steps[at].kind == PlanStep.gate,
                steps[at].activation == nil, reader.gate == nil, reader.window.kernel == [1, 1], reader.readsMean == 1
            {
                steps[index].gate = steps[at].gate
                steps[index].input = steps[at].input
                steps[at].output = -1
            } else if let at = position[root(reader.input)], isPrivate(root(reader.input)),
                steps[at].kind == PlanStep.affine, steps[at].scale != nil, reader.scale == nil, reader.gate == nil,
                reader.window.kernel == [1, 1],
                steps[at].activation == nil || steps[at].activation == .relu
            {
                steps[index].scale = steps[at].scale
                steps[index].shift = steps[at].shift
                steps[index].readsRelu = steps[at].activation == .relu
                steps[index].input = steps[at].input
                steps[at].output = -1
            }
        }
    }
}

extension Activation {
    /// Whether the plan's kernels have it.
    var isFusable: Bool {
        switch self {
        case .relu, .leakyRelu, .clip, .sigmoid, .hardSigmoid, .hardSwish, .swish: true
        default: false
        }
    }
}
