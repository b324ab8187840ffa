import DICOMCore
import Radiography

/// TID 1501 "Measurement and Qualitative Evaluation Group": one finding of one image as a whole.
struct FindingGroup {
    let finding: FindingInput
    let algorithm: AlgorithmInput

    var item: ContentItem {
        typealias Codes = ReportCodes
        let certainty = ContentItem.number(
            .init(
                .contains, Codes.certaintyOfFinding,
                [.image(.init(.inferredFrom, Codes.sourceOfMeasurement), finding.image)]),
            decimal: finding.certainty.probability, unit: Codes.percent)
        return .container(
            .init(
                .contains, Codes.measurementGroup,
                identification(finding, tracking: finding.trackingIdentifier.value, uid: finding.trackingUID)
                    + [.code(.hasConceptModifier, Codes.findingSite, finding.site)]
                    + AlgorithmIdentification(algorithm: algorithm, finding: finding).items + [
                        certainty,
                        .code(.contains, Codes.presenceOfProperty, finding.presence.code),
                        .image(.init(.contains, Codes.sourceOfMeasurement), finding.image),
                    ]), templateIdentifier: "1501")
    }
}

/// TID 1410 "Planar ROI Measurements and Qualitative Evaluations": where in the image the support for a finding lies.
struct PlanarROIGroup {
    let finding: FindingInput
    let region: RegionInput
    /// 1 for the largest region of a finding.
    let number: Int
    let algorithm: AlgorithmInput

    var item: ContentItem {
        typealias Codes = ReportCodes
        let side = region.laterality.map { ContentItem.code(.hasConceptModifier, Codes.laterality, $0) }
        return .container(
            .init(
                .contains, Codes.measurementGroup,
                identification(
                    finding, tracking: "\(finding.trackingIdentifier.value) region \(number)", uid: region.trackingUID)
                    + [
                        .code(
                            .init(.hasConceptModifier, Codes.findingSite, side.map { [$0] } ?? []), finding.site)
                    ]
                    + AlgorithmIdentification(algorithm: algorithm, finding: finding).items + [
                        .code(.contains, Codes.presenceOfProperty, finding.presence.code),
                        .polyline(
                            .init(
                                .contains, Codes.imageRegion,
                                [.image(.init(.selectedFrom, Codes.source), finding.image)]),
                            graphicData: region.region.closedGraphicData),
                    ]), templateIdentifier: "1410")
    }
}

/// The rows that both groups begin with.
private func identification(_ finding: FindingInput, tracking: String, uid: UID) -> [ContentItem] {
    [
        .text(.init(.hasObservationContext, ReportCodes.trackingIdentifier), tracking),
        .uidReference(.init(.hasObservationContext, ReportCodes.trackingUniqueIdentifier), uid),
        .code(.contains, ReportCodes.findingCategory, finding.category),
        .code(.contains, ReportCodes.finding, finding.finding),
    ]
}

/// TID 1500 row 13: that an image was not analysed, with its reason, so that silence is never read as an answer.
struct NotPerformedEvaluation {
    let image: ReferencedImage
    let why: NotPerformedReason

    var item: ContentItem {
        .code(
            .init(
                .contains, ReportCodes.summaryOfAnalyses,
                [
                    .text(.init(.hasProperties, ReportCodes.comment), why.words),
                    .image(.init(.inferredFrom, ReportCodes.source), image),
                ]), ReportCodes.notAttempted)
    }
}
