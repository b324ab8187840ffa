import Foundation

/// One picture's passage through a model, with its activations for the explanation. Never persisted.
public struct Run: Sendable {
    let model: Model
    let tape: Tape

    /// The scores before sigmoid or softmax, one for each finding.
    public let logits: [Float]
    /// The scores after the model's own last activation, or after a sigmoid where it ends in logits; 0 to 1.
    public let probabilities: [Float]

    init(model: Model, tape: Tape, logits: [Float], probabilities: [Float]) {
        self.model = model
        self.tape = tape
        self.logits = logits
        self.probabilities = probabilities
    }

    /// The activation `[1, C, h, w]` of a layer. Throws if the model has no such layer.
    public func activation(_ layer: String) throws(TensorError) -> Tensor {
        model.graph.value(of: try index(layer), on: tape)
    }

    /// The gradient of one logit with respect to a layer's activation, `[1, C, h, w]`. Throws if the model has no such
    /// layer or logit.
    public func gradient(ofLogit index: Int, at layer: String) throws(TensorError) -> Tensor {
        guard logits.indices.contains(index) else { throw .unknownLogit(index: index, count: logits.count) }
        let target = try self.index(layer)
        var seed = Tensor(shape: model.graph.shape(model.logitValue), repeating: 0)
        seed.values[index] = 1
        let gradients = model.graph.backward(tape, from: model.logitValue, seed: seed, to: [target])
        return gradients[target] ?? Tensor(shape: model.graph.shape(target), repeating: 0)
    }

    private func index(_ layer: String) throws(TensorError) -> Int {
        guard let value = model.layers[layer] else {
            throw .unknownLayer(name: printable(layer), valid: model.layerNames)
        }
        return value
    }
}

extension Float {
    static func exponential(_ value: Float) -> Float { Foundation.exp(value) }
}
