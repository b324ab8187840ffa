import Foundation

/// The passport of a model: what it is called, what it looks at, what its output means, and for whom it was made.
///
/// It lies beside the weights as `model.json`; the hash binds the two together.
public struct ModelCard: Sendable, Codable, Hashable {
    /// One finding that the model speaks of, in the order of its outputs.
    public struct Label: Sendable, Codable, Hashable {
        public let name: String
        /// Value, coding scheme, meaning.
        public let code: [String]
        /// A probability at or above this is reported as present; 0…1.
        public let threshold: Double
        /// A probability below this is reported as absent; between the two it is undetermined. At most `threshold`.
        public let lowerThreshold: Double
    }

    /// How a picture becomes the network's input.
    public struct Input: Sendable, Codable, Hashable {
        public let width: Int
        public let height: Int
        public let mean: Float
        public let std: Float
        /// `percentile-0.5-99.5`.
        public let intensity: String
        /// `squash`: aspect ratio is not kept.
        public let resize: String
    }

    /// For whom the model was made.
    public struct Population: Sendable, Codable, Hashable {
        public let minimumAgeYears: Int
        public let maximumAgeYears: Int
        public let views: [String]
    }

    public let id: String
    public let version: String
    public let labels: [Label]
    public let input: Input
    public let population: Population
    /// The layer whose activations Grad-CAM explains.
    public let explanationLayer: String
    /// Grad-CAM evidence, in logits, that a heat map shows at full scale; measured on training radiographs.
    public let explanationFullScale: Float
    /// Attribution of the training data.
    public let trainingData: String
    /// Lower-case hexadecimal SHA-256 of the ONNX file.
    public let sha256: String

    /// `id version`, as people write it.
    public var title: String { "\(id) \(version)" }
}
