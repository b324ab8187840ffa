import DICOMCore

/// An object of ours that is taken back.
public struct RejectedObject: Hashable, Sendable {
    public let sopClassUID: UID
    public let sopInstanceUID: UID
    public let seriesInstanceUID: UID

    public init(sopClassUID: UID, _ identity: ResultIdentity) {
        self.sopClassUID = sopClassUID
        sopInstanceUID = identity.sopInstanceUID
        seriesInstanceUID = identity.seriesInstanceUID
    }
}

/// A rejection note: a Key Object Selection whose title tells the archive to hide the objects that it names.
///
/// It names objects of ours alone. "Rejected for Patient Safety Reasons" is the reason under which an archive must not
/// show them any more, and may keep them for the record.
/// Source: PS3.3 A.35.4, PS3.16 TID 2010, CID 7011; IHE Imaging Object Change Management, RAD-66.
public struct RejectionNote: Sendable {
    let source: SourceAttributes
    let objects: [RejectedObject]
    let reason: ReportText
    let device: DeviceInput
    let identity: ResultIdentity

    public static let seriesNumber = 9909

    /// - Parameter reason: for people, ASCII, 1024 characters at most, free of identities.
    public init(
        source: SourceAttributes, objects: [RejectedObject], reason: String, device: DeviceInput,
        identity: ResultIdentity
    ) throws(ReportingError) {
        guard !objects.isEmpty else { throw .noFinding }
        self.source = source
        self.objects = objects
        self.reason = try ReportText(reason, limit: 1024)
        self.device = device
        self.identity = identity
    }

    /// The object for the PACS, without file meta information. The same input gives the same data set.
    public var dataSet: DataSet {
        var object = source.shared
        ResultModules.identify(&object, identity, sopClass: SOPClass.keyObjectSelection, modality: "KO")
        object.set(.seriesDescription, .LO, "AI results taken back")
        object.set(.referencedPerformedProcedureStepSequence, items: [])
        ResultModules.equip(&object, device: device)
        if !source.requests.isEmpty { object.set(.referencedRequestSequence, items: source.requests) }
        object.set(.currentRequestedProcedureEvidenceSequence, items: [evidence])
        object.set(.valueType, .CS, "CONTAINER")
        object.set(.conceptNameCodeSequence, code: ReportCodes.rejectedForPatientSafety)
        object.set(.continuityOfContent, .CS, "SEPARATE")
        object.set(.contentTemplateSequence, items: [ContentItem.template("2010")])
        object.set(.contentSequence, items: content)
        return object
    }

    /// Every object once, by series in the order of first mention (PS3.3 Table C.17-3).
    private var evidence: DataSet {
        var order: [UID] = []
        for object in objects where !order.contains(object.seriesInstanceUID) { order.append(object.seriesInstanceUID) }
        let series = order.map { uid -> DataSet in
            var item = DataSet()
            item.set(.seriesInstanceUID, uid)
            item.set(
                .referencedSOPSequence, items: objects.filter { $0.seriesInstanceUID == uid }.map(Self.reference))
            return item
        }
        var study = DataSet()
        study.set(.studyInstanceUID, source.studyInstanceUID)
        study.set(.referencedSeriesSequence, items: series)
        return study
    }

    /// TID 2010: who says it, in words why, and what it is about.
    private var content: [DataSet] {
        DeviceObserverContext(device: device).items.map(\.dataSet)
            + [ContentItem.text(.contains, ReportCodes.keyObjectDescription, reason).dataSet]
            + objects.map { object in
                var item = DataSet()
                item.set(.relationshipType, .CS, "CONTAINS")
                let isImage = object.sopClassUID == SOPClass.secondaryCapture
                item.set(.valueType, .CS, isImage ? "IMAGE" : "COMPOSITE")
                item.set(.referencedSOPSequence, items: [Self.reference(to: object)])
                return item
            }
    }

    private static func reference(to object: RejectedObject) -> DataSet {
        var item = DataSet()
        item.set(.referencedSOPClassUID, object.sopClassUID)
        item.set(.referencedSOPInstanceUID, object.sopInstanceUID)
        return item
    }
}
