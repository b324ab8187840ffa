import DICOMCore

/// What every Key Object Selection Document of ours is made of; its title says what it is for.
///
/// Source: PS3.3 A.35.4, PS3.16 TID 2010.
struct KeyObjectDocument {
    let title: Code
    let seriesDescription: String
    let source: SourceAttributes
    let objects: [ReferencedObject]
    let device: DeviceInput
    let identity: ResultIdentity
    /// For people: why these objects.
    let words: ReportText
    /// The algorithm that chose the objects; `nil` where people did.
    var algorithm: AlgorithmInput?
    /// Content in front of the observer.
    var opening: [ContentItem] = []

    /// The object for the PACS, without file meta information. The same input gives the same data set.
    var dataSet: DataSet {
        var object = source.shared
        ResultModules.identify(&object, identity, sopClass: SOPClass.keyObjectSelection, modality: "KO")
        object.set(.seriesDescription, .LO, seriesDescription)
        object.set(.referencedPerformedProcedureStepSequence, items: [])
        ResultModules.equip(&object, device: device)
        if let algorithm {
            object.set(
                .contributingEquipmentSequence, items: [ResultModules.contribution(of: algorithm, at: identity.time)])
        }
        if !source.requests.isEmpty { object.set(.referencedRequestSequence, items: source.requests) }
        object.set(.currentRequestedProcedureEvidenceSequence, items: [ResultModules.hierarchy(source, objects)])
        object.set(.valueType, .CS, "CONTAINER")
        object.set(.conceptNameCodeSequence, code: title)
        object.set(.continuityOfContent, .CS, "SEPARATE")
        object.set(.contentTemplateSequence, items: [ContentItem.template("2010")])
        let tree =
            opening + DeviceObserverContext(device: device).items
            + [.text(.contains, ReportCodes.keyObjectDescription, words)]
        object.set(.contentSequence, items: tree.map(\.dataSet) + objects.map(Self.item))
        return object
    }

    /// TID 2010 rows 5 to 7: an object without a concept name.
    private static func item(_ object: ReferencedObject) -> DataSet {
        var item = DataSet()
        item.set(.relationshipType, .CS, "CONTAINS")
        item.set(.valueType, .CS, documents.contains(object.sopClassUID) ? "COMPOSITE" : "IMAGE")
        item.set(.referencedSOPSequence, items: [object.reference])
        return item
    }

    /// Classes of ours that are no images.
    private static let documents: Set<UID> = Set(ReportClass.allCases.map(\.sopClassUID))
        .union([SOPClass.keyObjectSelection, SOPClass.grayscalePresentationState])
}
