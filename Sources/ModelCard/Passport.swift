import Foundation

/// The passport of a registered model: what the gateway knew of it when it was let in, signed and never changed.
///
/// The card (labels with their codes, preparation of pixels, thresholds, explanation layer, intended population) is in it
/// as the very text that came with the weights. Format: `Conformance/Formats/Passport.md`.
public struct Passport: Sendable, Codable, Hashable {
    /// The weights that the passport was made for.
    public struct Weights: Sendable, Codable, Hashable {
        /// Lower-case hexadecimal SHA-256 of the ONNX file.
        public let sha256: String
        public let bytes: Int

        public init(sha256: String, bytes: Int) {
            self.sha256 = sha256
            self.bytes = bytes
        }
    }

    /// What the model says of pictures that every gateway can draw: other answers mean other weights, another engine, or
    /// another preparation of pixels.
    public struct KnownAnswer: Sendable, Codable, Hashable {
        /// Names the pictures; see `Inference.KnownAnswerPictures`.
        public let pictures: String
        /// Per picture, the probability of each label, 0…1.
        public let probabilities: [[Double]]
        /// Largest difference that still counts as the same answer: processors differ in the order of their sums.
        public let tolerance: Double

        public init(pictures: String, probabilities: [[Double]], tolerance: Double) {
            self.pictures = pictures
            self.probabilities = probabilities
            self.tolerance = tolerance
        }
    }

    /// What an evaluation report showed, computed from its cases when the model was registered.
    public struct Evaluation: Sendable, Codable, Hashable {
        /// Of the report's file.
        public let sha256: String
        public let label: String
        public let cases: Int
        public let positives: Int
        public let auroc: Double
        /// At the card's threshold.
        public let sensitivity: Double
        public let specificity: Double
        /// Expected calibration error, ten bins of equal width.
        public let ece: Double

        public init(
            sha256: String, label: String, cases: Int, positives: Int, auroc: Double, sensitivity: Double,
            specificity: Double, ece: Double
        ) {
            self.sha256 = sha256
            self.label = label
            self.cases = cases
            self.positives = positives
            self.auroc = auroc
            self.sensitivity = sensitivity
            self.specificity = specificity
            self.ece = ece
        }
    }

    /// Where the model came from.
    public enum Origin: String, Sendable, Codable, Hashable {
        /// Part of the program: its evaluation is that of the release.
        case builtIn = "built-in"
        case site
    }

    public let id: String
    public let version: String
    public let origin: Origin
    public let weights: Weights
    /// The model card, as it came: JSON.
    public let card: String
    public let knownAnswer: KnownAnswer
    /// `nil` if the model came without one: it can be watched in a shadow, not promoted.
    public let evaluation: Evaluation?
    /// Milliseconds since 1970-01-01 UTC.
    public let registeredAt: Int64

    public init(
        package: ModelPackage, card: String, origin: Origin, knownAnswer: KnownAnswer, evaluation: Evaluation?,
        registeredAt: Int64
    ) {
        id = package.card.id
        version = package.card.version
        self.origin = origin
        weights = Weights(sha256: package.card.sha256, bytes: package.onnx.count)
        self.card = card
        self.knownAnswer = knownAnswer
        self.evaluation = evaluation
        self.registeredAt = registeredAt
    }

    /// `id version`, as people write it.
    public var title: String { "\(id) \(version)" }
}
