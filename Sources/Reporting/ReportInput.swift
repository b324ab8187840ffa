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

    /// The word for a class of reports, for people; `other` for anything else.
    public static func word(for sopClass: UID) -> String {
        allCases.first { $0.sopClassUID == sopClass }.map { "\($0)" } ?? "other"
    }
}

/// The names of one new object: its class's instance, its series, its place in it, and its moment. All come from
/// outside, so that a repeat writes the same bytes.
public struct ResultIdentity: Hashable, Sendable {
    public let sopInstanceUID: UID
    public let seriesInstanceUID: UID
    /// Sorts our series behind those of the modality: reports 9901, heat maps 9902, presentation states 9903, key
    /// objects 9904.
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
    public static let presentationSeriesNumber = 9903
    public static let keyObjectSeriesNumber = 9904
}

/// Everything that a report is made of.
public struct ReportInput: Sendable {
    public var reportClass: ReportClass
    public var source: SourceAttributes
    /// Every image that the report speaks of, in its order.
    public var images: [AssessedImage]
    public var algorithm: AlgorithmInput
    public var device: DeviceInput
    public var identity: ResultIdentity
    /// `nil` for the first report of a study.
    public var revision: ReportRevision?

    public init(
        reportClass: ReportClass = .comprehensive3D, source: SourceAttributes, images: [AssessedImage],
        algorithm: AlgorithmInput, device: DeviceInput, identity: ResultIdentity, revision: ReportRevision? = nil
    ) {
        self.reportClass = reportClass
        self.source = source
        self.images = images
        self.algorithm = algorithm
        self.device = device
        self.identity = identity
        self.revision = revision
    }

    /// The images in which some finding is present or undetermined.
    public var notableImages: [ReferencedImage] {
        images.filter { $0.findings.contains { $0.presence != .absent } }.map(\.image)
    }

    var findings: [FindingInput] { images.flatMap(\.findings) }
    var referencedImages: [ReferencedImage] { images.map(\.image) }
    var declined: [(image: ReferencedImage, why: NotPerformedReason)] {
        images.compactMap { image in image.notPerformed.map { (image.image, $0) } }
    }
}
