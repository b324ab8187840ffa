import Durability
import Foundation
import Inference
import ModelCard
import Registry

/// The caller's side of registering: reads the files as the person who asks, and hands them over in pieces.
public enum ModelRegistration {
    /// Bytes of a piece: in base 64 it must fit a request.
    private static let pieceBytes = 45_000

    /// Throws what the gateway refuses. The files stay as they are.
    public static func register(
        weights: String, card: String, evaluation: String?, reason: String?, configuration: GatewayConfiguration
    ) throws -> JSONValue {
        try Door.session(configuration) { ask in
            var arguments = [
                "weights": try upload(weights, .weights, ask), "card": try upload(card, .passport, ask),
            ]
            if let evaluation { arguments["evaluation"] = try upload(evaluation, .evaluation, ask) }
            return try ask(AdministrationRequest("model register", arguments, reason: reason))
        }
    }

    /// Whether files would be taken, without a gateway: hash, card, network, and evaluation against the gates.
    public static func validate(
        weights: String, card: String, evaluation: String?, configuration: GatewayConfiguration
    ) throws -> JSONValue {
        let package = try ModelPackage(card: read(card, .passport), onnx: read(weights, .weights))
        try ModelOffice.check(package.card)
        let trial = try ModelTrial.load(package).trial
        var failures: [String] = ["no evaluation report"]
        var figures: JSONValue = .null
        if let evaluation {
            let report = try EvaluationReport(read(evaluation, .evaluation), about: package)
            let label = package.card.labels.first { $0.name == report.label }
            let computed = try report.figures(threshold: label?.threshold ?? 0.5)
            failures = configuration.modelGates.failures(computed)
            figures = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(computed))
        }
        return .object([
            "id": .string(package.card.id), "version": .string(package.card.version),
            "sha256": .string(package.card.sha256), "loadMilliseconds": .number(trial.loadMilliseconds),
            "latencyMilliseconds": .number(trial.latencyMilliseconds), "memoryBytes": .number(trial.memoryBytes),
            "evaluation": figures, "gates": .array(failures.map { .string($0) }),
            "promotable": .bool(failures.isEmpty),
        ])
    }

    private static func upload(
        _ path: String, _ kind: ModelShelf.Kind, _ ask: (AdministrationRequest) throws -> JSONValue
    ) throws -> String {
        let bytes = try read(path, kind)
        var name: String?
        var start = 0
        repeat {
            let piece = bytes[start..<min(start + pieceBytes, bytes.count)]
            var arguments = ["data": Data(piece).base64EncodedString()]
            arguments["upload"] = name
            name = try ask(AdministrationRequest("model upload", arguments))["upload"].text
            start += pieceBytes
        } while start < bytes.count
        guard let name else { throw GatewayError.badRequest("the gateway did not take the file") }
        return name
    }

    /// The typed path stays out of every message.
    private static func read(_ path: String, _ kind: ModelShelf.Kind) throws -> [UInt8] {
        let what = kind == .weights ? "file of weights" : kind == .passport ? "model card" : "evaluation report"
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let bytes = FileManager.default.contents(atPath: path), !bytes.isEmpty
        else { throw GatewayError.notFound("\(what) at the given path, or it is empty or may not be read") }
        guard (attributes[.size] as? Int ?? bytes.count) <= kind.limitMiB << 20 else {
            throw RegistryError.tooLarge(limitMiB: kind.limitMiB)
        }
        return Array(bytes)
    }
}
