import DICOMCore
import Passage
import Radiography

/// How a decision is coded.
///
/// Source: PS3.16 TID 1501 with (121052, DCM, "Presence of property").
extension Presence {
    var code: Code {
        switch self {
        case .present: ReportCodes.present
        case .absent: ReportCodes.absent
        case .undetermined: ReportCodes.presenceUndetermined
        }
    }
}

/// A part of an image that supports a finding, with the UID under which it can be followed over time.
public struct RegionInput: Hashable, Sendable {
    public let region: HeatRegion
    public let trackingUID: UID
    /// `ReportCodes.right` or `.left`, where it is known.
    public let laterality: Code?

    /// The side of the patient on which most of a region lies, by the image's own orientation; `nil` if the header
    /// does not give it, or the region lies about the middle, where spine and heart are.
    public static func laterality(of region: HeatRegion, in image: ReferencedImage) -> Code? {
        guard let direction = image.orientation?.row.first, direction == "L" || direction == "R",
            let low = region.vertices.map(\.x).min(), let high = region.vertices.map(\.x).max()
        else { return nil }
        let middle = (low + high) / 2 / Float(image.columns)
        guard abs(middle - 0.5) > 0.1 else { return nil }
        return (middle < 0.5) == (direction == "L") ? ReportCodes.right : ReportCodes.left
    }

    public init(region: HeatRegion, trackingUID: UID, laterality: Code? = nil) {
        self.region = region
        self.trackingUID = trackingUID
        self.laterality = laterality
    }
}

/// One finding in one image.
public struct FindingInput: Sendable {
    let image: ReferencedImage
    let finding: Code
    let category: Code
    let site: Code
    let probability: Double
    let presence: Presence
    let threshold: Double
    let lowerThreshold: Double
    let trackingIdentifier: ReportText
    let trackingUID: UID
    let regions: [RegionInput]
    /// The numbers as every reader sees them, in percent.
    let certainty: CertaintyWords

    /// Whether there is something to draw.
    public var hasRegions: Bool { !regions.isEmpty }

    /// `probability` is calibrated, 0…1; `presence` is what the thresholds make of it. Regions of an absent finding are
    /// left out: there is nothing to show.
    ///
    /// Throws for numbers outside 0…1, an upper threshold below the lower, and corners outside the image.
    public init(
        image: ReferencedImage, finding: Code, category: Code = ReportCodes.morphologicallyAbnormalStructure,
        site: Code = ReportCodes.lung, probability: Double, threshold: Double, lowerThreshold: Double,
        trackingIdentifier: String, trackingUID: UID, regions: [RegionInput] = []
    ) throws(ReportingError) {
        guard (0...1).contains(probability), (0...1).contains(threshold), (0...threshold).contains(lowerThreshold)
        else { throw .numberOutOfRange }
        _ = try ReportText(finding.meaning)
        self.image = image
        self.finding = finding
        self.category = category
        self.site = site
        self.probability = probability
        self.threshold = threshold
        self.lowerThreshold = lowerThreshold
        presence = Presence(probability: probability, threshold: threshold, lowerThreshold: lowerThreshold)
        self.trackingIdentifier = try ReportText(trackingIdentifier)
        self.trackingUID = trackingUID
        certainty = CertaintyWords(probability: probability, threshold: threshold, lowerThreshold: lowerThreshold)
        for region in regions {
            let isInside = region.region.vertices.allSatisfy {
                $0.x >= 0 && $0.x <= Float(image.columns) && $0.y >= 0 && $0.y <= Float(image.rows)
            }
            guard region.region.vertices.count >= 3, isInside else { throw .malformedRegion }
        }
        self.regions = presence == .absent ? [] : regions
    }
}
