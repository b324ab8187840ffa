import DICOMCore

/// How a concept may stand in a report of ours: below its parent by one relationship, with one type of value, and, for
/// some, with a value that is one of a few.
///
/// A relationship that the object class allows can still be the wrong one for a row of a template; no public validator
/// but PixelMed's looks at that, and none at fixed values.
/// Source: PS3.16 TID 1204, 1004, 1410, 1500, 1501, 1600, 1602, 1603, 4019.
struct TemplateRow {
    let relationships: Set<String>
    let valueType: String
    /// Empty: any.
    let values: Set<Code>

    /// By code value of the concept name; the root has none.
    static let byConcept: [String: TemplateRow] = {
        typealias Codes = ReportCodes
        var rows: [String: TemplateRow] = [:]
        func add(
            _ concepts: [Code], _ relationships: [ContentItem.Relationship], _ valueType: String, _ values: Code...
        ) {
            for concept in concepts {
                rows[concept.value] = TemplateRow(
                    relationships: Set(relationships.map(\.rawValue)), valueType: valueType, values: Set(values))
            }
        }
        add([Codes.language], [.hasConceptModifier], "CODE", Codes.englishUnitedStates)
        add([Codes.observerType], [.hasObservationContext], "CODE", Codes.device)
        add([Codes.deviceObserverUID, Codes.trackingUniqueIdentifier], [.hasObservationContext], "UIDREF")
        add(
            [
                Codes.deviceObserverName, Codes.deviceObserverManufacturer, Codes.deviceObserverModelName,
                Codes.deviceObserverSerialNumber, Codes.trackingIdentifier,
            ], [.hasObservationContext], "TEXT")
        add([Codes.procedureReported], [.hasConceptModifier], "CODE", Codes.plainChestXRay)
        add([Codes.comment], [.contains, .hasProperties], "TEXT")
        add(
            [
                Codes.imageLibrary, Codes.imageLibraryGroup, Codes.imagingMeasurements, Codes.measurementGroup,
                Codes.qualitativeEvaluations,
            ], [.contains], "CONTAINER")
        add([Codes.modality], [.hasAcquisitionContext], "CODE", Codes.computedRadiography, Codes.digitalRadiography)
        add([Codes.imageView], [.hasAcquisitionContext], "CODE", Codes.anteroPosterior, Codes.posteroAnterior)
        add(
            [
                Codes.pixelDataRows, Codes.pixelDataColumns, Codes.horizontalPixelSpacing, Codes.verticalPixelSpacing,
            ], [.hasAcquisitionContext], "NUM")
        add([Codes.patientOrientationRow, Codes.patientOrientationColumn], [.hasAcquisitionContext], "TEXT")
        add([Codes.findingCategory, Codes.finding], [.contains], "CODE")
        add([Codes.findingSite], [.hasConceptModifier], "CODE")
        add([Codes.laterality], [.hasConceptModifier], "CODE", Codes.right, Codes.left)
        add(
            [
                Codes.algorithmName, Codes.algorithmVersion, Codes.algorithmManufacturer, Codes.algorithmParameters,
            ], [.hasConceptModifier], "TEXT")
        add([Codes.algorithmFamily], [.hasConceptModifier], "CODE", Codes.artificialIntelligence)
        add([Codes.certaintyOfFinding], [.contains], "NUM")
        add(
            [Codes.presenceOfProperty], [.contains], "CODE", Codes.present, Codes.absent, Codes.presenceUndetermined)
        add([Codes.summaryOfAnalyses], [.contains], "CODE", Codes.notAttempted)
        add([Codes.sourceOfMeasurement], [.contains, .inferredFrom], "IMAGE")
        add([Codes.source], [.contains, .selectedFrom, .inferredFrom], "IMAGE")
        add([Codes.imageRegion], [.contains], "SCOORD")
        return rows
    }()

    /// The unit of each number.
    static let units: [String: Code] = [
        ReportCodes.certaintyOfFinding.value: ReportCodes.percent,
        ReportCodes.pixelDataRows.value: ReportCodes.pixels,
        ReportCodes.pixelDataColumns.value: ReportCodes.pixels,
        ReportCodes.horizontalPixelSpacing.value: ReportCodes.millimeter,
        ReportCodes.verticalPixelSpacing.value: ReportCodes.millimeter,
    ]
}
