import ModelCard
import Passage
import Radiography
import Tensors

/// A loaded model that looks at pictures. Loaded once, shared by all who ask.
public final class Classifier: Sendable {
    public let card: ModelCard
    private let model: Model

    /// Compiles the model; throws if its network does not fit its passport.
    public init(_ package: ModelPackage) throws(InferenceError) {
        do {
            model = try Model(onnx: package.onnx, explaining: [package.card.explanationLayer])
        } catch TensorError.unknownLayer(let name, let valid) {
            throw .layer(name, valid: valid)
        } catch {
            throw .network(error)
        }
        card = package.card
        guard model.outputCount == card.labels.count,
            model.inputShape == [1, 1, card.input.height, card.input.width]
        else { throw .doesNotFit(model: card.title) }
    }

    /// What the network gets to see of a picture: row-major `[1, 1, H, W]`, prepared as the passport says.
    public func input(_ picture: Picture) -> [Float] {
        PixelPipeline.networkInput(
            picture, width: card.input.width, height: card.input.height, mean: card.input.mean, std: card.input.std)
    }

    /// Looks at one picture.
    ///
    /// The activations of the passport's explanation layer are kept for the heat map.
    ///
    /// - Returns: what the model says, and the run itself, from which the heat map is explained. The run is not kept.
    public func classify(
        _ picture: Picture, remarks: [Eligibility.Remark]
    ) throws(InferenceError) -> (findings: Findings, run: Run) {
        try classify(input: input(picture), remarks: remarks)
    }

    /// The network's own features of a picture, `[C]`: the mean of each channel of the explanation layer.
    func features(of run: Run) throws(InferenceError) -> [Float] {
        do {
            let activation = try run.activation(card.explanationLayer)
            let area = activation.shape[2] * activation.shape[3]
            return (0..<activation.shape[1]).map { channel in
                activation.values[(channel * area)..<((channel + 1) * area)].reduce(0, +) / Float(area)
            }
        } catch {
            throw .network(error)
        }
    }

    /// What the network is shown of a picture, and its own features of it.
    public func look(_ picture: Picture) throws(InferenceError) -> (input: [Float], features: [Float]) {
        let input = input(picture)
        return (input, try features(of: try classify(input: input, remarks: []).run))
    }

    /// Looks at what ``input(_:)`` made of a picture.
    public func classify(
        input: [Float], remarks: [Eligibility.Remark]
    ) throws(InferenceError) -> (findings: Findings, run: Run) {
        let run: Run
        do {
            run = try model.run(Tensor(shape: model.inputShape, values: input))
        } catch {
            throw .network(error)
        }
        let findings = zip(card.labels, run.probabilities).map { label, probability in
            Finding(
                label: label.name, code: label.code, probability: Double(probability), threshold: label.threshold,
                lowerThreshold: label.lowerThreshold)
        }
        return (
            Findings(
                modelID: card.id, modelVersion: card.version, modelHash: card.sha256, findings: findings,
                remarks: remarks), run
        )
    }
}

/// Why a model cannot be used, or could not look.
public enum InferenceError: Error, Sendable, CustomStringConvertible {
    case network(TensorError)
    case doesNotFit(model: String)
    case layer(String, valid: [String])

    public var code: String {
        switch self {
        case .network: "INF-001"
        case .doesNotFit: "INF-002"
        case .layer: "INF-003"
        }
    }

    public var description: String {
        switch self {
        case .network(let error): "\(code): \(error)"
        case .doesNotFit(let model):
            "\(code): the network of \(model) has another input or another number of outputs than its passport says"
        case .layer(let name, let valid):
            "\(code): the model has no layer '\(name)' to explain; it has: \(valid.joined(separator: ", "))"
        }
    }
}
