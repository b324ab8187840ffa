import DICOMCore

/// A rejection note: a Key Object Selection whose title tells the archive to hide the objects that it names.
///
/// It names objects of ours alone. "Rejected for Patient Safety Reasons" is the reason under which an archive must not
/// show them any more, and may keep them for the record.
/// Source: PS3.3 A.35.4, PS3.16 TID 2010, CID 7011; IHE Imaging Object Change Management, RAD-66.
public struct RejectionNote: Sendable {
    let source: SourceAttributes
    let objects: [ReferencedObject]
    let reason: ReportText
    let device: DeviceInput
    let identity: ResultIdentity

    public static let seriesNumber = 9909

    /// - Parameter reason: for people, ASCII, 1024 characters at most, free of identities.
    public init(
        source: SourceAttributes, objects: [ReferencedObject], reason: String, device: DeviceInput,
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
        KeyObjectDocument(
            title: ReportCodes.rejectedForPatientSafety, seriesDescription: "AI results taken back", source: source,
            objects: objects, device: device, identity: identity, words: reason
        ).dataSet
    }
}
