import DICOMCore

/// How a probability is worded against the two thresholds of its label.
public enum Presence: String, Sendable, Codable, Hashable, CaseIterable {
    case present, undetermined, absent

    /// As a legend or a list shows it; an absent finding is not called normal.
    public var words: String { self == .absent ? "not found" : rawValue }

    /// - Parameters:
    ///   - probability: 0…1.
    ///   - threshold: at or above is present.
    ///   - lowerThreshold: below is absent.
    public init(probability: Double, threshold: Double, lowerThreshold: Double) {
        self =
            probability >= threshold ? .present : probability >= lowerThreshold ? .undetermined : .absent
    }
}

/// What the model said of one label.
public struct Finding: Sendable, Codable, Hashable {
    public let label: String
    /// Value, coding scheme, meaning.
    public let code: [String]
    /// 0…1.
    public let probability: Double
    public let threshold: Double
    public let lowerThreshold: Double

    public init(label: String, code: [String], probability: Double, threshold: Double, lowerThreshold: Double) {
        self.label = label
        self.code = code
        self.probability = probability
        self.threshold = threshold
        self.lowerThreshold = lowerThreshold
    }

    public var presence: Presence {
        Presence(probability: probability, threshold: threshold, lowerThreshold: lowerThreshold)
    }
}

/// Everything that the model said of one image.
public struct Findings: Sendable, Codable, Hashable {
    public let modelID: String
    public let modelVersion: String
    /// SHA-256 of the weights, hexadecimal.
    public let modelHash: String
    public let findings: [Finding]
    /// Codes of what a reader must know, e.g. that the patient is outside the model's population.
    public let remarks: [Eligibility.Remark]

    public init(
        modelID: String, modelVersion: String, modelHash: String, findings: [Finding], remarks: [Eligibility.Remark]
    ) {
        self.modelID = modelID
        self.modelVersion = modelVersion
        self.modelHash = modelHash
        self.findings = findings
        self.remarks = remarks
    }

    /// Some finding is present or undetermined.
    public var isNotable: Bool { findings.contains { $0.presence != .absent } }
}

/// May the model look at an image, and what must be said about it.
public struct Eligibility: Sendable, Codable, Hashable {
    /// Why the model may not look.
    public enum Refusal: String, Sendable, Codable, Hashable {
        case modality = "ELI-001"
        case bodyPart = "ELI-002"
        case view = "ELI-003"
        case frames = "ELI-004"
        case blank = "ELI-005"
        case population = "ELI-006"
        case pixels = "ELI-007"
        case modelPaused = "ELI-008"
        case polarity = "ELI-009"
        case orientation = "ELI-010"
        case distribution = "ELI-011"
        case size = "ELI-012"
        case viewDisagreement = "ELI-013"
        case viewNotAllowed = "ELI-014"
        case pattern = "ELI-015"

        public var meaning: String {
            switch self {
            case .modality: "not a projection radiograph (CR, DX)"
            case .bodyPart: "not a chest radiograph"
            case .view: "not a frontal view"
            case .frames: "more than one frame"
            case .blank: "the image is blank"
            case .population: "the patient is outside the model's population"
            case .pixels: "the pixels are of a kind that the model cannot read"
            case .modelPaused: "the model is paused"
            case .polarity: "black and white are exchanged"
            case .orientation: "the image is turned or mirrored"
            case .distribution: "the image is unlike those that the model was made for"
            case .size: "too few pixels, or a shape that no chest radiograph has"
            case .viewDisagreement: "the header and the image disagree about the view"
            case .viewNotAllowed: "the model was not made for this view"
            case .pattern: "a test pattern or phantom"
            }
        }
    }

    /// What a reader of the result must know.
    public enum Remark: String, Sendable, Codable, Hashable {
        case ageOutsidePopulation = "age-outside-population"
        case ageUnknown = "age-unknown"
        case viewOutsidePopulation = "view-outside-population"
        case viewUnknown = "view-unknown"
        case bodyPartUnknown = "body-part-unknown"
        case polaritySuspected = "polarity-suspected"
        case orientationSuspected = "orientation-suspected"
        case distributionUnusual = "distribution-unusual"
    }

    public let refusal: Refusal?
    public let remarks: [Remark]

    public init(refusal: Refusal? = nil, remarks: [Remark] = []) {
        self.refusal = refusal
        self.remarks = remarks
    }
}
