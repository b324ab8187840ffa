import Explanation
import Foundation
import Inference
import ModelCard
import Passage
import Radiography

/// Runs a model on a file: the daemon's own decoding, preparation and network, without its queue.
public struct Prediction: Sendable {
    let classifier: Classifier
    private let executable: String

    /// Loads a model; the built-in one if none is given.
    public init(_ package: ModelPackage? = nil, executable: String) throws {
        classifier = try Classifier(package ?? .builtIn())
        self.executable = executable
    }

    /// The passport of the model.
    public var card: ModelCard { classifier.card }

    /// - Parameters:
    ///   - file: a DICOM file, a baseline JPEG or a PNG.
    ///   - isRaw: also the network's input, row-major `[1, 1, H, W]`, and its logits, for comparison with other engines.
    public func predict(_ file: [UInt8], isRaw: Bool = false) throws -> JSONValue {
        let picture = try picture(file)
        let (findings, run) = try classifier.classify(picture, remarks: [])
        let raw: (input: [Float], logits: [Float]) =
            isRaw ? (classifier.input(picture), run.logits) : ([], [])
        return .object([
            "input": .array(raw.input.map { .number(Double($0)) }),
            "evidence": .array(
                try isRaw
                    ? GradCAM.evidence(in: run, logit: 0, layer: classifier.card.explanationLayer).values.map {
                        .number(Double($0))
                    } : []),
            "logits": .array(raw.logits.map { .number(Double($0)) }),
            "model": .string("\(findings.modelID) \(findings.modelVersion)"),
            "findings": .array(
                findings.findings.map {
                    .object([
                        "label": .string($0.label), "probability": .number($0.probability),
                        "presence": .string($0.presence.rawValue), "threshold": .number($0.threshold),
                    ])
                }),
        ])
    }

    func picture(_ file: [UInt8]) throws -> Picture {
        try PictureReader(executable: executable).picture(file)
    }
}
