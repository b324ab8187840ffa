import DICOMCore
import Passage
import Radiography

extension FindingInput {
    /// Takes what the model said of one label of an image.
    ///
    /// - Parameters:
    ///   - outlines: of the heat map's support in source pixels, `x, y` of each corner, the largest first.
    ///   - regionUID: the tracking UID of the n-th outline.
    ///
    /// Throws as the memberwise initialiser does, and `labelWithoutCode`.
    public init(
        _ finding: Passage.Finding, of image: ReferencedImage, outlines: [[Float]], trackingIdentifier: String,
        trackingUID: UID, regionUID: (Int) throws -> UID
    ) throws {
        guard finding.code.count == 3 else { throw ReportingError.labelWithoutCode }
        let regions = try outlines.enumerated().map { place, corners in
            let region = HeatRegion(
                vertices: stride(from: 0, to: corners.count - 1, by: 2).map {
                    HeatRegion.Point(x: corners[$0], y: corners[$0 + 1])
                }, areaFraction: 0)
            return RegionInput(
                region: region, trackingUID: try regionUID(place),
                laterality: RegionInput.laterality(of: region, in: image))
        }
        try self.init(
            image: image, finding: Code(finding.code[0], finding.code[1], finding.code[2]),
            probability: finding.probability, threshold: finding.threshold, lowerThreshold: finding.lowerThreshold,
            trackingIdentifier: trackingIdentifier, trackingUID: trackingUID, regions: regions)
    }
}

extension ViewStatement {
    /// What the facts say of the view, and where they had it from.
    public init(_ facts: AnalysisFacts) throws(ReportingError) {
        self =
            facts.viewSource == .none
            ? try .assumed("frontal")
            : try ViewStatement(view: facts.viewPosition.rawValue, origin: facts.viewSource.attribute)
    }
}
