import DICOMCore

/// Which Storage SOP class carries a report; the tree is the same in all three.
///
/// Source: PS3.4 B.5; IHE AI Results wants the first.
public enum ReportClass: Hashable, Sendable, CaseIterable {
    case comprehensive3D
    case comprehensive
    case enhanced

    public var sopClassUID: UID {
        switch self {
        case .comprehensive3D: SOPClass.comprehensive3DSR
        case .comprehensive: SOPClass.comprehensiveSR
        case .enhanced: SOPClass.enhancedSR
        }
    }
}

/// The names of one new object: its class's instance, its series, its place in it, and its moment. All come from
/// outside, so that a repeat writes the same bytes.
public struct ResultIdentity: Hashable, Sendable {
    public let sopInstanceUID: UID
    public let seriesInstanceUID: UID
    /// Sorts our series behind those of the modality: reports 9901, heat maps 9902.
    public let seriesNumber: Int
    public let instanceNumber: Int
    /// In the zone of the source's Timezone Offset From UTC, or in local time if it has none.
    public let time: ReportTime

    public init(
        sopInstanceUID: UID, seriesInstanceUID: UID, seriesNumber: Int, instanceNumber: Int, time: ReportTime
    ) {
        self.sopInstanceUID = sopInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.seriesNumber = seriesNumber
        self.instanceNumber = instanceNumber
        self.time = time
    }

    public static let reportSeriesNumber = 9901
    public static let captureSeriesNumber = 9902
}

/// An earlier report of ours that the new one replaces.
public struct PredecessorDocument: Hashable, Sendable {
    public let sopClassUID: UID
    public let sopInstanceUID: UID
    public let seriesInstanceUID: UID
    /// When it was made.
    public let time: ReportTime

    public init(_ earlier: ResultIdentity, reportClass: ReportClass = .comprehensive3D) {
        sopClassUID = reportClass.sopClassUID
        sopInstanceUID = earlier.sopInstanceUID
        seriesInstanceUID = earlier.seriesInstanceUID
        time = earlier.time
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
}

/// What came of the analysis.
public enum ReportOutcome: Sendable {
    /// At least one finding.
    case findings([FindingInput])
    /// The reason, as a clause for people: `lateral view`.
    case notPerformed(reason: String)
}

/// An image of the study that was not analysed, beside others that were.
public struct DeclinedImage: Sendable {
    public let image: ReferencedImage
    /// As a clause for people: `not a frontal view`.
    public let reason: String

    public init(image: ReferencedImage, reason: String) {
        self.image = image
        self.reason = reason
    }
}

/// Everything that a report is made of.
public struct ReportInput: Sendable {
    public var reportClass: ReportClass
    public var source: SourceAttributes
    /// Every image that was analysed, in the order of the report.
    public var images: [ReferencedImage]
    public var outcome: ReportOutcome
    /// Images of the study without a finding, each with its reason; named in the text, so that silence about them is
    /// not read as normal.
    public var declined: [DeclinedImage] = []
    public var algorithm: AlgorithmInput
    public var device: DeviceInput
    public var identity: ResultIdentity
    public var view: ViewStatement?
    /// Why the patient is outside the population that the model was made for, as a clause: `adult; model made for
    /// ages 1 to 5`. `nil` if inside.
    public var outsidePopulation: String?
    public var predecessor: PredecessorDocument?

    public init(
        reportClass: ReportClass = .comprehensive3D, source: SourceAttributes, images: [ReferencedImage],
        outcome: ReportOutcome, algorithm: AlgorithmInput, device: DeviceInput, identity: ResultIdentity,
        view: ViewStatement? = nil, outsidePopulation: String? = nil, predecessor: PredecessorDocument? = nil
    ) {
        self.reportClass = reportClass
        self.source = source
        self.images = images
        self.outcome = outcome
        self.algorithm = algorithm
        self.device = device
        self.identity = identity
        self.view = view
        self.outsidePopulation = outsidePopulation
        self.predecessor = predecessor
    }
}
