import Synchronization

/// A trained network, compiled for this machine. Immutable after it is loaded; may be shared by threads.
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
    /// The layers whose activations a run keeps; for others they are computed again.
    let keptValues: Set<Int>
    let plan: Plan
    /// Workspaces that wait for the next run, by the number of pictures.
    private let waiting = Mutex<[Int: [Workspace]]>([:])

    /// Reads an ONNX model (opset 11 to 21) with one float input `[1, C, H, W]` and one output of K scores.
    ///
    /// - Parameters:
    ///   - weightsFolder: where the files lie that the model names for its weights; without it such models are refused.
    ///   - layers: layers that will be explained; their activations are kept by each run. Without it, the last one.
    ///   - settings: kernels and threads; by default the machine's best.
    ///
    /// Throws if the file is damaged, asks for more than the engine grants, or uses what it has not.
    public convenience init(
        onnx bytes: [UInt8], weightsFolder: String? = nil, explaining layers: [String]? = nil,
        settings: EngineSettings = EngineSettings()
    ) throws(TensorError) {
        let graph = try Graph(onnx: bytes, external: weightsFolder.map { ExternalWeights(folder: $0) })
        try self.init(graph, explaining: layers, settings: settings)
    }

    package init(
        _ source: Graph, explaining wanted: [String]? = nil, settings: EngineSettings = EngineSettings()
    ) throws(TensorError) {
        LinearAlgebra.prepare()
        let graph = source.foldingNormalization().recognisingSwish().fusingActivations()
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
        var kept: Set<Int> = [value, graph.output]
        for name in wanted ?? names.suffix(1) {
            guard let layer = layers[name] else { throw .unknownLayer(name: printable(name), valid: names) }
            kept.insert(layer)
        }
        keptValues = kept
        plan = Plan(graph, kept: kept, settings: settings)
    }

    /// Multiplications and additions of one picture, as the network defines them.
    public var operations: Int { plan.report.map(\.operations).reduce(0, +) }

    /// The last convolutional activation before the picture's plane is summed up; empty if there is none.
    public var defaultExplanationLayer: String { layerNames.last ?? "" }

    /// Scores one picture of the shape `inputShape`, and keeps the activations. Throws if the shape differs or the
    /// result is not finite.
    public func run(_ input: Tensor) throws(TensorError) -> Run {
        guard input.shape == inputShape else { throw .inputShape(expected: inputShape, given: input.shape) }
        let lease = lend(1)
        unsafe plan.run(input.values, in: lease.workspace)
        return try result(lease, 0, input)
    }

    /// Scores several pictures at once. Each result has the same bits as that of the picture alone.
    public func run(batch inputs: [Tensor]) throws(TensorError) -> [Run] {
        for input in inputs where input.shape != inputShape {
            throw .inputShape(expected: inputShape, given: input.shape)
        }
        guard inputs.count <= Limits.batch else {
            throw .limitExceeded(quantity: "pictures of a batch", limit: Limits.batch)
        }
        if inputs.isEmpty { return [] }
        let lease = lend(inputs.count)
        unsafe plan.run(inputs.flatMap(\.values), in: lease.workspace)
        var runs: [Run] = []
        for (index, input) in inputs.enumerated() { runs.append(try result(lease, index, input)) }
        return runs
    }

    private func result(_ lease: WorkspaceLease, _ image: Int, _ input: Tensor) throws(TensorError) -> Run {
        let logits = plan.value(logitValue, image, in: lease.workspace).values
        let probabilities =
            logitValue == graph.output
            ? logits.map { 1 / (1 + Float.exponential(-$0)) }
            : plan.value(graph.output, image, in: lease.workspace).values
        guard (logits + probabilities).allSatisfy(\.isFinite) else { throw .notFinite }
        return Run(model: self, lease: lease, image: image, input: input, logits: logits, probabilities: probabilities)
    }

    /// A workspace that comes back when its lease ends.
    func lend(_ images: Int) -> WorkspaceLease {
        let workspace = waiting.withLock { $0[images]?.popLast() } ?? Workspace(plan, images: images)
        return WorkspaceLease(model: self, workspace: workspace)
    }

    func giveBack(_ workspace: Workspace) {
        waiting.withLock { waiting in
            guard waiting[workspace.images, default: []].count < Limits.waitingWorkspaces else { return }
            waiting[workspace.images, default: []].append(workspace)
        }
    }
}

/// Holds a workspace for as long as a run's activations may be read.
final class WorkspaceLease: Sendable {
    let workspace: Workspace
    private let model: Model

    init(model: Model, workspace: Workspace) {
        self.model = model
        self.workspace = workspace
    }

    deinit { model.giveBack(workspace) }
}

extension Graph {
    /// The values on which a value depends, itself among them.
    func contributors(to value: Int) -> Set<Int> {
        var needed: Set<Int> = [value]
        for node in nodes.reversed() where needed.contains(node.output) { needed.formUnion(node.inputs) }
        return needed
    }

    /// The nodes through which a value reaches another, in order.
    func path(from begin: Int, to end: Int) -> [Node] {
        let contributing = contributors(to: end)
        var reached: Set<Int> = [begin]
        return nodes.filter { node in
            guard node.output != begin, contributing.contains(node.output),
                node.inputs.contains(where: reached.contains)
            else { return false }
            reached.insert(node.output)
            return true
        }
    }
}
