/// A trained network, ready to run on one picture at a time. Immutable after it is loaded; may be shared by threads.
public final class Model: Sendable {
    /// The shape of the picture that it takes: `[1, C, H, W]`.
    public let inputShape: [Int]
    /// Number of findings that it scores.
    public let outputCount: Int
    /// Values with a plane of more than one pixel, in the order of computation: those that Grad-CAM may name. Where an
    /// activation follows a convolution or a sum directly, only the value after it is kept.
    public let layerNames: [String]

    let graph: Graph
    /// The value before the model's own last sigmoid or softmax, `[1, K]` or `[1, K, 1, 1]`.
    let logitValue: Int
    let layers: [String: Int]

    /// Reads an ONNX model (opset 11 to 21) with one float input `[1, C, H, W]` and one output of K scores.
    ///
    /// Batch normalisation is folded into the convolutions before it. Throws if the file is damaged, asks for more than
    /// the engine grants, or uses what it has not.
    public convenience init(onnx bytes: [UInt8]) throws(TensorError) {
        try self.init(Graph(onnx: bytes))
    }

    package init(_ source: Graph) throws(TensorError) {
        LinearAlgebra.prepare()
        var graph = source.foldingNormalization().fusingActivations()
        graph.packWeights()
        self.graph = graph
        inputShape = graph.shape(graph.input)

        var value = graph.output
        if let last = graph.producer(of: value) {
            switch last.operation {
            case .activation(.sigmoid), .softmax: value = last.inputs[0]
            default: break
            }
        }
        guard value != graph.input else { throw .unsupportedModel(detail: "it computes nothing") }
        logitValue = value
        let shape = graph.shape(value)
        outputCount = shape.reduce(1, *)
        guard shape.count <= 1 || shape[0] == 1, shape.filter({ $0 > 1 }).count <= 1 else {
            throw .unsupportedModel(detail: "its output has the shape \(shape), not one row of scores")
        }

        let contributing = graph.contributors(to: value)
        var names: [String] = []
        var layers: [String: Int] = [:]
        for node in graph.nodes where contributing.contains(node.output) {
            let shape = graph.shape(node.output)
            guard shape.count == 4, shape[2] * shape[3] > 1 else { continue }
            let name = graph.values[node.output].name
            guard layers.updateValue(node.output, forKey: name) == nil else {
                throw .unsupportedModel(detail: "two of its layers are named '\(name)'")
            }
            names.append(name)
        }
        layerNames = names
        self.layers = layers
    }

    /// The last convolutional activation before the picture's plane is summed up; empty if there is none.
    public var defaultExplanationLayer: String { layerNames.last ?? "" }

    /// Scores one picture of the shape `inputShape`, and keeps the activations. Throws if the shape differs or the
    /// result is not finite.
    public func run(_ input: Tensor) throws(TensorError) -> Run {
        let tape = try graph.forward(input)
        let logits = graph.value(of: logitValue, on: tape).values
        let probabilities =
            logitValue == graph.output
            ? logits.map { 1 / (1 + Float.exponential(-$0)) } : graph.value(of: graph.output, on: tape).values
        guard (logits + probabilities).allSatisfy(\.isFinite) else { throw .notFinite }
        return Run(model: self, tape: tape, logits: logits, probabilities: probabilities)
    }
}

extension Graph {
    /// The values on which a value depends, itself among them.
    func contributors(to value: Int) -> Set<Int> {
        var needed: Set<Int> = [value]
        for node in nodes.reversed() where needed.contains(node.output) { needed.formUnion(node.inputs) }
        return needed
    }
}
