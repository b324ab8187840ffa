import DICOMCore

/// Why the model did not look at an image, as a stable code and a clause for people.
public struct NotPerformedReason: Hashable, Sendable {
    let code: ReportText
    let reason: ReportText

    /// For example `ELI-003`, `not a frontal view`; the code may be empty. Throws for text outside ASCII or too long.
    public init(code: String, reason: String) throws(ReportingError) {
        self.code = try ReportText(code)
        self.reason = try ReportText(reason, limit: 128)
    }

    var words: String { code.value.isEmpty ? reason.value : "\(reason.value) (\(code.value))" }
}

/// One image of a report, and what came of its analysis.
public struct AssessedImage: Sendable {
    public enum Outcome: Sendable {
        /// At least one finding, each of this image.
        case findings([FindingInput])
        case notPerformed(NotPerformedReason)
    }

    public let image: ReferencedImage
    public let outcome: Outcome
    /// Which projection the model took the image for; `nil` if it did not look.
    public let view: ViewStatement?
    /// Why the patient is outside the population that the model was made for, as a clause: `age outside the range that
    /// the model was made for`. `nil` if inside.
    public let outsidePopulation: String?

    public init(
        image: ReferencedImage, outcome: Outcome, view: ViewStatement? = nil, outsidePopulation: String? = nil
    ) {
        self.image = image
        self.outcome = outcome
        self.view = view
        self.outsidePopulation = outsidePopulation
    }

    /// Empty if the model did not look.
    var findings: [FindingInput] {
        if case .findings(let findings) = outcome { findings } else { [] }
    }

    /// `nil` if the model looked.
    var notPerformed: NotPerformedReason? {
        if case .notPerformed(let reason) = outcome { reason } else { nil }
    }
}

/// Which projection the model took the image for, and how it knew.
public struct ViewStatement: Hashable, Sendable {
    let view: ReportText
    let origin: ReportText

    /// For example `AP`, `View Position (0018,5101)`. Throws for text outside ASCII.
    public init(view: String, origin: String) throws(ReportingError) {
        self.view = try ReportText(view)
        self.origin = try ReportText(origin)
    }

    /// The header did not say; `assumed` is what the analysis went on.
    public static func assumed(_ assumed: String) throws(ReportingError) -> ViewStatement {
        try ViewStatement(view: assumed, origin: "assumed; the image header does not state it")
    }

    var words: String { "\(view.value) (\(origin.value))" }
}
