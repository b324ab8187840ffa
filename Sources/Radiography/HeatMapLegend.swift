/// What is written into a heat map. Nothing of it may identify a patient.
public struct HeatMapLegend: Hashable, Sendable {
    /// The line that every heat map carries.
    public static let warning = "AI heat map – not for diagnosis"

    /// The finding that the map explains, e.g. `Pneumonia`.
    public let finding: String
    /// What was decided: `present`, `not found`, `undetermined`.
    public let decision: String
    /// Calibrated probability of the finding, 0…1.
    public let probability: Double
    /// The probability from which the finding counts as present, 0…1.
    public let threshold: Double
    public let modelName: String
    public let modelVersion: String
    /// When the image was analysed, as it is to be shown.
    public let time: String

    public init(
        finding: String, decision: String, probability: Double, threshold: Double, modelName: String,
        modelVersion: String, time: String
    ) {
        self.finding = finding
        self.decision = decision
        self.probability = probability
        self.threshold = threshold
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.time = time
    }

    var findingLine: String {
        "\(finding): \(decision) · certainty \(HeatMapLegend.percent(probability)) · threshold "
            + HeatMapLegend.percent(threshold)
    }

    var modelLine: String { "\(modelName) \(modelVersion) · \(time)" }

    /// Stands over the source in the side-by-side layout.
    static let sourceCaption = "Source image, shown for comparison only"
    /// Stands before the scale: what its numbers measure.
    static let scaleName = "Model support"
    /// Stands behind the scale: what the outline means.
    static let outlineNote = "outline: 0.5"

    /// Whole percent, but never 0 or 100 for what is not certain.
    static func percent(_ part: Double) -> String {
        guard part.isFinite else { return "–" }
        if part > 0, part < 0.01 { return "<1 %" }
        if part > 0.99, part < 1 { return ">99 %" }
        return "\(Int((min(max(part, 0), 1) * 100).rounded())) %"
    }
}
