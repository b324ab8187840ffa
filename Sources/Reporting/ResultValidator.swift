import DICOMCore
import Radiography

/// The gate before delivery: looks at a finished object with other eyes than those that wrote it.
///
/// Works on the data set alone, also on one that was read back. An empty answer means: may leave. Foreign validators
/// find the general faults (`Conformance/Suite`); this one finds those that none of them sees: a missing language,
/// procedure, tracking identifier, finding, algorithm or image library, a wrong code meaning, and another patient.
public enum ResultValidator {
    /// Checks a report. `images` are those that were analysed; `modelCodes` are the findings of the model card beside
    /// `ReportCodes`.
    public static func problems(
        inReport object: DataSet, source: SourceAttributes, images: [ReferencedImage], modelCodes: Set<Code> = []
    ) -> [ResultProblem] {
        let classes = Set(ReportClass.allCases.map(\.sopClassUID))
        var problems = common(object, source)
        if let sopClass = object.uid(.sopClassUID), !classes.contains(sopClass) {
            problems.append(.wrongValue(.sopClassUID))
        }
        problems += require(
            object,
            type1: [
                .completionFlag, .verificationFlag, .deviceSerialNumber, .softwareVersions,
                .manufacturerModelName, .valueType, .conceptNameCodeSequence, .continuityOfContent,
                .currentRequestedProcedureEvidenceSequence, .contentDate, .contentTime,
            ],
            type2: [.referencedPerformedProcedureStepSequence, .performedProcedureCodeSequence])
        problems += expect(
            object,
            [
                (.modality, "SR"), (.completionFlag, "COMPLETE"), (.verificationFlag, "UNVERIFIED"),
                (.valueType, "CONTAINER"),
            ])
        problems += evidence(object, source, images)
        problems += agreement(object, source)
        problems += predecessor(object, source)
        problems += ReportTreeCheck(root: object, images: images, modelCodes: modelCodes).problems()
        return problems
    }

    /// Checks a heat map.
    public static func problems(
        inCapture object: DataSet, source: SourceAttributes, image: ReferencedImage,
        layout: HeatMapRenderer.Layout = .overlay
    ) -> [ResultProblem] {
        var problems = common(object, source)
        problems += require(
            object,
            type1: [
                .conversionType, .imageType, .samplesPerPixel, .photometricInterpretation,
                .planarConfiguration, .rows, .columns, .bitsAllocated, .bitsStored, .highBit, .pixelRepresentation,
                .pixelData, .burnedInAnnotation, .sourceImageSequence, .derivationDescription,
                .lossyImageCompression,
            ],
            type2: [.patientOrientation])
        problems += expect(
            object,
            [
                (.conversionType, "WSD"), (.burnedInAnnotation, "YES"), (.photometricInterpretation, "RGB"),
                (.imageType, "DERIVED\\SECONDARY"), (.sopClassUID, SOPClass.secondaryCapture.value),
            ])
        let reference = object.items(.sourceImageSequence).first
        if reference?.uid(.referencedSOPInstanceUID) != image.sopInstanceUID {
            problems.append(.wrongValue(.sourceImageSequence))
        }
        for element in image.inherited.elements where object[element.tag]?.value != element.value {
            problems.append(.disagreesWithSource(element.tag))
        }
        if object.uint16(.rows).map(Int.init) != image.rows { problems.append(.disagreesWithSource(.rows)) }
        let columns = image.columns * layout.width
        if object.uint16(.columns).map(Int.init) != columns { problems.append(.disagreesWithSource(.columns)) }
        let preserved = reference?.text(.spatialLocationsPreserved)
        if preserved != (layout == .overlay ? "YES" : "NO") { problems.append(.wrongValue(.spatialLocationsPreserved)) }
        let expected = image.rows * columns * 3
        if object[.pixelData]?.bytes.count != expected + expected % 2 { problems.append(.pixelDataLength) }
        return problems
    }

    /// What every result has, and what it must share with its source, byte by byte.
    static func common(_ object: DataSet, _ source: SourceAttributes) -> [ResultProblem] {
        var problems = require(
            object,
            type1: [
                .sopClassUID, .sopInstanceUID, .studyInstanceUID, .seriesInstanceUID, .modality,
                .seriesNumber, .instanceNumber, .manufacturer, .contributingEquipmentSequence, .seriesDescription,
            ],
            type2: [])
        for tag in [Tag.sopClassUID, .sopInstanceUID, .studyInstanceUID, .seriesInstanceUID]
        where object[tag]?.isEmpty == false && object.uid(tag) == nil {
            problems.append(.wrongValue(tag))
        }
        for tag in [Tag.specificCharacterSet] + CopiedAttributes.rows.map(\.tag) {
            switch (object[tag], source.shared[tag]) {
            case (let ours?, let theirs?): if ours.value != theirs.value { problems.append(.disagreesWithSource(tag)) }
            case (.some, nil): problems.append(.notInSource(tag))
            case (nil, .some): problems.append(.missingAttribute(tag))
            case (nil, nil): break
            }
        }
        problems += OwnTextCheck.problems(object)
        for item in object.items(.contributingEquipmentSequence) {
            problems += require(
                item,
                type1: [
                    .purposeOfReferenceCodeSequence, .manufacturer, .manufacturerModelName,
                    .softwareVersions, .deviceUID,
                ], type2: [])
        }
        return problems
    }

    static func require(_ object: DataSet, type1: [Tag], type2: [Tag]) -> [ResultProblem] {
        var problems: [ResultProblem] = []
        for tag in type1 {
            guard let element = object[tag] else {
                problems.append(.missingAttribute(tag))
                continue
            }
            if element.isEmpty { problems.append(.emptyAttribute(tag)) }
        }
        return problems + type2.filter { object[$0] == nil }.map { .missingAttribute($0) }
    }

    static func expect(_ object: DataSet, _ values: [(Tag, String)]) -> [ResultProblem] {
        values.filter { object[$0.0]?.isEmpty == false && object.text($0.0) != $0.1 }.map { .wrongValue($0.0) }
    }

    /// Orders and procedures are the source's own.
    private static func agreement(_ object: DataSet, _ source: SourceAttributes) -> [ResultProblem] {
        [(Tag.referencedRequestSequence, source.requests), (.performedProcedureCodeSequence, source.procedures)]
            .filter { object.items($0.0) != $0.1 }.map { .disagreesWithSource($0.0) }
    }

    /// A replaced report is an instance of a report class, of the same study, and not this one.
    private static func predecessor(_ object: DataSet, _ source: SourceAttributes) -> [ResultProblem] {
        guard object[.predecessorDocumentsSequence] != nil else { return [] }
        let studies = object.items(.predecessorDocumentsSequence)
        let series = studies.flatMap { $0.items(.referencedSeriesSequence) }
        let documents = series.flatMap { $0.items(.referencedSOPSequence) }
        let classes = Set(ReportClass.allCases.map(\.sopClassUID))
        let isWhole =
            studies.count == 1 && studies[0].uid(.studyInstanceUID) == source.studyInstanceUID && series.count == 1
            && series[0].uid(.seriesInstanceUID) != nil && documents.count == 1
            && documents[0].uid(.referencedSOPClassUID).map(classes.contains) == true
            && documents[0].uid(.referencedSOPInstanceUID) != nil
            && documents[0].uid(.referencedSOPInstanceUID) != object.uid(.sopInstanceUID)
        return isWhole ? [] : [.malformedPredecessor]
    }

    static func evidence(
        _ object: DataSet, _ source: SourceAttributes, _ images: [ReferencedImage]
    ) -> [ResultProblem] {
        var listed: Set<[UID?]> = []
        for study in object.items(.currentRequestedProcedureEvidenceSequence) {
            guard study.uid(.studyInstanceUID) == source.studyInstanceUID else { return [.evidenceIncomplete] }
            for series in study.items(.referencedSeriesSequence) {
                for item in series.items(.referencedSOPSequence) {
                    listed.insert([
                        series.uid(.seriesInstanceUID), item.uid(.referencedSOPClassUID),
                        item.uid(.referencedSOPInstanceUID),
                    ])
                }
            }
        }
        let analysed = Set(images.map { [$0.seriesInstanceUID, $0.sopClassUID, $0.sopInstanceUID] as [UID?] })
        return listed == analysed ? [] : [.evidenceIncomplete]
    }
}
