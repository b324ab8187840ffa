import DICOMCore

/// What a result takes over from the original: patient, study and order, in the source's own bytes under its own
/// Specific Character Set. Nothing is invented, and what is empty stays empty.
///
/// Holds the patient's identity; it must not be printed, and hides itself where that happens.
/// Source: PS3.3 C.7.1, C.7.2, C.17.2 (Referenced Request Sequence).
public struct SourceAttributes: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The study that source and result belong to.
    public let studyInstanceUID: UID
    /// Ready for a result: patient and study attributes with Specific Character Set, type 2 attributes filled up empty.
    let shared: DataSet
    /// Optional attributes of the source that are left out, because their values are not what their representation
    /// allows (an age of `81`, say): a PACS may refuse an object for them. Attributes that tell patients and studies
    /// apart are taken as they are.
    public let omitted: [Tag]
    /// The items of Referenced Request Sequence; empty if the source names no order.
    let requests: [DataSet]
    /// Performed Procedure Code Sequence is the study's procedure, where the source says it.
    let procedures: [DataSet]

    /// Reads the header of an original, or, for a check without one, that of a result, which names order and procedure
    /// in attributes of its own. Throws if it has no Study Instance UID.
    public init(header: DataSet, isResult: Bool = false) throws(ReportingError) {
        guard let study = header.uid(.studyInstanceUID) else { throw .sourceLacksAttribute(.studyInstanceUID) }
        studyInstanceUID = study
        var shared = DataSet()
        if let characterSet = header[.specificCharacterSet], !characterSet.isEmpty {
            shared.set(DataElement(.specificCharacterSet, .CS, bytes: characterSet.bytes))
        }
        var omitted: [Tag] = []
        for row in CopiedAttributes.rows {
            let isOptional = row.requirement == .ifPresent
            if isOptional, let bytes = header[row.tag]?.bytes, !ValueForm.isAcceptable(bytes, row.vr) {
                omitted.append(row.tag)
            } else if let element = header[row.tag], let copy = SourceAttributes.copy(element, as: row.vr) {
                shared.set(copy)
            } else if !isOptional {
                shared.set(DataElement(row.tag, row.vr, bytes: []))
            }
        }
        self.shared = shared
        self.omitted = omitted
        procedures = header.items(isResult ? .performedProcedureCodeSequence : .procedureCodeSequence).map {
            DataSet($0.elements.filter { !$0.isEmpty })
        }
        requests =
            isResult
            ? header.items(.referencedRequestSequence)
            : SourceAttributes.requests(header, study: study, shared: shared)
    }

    /// The attributes in which another image of the same study tells another story; empty when they agree.
    ///
    /// Attributes that only one of the two has do not count: modalities fill them in late.
    public func disagreements(with other: SourceAttributes) -> [Tag] {
        shared.elements.filter { element in
            guard SourceAttributes.mustAgree.contains(element.tag), !element.isEmpty,
                let theirs = other.shared[element.tag], !theirs.isEmpty
            else { return false }
            return theirs.value != element.value
        }.map(\.tag)
    }

    /// Minutes east of Greenwich that dates and times of the source are in; `nil` if it does not say.
    public var timezoneOffsetMinutes: Int? {
        guard let text = shared.text(.timezoneOffsetFromUTC), text.utf8.count == 5,
            let sign = text.first, sign == "+" || sign == "-", let digits = Int(text.dropFirst())
        else { return nil }
        return (digits / 100 * 60 + digits % 100) * (sign == "-" ? -1 : 1)
    }

    public var description: String { "‹source attributes›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }

    private static let mustAgree: Set<Tag> = [
        .studyInstanceUID, .patientID, .patientName, .patientBirthDate, .patientSex, .issuerOfPatientID,
        .accessionNumber,
    ]

    /// The element under the VR that the standard gives it; an implicit or UN source may not have said so.
    private static func copy(_ element: DataElement, as vr: VR) -> DataElement? {
        switch element.value {
        case .bytes(let bytes): vr == .SQ ? nil : DataElement(element.tag, vr, bytes: bytes)
        case .items(let items): vr == .SQ && !items.isEmpty ? DataElement(element.tag, items: items) : nil
        }
    }

    /// One item per order that the source names (PS3.3 Table C.17-2); an accession number alone is an order as well.
    private static func requests(_ header: DataSet, study: UID, shared: DataSet) -> [DataSet] {
        let attributes = header.items(.requestAttributesSequence)
        guard !attributes.isEmpty || shared[.accessionNumber]?.isEmpty == false else { return [] }
        return (attributes.isEmpty ? [DataSet()] : attributes).map { attribute in
            var item = DataSet()
            item.set(.studyInstanceUID, study)
            item.set(.referencedStudySequence, items: header.items(.referencedStudySequence))
            let fallbacks: [(Tag, VR)] = [
                (.accessionNumber, .SH), (.placerOrderNumber, .LO), (.fillerOrderNumber, .LO),
                (.requestedProcedureID, .SH), (.requestedProcedureDescription, .LO),
            ]
            for (tag, vr) in fallbacks {
                let value = attribute[tag].flatMap { $0.isEmpty ? nil : $0 } ?? header[tag]
                item.set(DataElement(tag, vr, bytes: value?.bytes ?? []))
            }
            // Modalities pad codes with empty attributes that may only be there with a value (PS3.3 Table 8.8-1).
            let codes = attribute.items(.requestedProcedureCodeSequence).map { code in
                DataSet(code.elements.filter { !$0.isEmpty })
            }
            item.set(.requestedProcedureCodeSequence, items: codes)
            if let issuer = shared[.issuerOfAccessionNumberSequence] { item.set(issuer) }
            return item
        }
    }
}
