import CTensorKernels
import Foundation

/// One picture's passage through a model, with its activations for the explanation. Never persisted.
public struct Run: Sendable {
    let model: Model
    private let lease: WorkspaceLease
    private let image: Int
    private let input: Tensor

    /// The scores before sigmoid or softmax, one for each finding.
    public let logits: [Float]
    /// The scores after the model's own last activation, or after a sigmoid where it ends in logits; 0 to 1.
    public let probabilities: [Float]

    init(model: Model, lease: WorkspaceLease, image: Int, input: Tensor, logits: [Float], probabilities: [Float]) {
        self.model = model
        self.lease = lease
        self.image = image
        self.input = input
        self.logits = logits
        self.probabilities = probabilities
    }

    /// The activation `[1, C, h, w]` of a layer. Throws if the model has no such layer.
    public func activation(_ layer: String) throws(TensorError) -> Tensor {
        let value = try index(layer)
        if model.keptValues.contains(value) { return model.plan.value(value, image, in: lease.workspace) }
        return model.graph.value(of: value, on: try wholeTape())
    }

    /// The gradient of one logit with respect to a layer's activation, `[1, C, h, w]`. Throws if the model has no such
    /// layer or logit.
    ///
    /// Only what lies between the two is gone through. What the run did not keep is computed again.
    public func gradient(ofLogit index: Int, at layer: String) throws(TensorError) -> Tensor {
        guard logits.indices.contains(index) else { throw .unknownLogit(index: index, count: logits.count) }
        let graph = model.graph
        let target = try self.index(layer)
        let path = graph.path(from: target, to: model.logitValue)
        let computed = Set(path.map(\.output)).union([target])
        let standsAlone = path.allSatisfy { node in
            node.inputs.allSatisfy { computed.contains($0) || graph.constants[$0] != nil }
        }
        let tape: Tape
        if standsAlone, model.keptValues.contains(target) {
            var tail = Tape(values: [Tensor?](repeating: nil, count: graph.values.count))
            tail.values[target] = model.plan.value(target, image, in: lease.workspace)
            graph.forward(path, on: &tail)
            tape = tail
        } else {
            tape = try wholeTape()
        }
        var seed = Tensor(shape: graph.shape(model.logitValue), repeating: 0)
        seed.values[index] = 1
        let gradients = graph.backward(tape, from: model.logitValue, seed: seed, to: [target], within: path)
        return gradients[target] ?? Tensor(shape: graph.shape(target), repeating: 0)
    }

    /// What each channel of a layer adds to a logit, `[C]`: the gradient, summed over the plane. `nil` where the head
    /// behind the layer is not one mean over the plane and one matrix, so that it must be asked of reverse mode.
    public func linearWeights(ofLogit index: Int, at layer: String) throws(TensorError) -> [Float]? {
        guard logits.indices.contains(index) else { throw .unknownLogit(index: index, count: logits.count) }
        let target = try self.index(layer)
        return model.linearHead(behind: target).map { head in
            let channels = head.shape[1]
            return Array(head.values[index * channels..<(index + 1) * channels])
        }
    }

    /// The sum of a layer's channels, each times its weight; `[h, w]`. Throws if the model has no such layer.
    public func weightedSum(of layer: String, weights: [Float]) throws(TensorError) -> Tensor {
        let value = try index(layer)
        let shape = model.graph.shape(value)
        precondition(weights.count == shape[1], "a weight for each channel")
        guard model.keptValues.contains(value), var view = model.plan.view(value) else {
            let activation = try activation(layer)
            let area = shape[2] * shape[3]
            var sum = [Float](repeating: 0, count: area)
            for (channel, weight) in weights.enumerated() where weight != 0 {
                for place in 0..<area { sum[place] += weight * activation.values[channel * area + place] }
            }
            return Tensor(shape: [shape[2], shape[3]], values: sum)
        }
        return unsafe makeTensor([shape[2], shape[3]]) { map in
            unsafe ctk_weigh_view(
                lease.workspace.arena.base + image * model.plan.arenaFloats, &view, weights, map)
        }
    }

    private func wholeTape() throws(TensorError) -> Tape {
        try model.graph.forward(input, parallel: Parallel(threads: model.plan.settings.threads))
    }

    private func index(_ layer: String) throws(TensorError) -> Int {
        guard let value = model.layers[layer] else {
            throw .unknownLayer(name: printable(layer), valid: model.layerNames)
        }
        return value
    }
}

extension Model {
    /// The weights `[K, C]` of the head behind a layer, where it is a mean over the plane and one matrix.
    func linearHead(behind layer: Int) -> Tensor? {
        let path = graph.path(from: layer, to: logitValue)
        let shape = graph.shape(layer)
        var value = layer
        var isAveraged = false
        for node in path {
            guard node.inputs[0] == value, node.activation == nil else { return nil }
            value = node.output
            switch node.operation {
            case .reduceMean(let axes, _) where axes.sorted() == [2, 3] && !isAveraged: isAveraged = true
            case .averagePool(let window, _)
            where !isAveraged && window.kernel == [shape[2], shape[3]] && window.pads == [0, 0, 0, 0]: isAveraged = true
            case .reshape where isAveraged: break
            case .gemm(1, 1, false, let transposesB) where isAveraged && value == logitValue:
                guard let matrix = graph.constants[node.inputs[1]] else { return nil }
                return transposesB
                    ? matrix : gather(matrix, shape: matrix.shape.reversed(), steps: [1, matrix.shape[1]])
            case .convolution(let window, 1) where isAveraged && value == logitValue && window.kernel == [1, 1]:
                return graph.constants[node.inputs[1]].map { $0.reshaped([$0.shape[0], $0.shape[1]]) }
            default: return nil
            }
        }
        return nil
    }
}

extension Float {
    static func exponential(_ value: Float) -> Float { Foundation.exp(value) }
}
