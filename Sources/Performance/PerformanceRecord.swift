import Foundation

/// What is remembered of one image that a model was asked about: when, from whom, how long, with what outcome.
///
/// Names no image, study or patient. Milliseconds throughout.
public struct PerformanceRecord: Sendable, Codable, Hashable {
    /// What became of the image.
    public enum Outcome: String, Sendable, Codable, Hashable, CaseIterable {
        case analysed
        /// The model must not look at it; `code` says why.
        case notEligible = "not-eligible"
        /// Set aside for a person, or refused, for its pixels.
        case held
        /// It could not be analysed; `code` is the class of the error.
        case failed
    }

    /// The stages of analysis, in their order.
    public enum Stage: String, Sendable, Codable, Hashable, CaseIterable {
        /// Decrypted, and the header read.
        case open
        /// Decoded, searched for text, made into a picture.
        case clear
        /// The network's run.
        case classify
        /// Heat map and its rendering.
        case explain
        /// Sealed for filing.
        case seal
    }

    /// When it was finished; since 1970-01-01 UTC.
    public var at: Int64
    /// Id and version.
    public var model: String
    /// The first 16 digits of the SHA-256 of the weights.
    public var weights: String
    /// AE title of the sender.
    public var source: String
    /// Keyed pseudonym of the device.
    public var device: String?
    public var outcome: Outcome
    /// A stable code (`ELI-003`), where it was not analysed.
    public var code: String?
    /// The highest probability of the model's findings, 0…1.
    public var score: Double?
    /// `present`, `undetermined` or `absent`: of the finding with the highest probability.
    public var presence: String?
    /// How long each stage took.
    public var stages: [Stage.RawValue: Double]
    /// From the answer to the sender until work on it began.
    public var waited: Double?

    public init(
        at: Int64, model: String, weights: String, source: String, device: String? = nil, outcome: Outcome,
        code: String? = nil, score: Double? = nil, presence: String? = nil, stages: [Stage: Double] = [:],
        waited: Double? = nil
    ) {
        self.at = at
        self.model = model
        self.weights = weights
        self.source = source
        self.device = device
        self.outcome = outcome
        self.code = code
        self.score = score
        self.presence = presence
        self.stages = Dictionary(
            uniqueKeysWithValues: stages.map { ($0.key.rawValue, ($0.value * 1000).rounded() / 1000) })
        self.waited = waited
    }

    /// One line of JSON, with its sequence number first and no line end.
    public func line(_ sequence: Int64) throws -> [UInt8] { Self.line(try text(), sequence) }

    /// The record as JSON, keys sorted.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The model of a record as ``text()`` wrote it.
    static func model(of text: String) -> String? {
        (try? JSONDecoder().decode(PerformanceRecord.self, from: Data(text.utf8)))?.model
    }

    static func line(_ text: String, _ sequence: Int64) -> [UInt8] {
        Array("{\"n\":\(sequence),\(text.dropFirst())".utf8)
    }
}
