// Passes over a graph that change its work and not its result.

extension Graph {
    /// Leaves out nodes on which the output does not depend.
    package func withoutDeadNodes() -> Graph {
        var needed: Set<Int> = [output]
        var kept: [Node] = []
        for node in nodes.reversed() where needed.contains(node.output) {
            needed.formUnion(node.inputs)
            kept.append(node)
        }
        var graph = self
        graph.replaceNodes(kept.reversed())
        graph.constants = graph.constants.filter { needed.contains($0.key) }
        return graph
    }

    /// Folds every batch normalisation that alone reads a convolution's result into that convolution's weights.
    ///
    /// y = s * (W x + b - mean) + shift with s = scale / sqrt(variance + epsilon) is a convolution with weights s * W
    /// and bias s * (b - mean) + shift. The convolution then bears the name of the normalisation's output.
    package func foldingNormalization() -> Graph {
        var readers: [Int: Int] = [:]
        for node in nodes { for input in node.inputs { readers[input, default: 0] += 1 } }
        readers[output, default: 0] += 1

        var graph = self
        var folded: [Node] = []
        var position: [Int: Int] = [:]
        for node in nodes {
            if case .batchNormalization(let epsilon) = node.operation, let at = position[node.inputs[0]],
                readers[node.inputs[0]] == 1, case .convolution = folded[at].operation,
                let parts = foldedWeights(folded[at], node, epsilon: epsilon)
            {
                let weights = graph.addConstant("\(node.name).weight", parts.weights)
                let bias = graph.addConstant("\(node.name).bias", parts.bias)
                folded[at].inputs = [folded[at].inputs[0], weights, bias]
                folded[at].output = node.output
                position[node.output] = at
            } else {
                folded.append(node)
                position[node.output] = folded.count - 1
            }
        }
        graph.replaceNodes(folded)
        return graph.withoutDeadNodes()
    }

    /// Takes x * sigmoid(x) and x * hardSigmoid(x), as exporters write them, for what they are.
    package func recognisingSwish() -> Graph {
        var producers: [Int: Node] = [:]
        for node in nodes { producers[node.output] = node }
        var graph = self
        graph.replaceNodes(
            nodes.map { node in
                guard node.operation == .binary(.multiply) else { return node }
                for (x, gate) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
                    guard let producer = producers[gate], producer.inputs == [x], producer.activation == nil,
                        case .activation(let activation) = producer.operation
                    else { continue }
                    let whole: Activation? =
                        switch activation {
                        case .sigmoid: .swish
                        case .hardSigmoid(let slope, 0.5) where abs(slope - 1 / 6) < 1e-6: .hardSwish
                        default: nil
                        }
                    guard let whole else { continue }
                    var swish = Node(name: node.name, operation: .activation(whole), inputs: [x], output: node.output)
                    swish.activation = node.activation
                    return swish
                }
                return node
            })
        return graph.withoutDeadNodes()
    }

    /// Lets convolutions, normalisations and sums apply the activation that alone reads their result.
    ///
    /// Only activations whose slope follows from their result, because the value before them is then gone; and not the
    /// last, because the value before it are the logits.
    package func fusingActivations() -> Graph {
        var readers: [Int: Int] = [:]
        for node in nodes { for input in node.inputs { readers[input, default: 0] += 1 } }
        readers[output, default: 0] += 1

        var graph = self
        var fused: [Node] = []
        var position: [Int: Int] = [:]
        for node in nodes {
            if case .activation(let activation) = node.operation, node.output != output,
                activation.slopeFollowsFromResult,
                let at = position[node.inputs[0]], readers[node.inputs[0]] == 1, fused[at].activation == nil,
                fused[at].operation.takesActivation
            {
                fused[at].activation = activation
                fused[at].output = node.output
                position[node.output] = at
            } else {
                fused.append(node)
                position[node.output] = fused.count - 1
            }
        }
        graph.replaceNodes(fused)
        return graph
    }

    private func foldedWeights(
        _ convolution: Node, _ normalization: Node, epsilon: Float
    ) -> (weights: Tensor, bias: Tensor)? {
        let parameters = normalization.inputs.dropFirst().compactMap { constants[$0] }
        guard parameters.count == 4, var weights = constants[convolution.inputs[1]] else { return nil }
        let outputs = weights.shape[0]
        var bias = Tensor(shape: [outputs], repeating: 0)
        if convolution.inputs.count == 3 {
            guard let given = constants[convolution.inputs[2]] else { return nil }
            bias = given
        }
        let depth = weights.values.count / outputs
        for channel in 0..<outputs {
            let factor = parameters[0].values[channel] / (parameters[3].values[channel] + epsilon).squareRoot()
            for index in channel * depth..<(channel + 1) * depth { weights.values[index] *= factor }
            bias.values[channel] =
                (bias.values[channel] - parameters[2].values[channel]) * factor + parameters[1].values[channel]
        }
        return (weights, bias)
    }
}

extension Activation {
    /// Whether f'(x) can be told from f(x).
    fileprivate var slopeFollowsFromResult: Bool {
        switch self {
        case .relu, .clip, .sigmoid, .hardSigmoid, .tanh: true
        case .leakyRelu(let slope): slope > 0
        case .exp: true
        case .hardSwish, .swish, .sqrt, .erf, .gelu: false
        }
    }
}

extension Operation {
    fileprivate var takesActivation: Bool {
        switch self {
        case .convolution, .batchNormalization, .binary: true
        default: false
        }
    }
}
