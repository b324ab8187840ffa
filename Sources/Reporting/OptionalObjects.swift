import DICOMCore

/// Further objects that a site may ask for beside report and heat map.
public enum OptionalObject: String, Hashable, Sendable, Codable, CaseIterable {
    /// Grayscale Softcopy Presentation State with the regions on the source image.
    case presentationState = "presentation_state"
    /// Key Object Selection of the images with a finding.
    case keyObjects = "key_objects"
}

extension SOPClass {
    /// Source: PS3.4 B.5.
    public static let grayscalePresentationState: UID = "1.2.840.10008.5.1.4.1.1.11.1"
}

// The attributes that only these objects need, by their keyword (PS3.6).
extension Tag {
    static let referencedImageSequence = Tag(0x0008, 0x1140)
    static let modalityLUTSequence = Tag(0x0028, 0x3000)
    static let voiLUTSequence = Tag(0x0028, 0x3010)
    static let softcopyVOILUTSequence = Tag(0x0028, 0x3110)
    static let graphicAnnotationSequence = Tag(0x0070, 0x0001)
    static let graphicLayer = Tag(0x0070, 0x0002)
    static let anchorPointAnnotationUnits = Tag(0x0070, 0x0004)
    static let graphicAnnotationUnits = Tag(0x0070, 0x0005)
    static let unformattedTextValue = Tag(0x0070, 0x0006)
    static let textObjectSequence = Tag(0x0070, 0x0008)
    static let graphicObjectSequence = Tag(0x0070, 0x0009)
    static let anchorPoint = Tag(0x0070, 0x0014)
    static let anchorPointVisibility = Tag(0x0070, 0x0015)
    static let graphicDimensions = Tag(0x0070, 0x0020)
    static let numberOfGraphicPoints = Tag(0x0070, 0x0021)
    static let graphicFilled = Tag(0x0070, 0x0024)
    static let displayedAreaTopLeft = Tag(0x0070, 0x0052)
    static let displayedAreaBottomRight = Tag(0x0070, 0x0053)
    static let displayedAreaSelectionSequence = Tag(0x0070, 0x005A)
    static let graphicLayerSequence = Tag(0x0070, 0x0060)
    static let graphicLayerOrder = Tag(0x0070, 0x0062)
    static let graphicLayerDescription = Tag(0x0070, 0x0068)
    static let contentLabel = Tag(0x0070, 0x0080)
    static let contentDescription = Tag(0x0070, 0x0081)
    static let presentationCreationDate = Tag(0x0070, 0x0082)
    static let presentationCreationTime = Tag(0x0070, 0x0083)
    static let contentCreatorName = Tag(0x0070, 0x0084)
    static let presentationSizeMode = Tag(0x0070, 0x0100)
    static let presentationPixelSpacing = Tag(0x0070, 0x0101)
    static let presentationPixelAspectRatio = Tag(0x0070, 0x0102)
}

extension ResultValidator {
    /// Checks a presentation state.
    public static func problems(
        inPresentation object: DataSet, source: SourceAttributes, image: ReferencedImage
    ) -> [ResultProblem] {
        var problems = common(object, source)
        problems += require(
            object,
            type1: [
                .contentLabel, .presentationCreationDate, .presentationCreationTime, .referencedSeriesSequence,
                .displayedAreaSelectionSequence, .graphicAnnotationSequence, .graphicLayerSequence,
                .presentationLUTShape,
            ], type2: [.contentDescription, .contentCreatorName])
        problems += expect(
            object, [(.modality, "PR"), (.sopClassUID, SOPClass.grayscalePresentationState.value)])
        let series = object.items(.referencedSeriesSequence)
        let named = series.flatMap { $0.items(.referencedImageSequence) }.map { $0.uid(.referencedSOPInstanceUID) }
        let drawn = object.items(.graphicAnnotationSequence)
        let shown = drawn.flatMap { $0.items(.referencedImageSequence) }.map { $0.uid(.referencedSOPInstanceUID) }
        if series.map({ $0.uid(.seriesInstanceUID) }) != [image.seriesInstanceUID]
            || named != [image.sopInstanceUID] || Set(shown) != [image.sopInstanceUID]
        {
            problems.append(.evidenceIncomplete)
        }
        for graphic in drawn.flatMap({ $0.items(.graphicObjectSequence) }) {
            let points = graphic[.graphicData]?.bytes.count ?? 0
            if graphic.uint16(.numberOfGraphicPoints).map({ Int($0) * 8 }) != points || points < 32 {
                problems.append(.malformedRegion)
            }
        }
        return problems
    }

    /// Checks a key object selection.
    public static func problems(
        inKeyObjects object: DataSet, source: SourceAttributes, images: [ReferencedImage]
    ) -> [ResultProblem] {
        var problems = common(object, source)
        problems += require(
            object,
            type1: [
                .valueType, .conceptNameCodeSequence, .continuityOfContent, .contentDate, .contentTime,
                .currentRequestedProcedureEvidenceSequence, .contentSequence,
            ], type2: [.referencedPerformedProcedureStepSequence])
        problems += expect(object, [(.modality, "KO"), (.sopClassUID, SOPClass.keyObjectSelection.value)])
        problems += evidence(object, source, images)
        let template = object.items(.contentTemplateSequence).first?.text(.templateIdentifier)
        if template != "2010" { problems.append(.templateMissing) }
        let chosen = object.items(.contentSequence).filter { $0.text(.valueType) == "IMAGE" }
            .flatMap { $0.items(.referencedSOPSequence) }.compactMap { $0.uid(.referencedSOPInstanceUID) }
        if Set(chosen) != Set(images.map(\.sopInstanceUID)) { problems.append(.referenceWithoutEvidence) }
        return problems
    }
}
