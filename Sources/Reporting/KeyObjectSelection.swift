import DICOMCore

/// What a key object selection is made of.
public struct KeyObjectInput: Sendable {
    public var source: SourceAttributes
    /// The images in which a finding is present or undetermined.
    public var images: [ReferencedImage]
    /// What is of interest, for people.
    public var description: String
    public var device: DeviceInput
    public var algorithm: AlgorithmInput
    public var identity: ResultIdentity

    public init(
        source: SourceAttributes, images: [ReferencedImage], description: String, device: DeviceInput,
        algorithm: AlgorithmInput, identity: ResultIdentity
    ) {
        self.source = source
        self.images = images
        self.description = description
        self.device = device
        self.algorithm = algorithm
        self.identity = identity
    }
}

/// A flag on the images that the model found something in, for worklists and viewers that show key images first.
///
/// Source: PS3.3 A.35.4 (Key Object Selection Document), PS3.16 TID 2010.
public struct KeyObjectSelection: Sendable {
    let input: KeyObjectInput
    private let words: ReportText

    /// Throws without an image, and for text outside ASCII.
    public init(_ input: KeyObjectInput) throws(ReportingError) {
        guard !input.images.isEmpty else { throw .noImage }
        words = try ReportText(input.description, limit: 1024)
        self.input = input
    }

    /// The object for the PACS, without file meta information. The same input gives the same data set.
    public var dataSet: DataSet {
        var object = input.source.shared
        ResultModules.identify(&object, input.identity, sopClass: SOPClass.keyObjectSelection, modality: "KO")
        object.set(.seriesDescription, .LO, "AI key images (unverified)")
        object.set(.referencedPerformedProcedureStepSequence, items: [])
        ResultModules.equip(&object, device: input.device)
        object.set(
            .contributingEquipmentSequence,
            items: [ResultModules.contribution(of: input.algorithm, at: input.identity.time)])
        if !input.source.requests.isEmpty {
            object.set(.referencedRequestSequence, items: input.source.requests)
        }
        object.set(
            .currentRequestedProcedureEvidenceSequence, items: [ResultModules.evidence(input.source, input.images)])
        object.set(.valueType, .CS, "CONTAINER")
        object.set(.conceptNameCodeSequence, code: ReportCodes.ofInterest)
        object.set(.continuityOfContent, .CS, "SEPARATE")
        object.set(.contentTemplateSequence, items: [ContentItem.template("2010")])
        let tree =
            LanguageOfContent().items + DeviceObserverContext(device: input.device).items
            + [.text(.contains, ReportCodes.keyObjectDescription, words)]
        object.set(.contentSequence, items: tree.map(\.dataSet) + input.images.map(KeyObjectSelection.item))
        return object
    }

    /// TID 2010 row 6: an image without a concept name.
    private static func item(_ image: ReferencedImage) -> DataSet {
        var item = DataSet()
        item.set(.relationshipType, .CS, "CONTAINS")
        item.set(.valueType, .CS, "IMAGE")
        item.set(.referencedSOPSequence, items: [image.reference])
        return item
    }
}
