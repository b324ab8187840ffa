import DICOMCore

/// Why a result must not leave. Names attributes and concepts, never their values.
public enum ResultProblem: Hashable, Sendable, CustomStringConvertible {
    case missingAttribute(Tag)
    case emptyAttribute(Tag)
    case wrongValue(Tag)
    /// A patient or study attribute is not the source's own.
    case disagreesWithSource(Tag)
    /// A patient or study attribute that the source does not have.
    case notInSource(Tag)
    /// The evidence sequence and the images of the report are not the same set.
    case evidenceIncomplete
    /// The tree refers to an image that the evidence does not list.
    case referenceWithoutEvidence
    /// The root does not name template 1500 of DCMR.
    case templateMissing
    /// A row of the template that we hold mandatory; the concept's code value.
    case contentMissing(String)
    case groupWithoutContent(String)
    case imageLibraryIncomplete
    case noResult
    case unknownCode(value: String, scheme: String)
    case wrongMeaning(value: String, scheme: String)
    case illegalRelationship(String)
    case malformedContentItem
    case malformedRegion
    case pixelDataLength
    case treeTooDeep
    /// A concept stands where its template does not allow it, or with a value that it may not have.
    case wrongRow(String)
    /// An image of the report has neither finding nor reason.
    case imageWithoutResult
    case trackingRepeated
    /// Presence is not what certainty and thresholds make of it.
    case decisionDoesNotFollow
    /// A value of our own is not of the form that its representation demands.
    case malformedValue(Tag)
    /// The replaced report is not named as the template demands.
    case malformedPredecessor

    /// A stable code for logs, the dead-letter queue and documents.
    public var code: String {
        switch self {
        case .missingAttribute: "VAL-001"
        case .emptyAttribute: "VAL-002"
        case .wrongValue: "VAL-003"
        case .disagreesWithSource: "VAL-004"
        case .notInSource: "VAL-005"
        case .evidenceIncomplete: "VAL-006"
        case .referenceWithoutEvidence: "VAL-007"
        case .templateMissing: "VAL-008"
        case .contentMissing: "VAL-009"
        case .groupWithoutContent: "VAL-010"
        case .imageLibraryIncomplete: "VAL-011"
        case .noResult: "VAL-012"
        case .unknownCode: "VAL-013"
        case .wrongMeaning: "VAL-014"
        case .illegalRelationship: "VAL-015"
        case .malformedContentItem: "VAL-016"
        case .malformedRegion: "VAL-017"
        case .pixelDataLength: "VAL-018"
        case .treeTooDeep: "VAL-019"
        case .wrongRow: "VAL-020"
        case .imageWithoutResult: "VAL-021"
        case .trackingRepeated: "VAL-022"
        case .decisionDoesNotFollow: "VAL-023"
        case .malformedValue: "VAL-024"
        case .malformedPredecessor: "VAL-025"
        }
    }

    public var description: String {
        switch self {
        case .missingAttribute(let tag): "\(code) \(tag) is missing"
        case .emptyAttribute(let tag): "\(code) \(tag) is empty"
        case .wrongValue(let tag): "\(code) \(tag) has a value that this object may not have"
        case .disagreesWithSource(let tag): "\(code) \(tag) differs from the source"
        case .notInSource(let tag): "\(code) \(tag) is not in the source"
        case .evidenceIncomplete: "\(code) the evidence does not list exactly the images of the report"
        case .referenceWithoutEvidence: "\(code) the tree refers to an image outside the evidence"
        case .templateMissing: "\(code) the root does not name template 1500"
        case .contentMissing(let concept): "\(code) the report lacks the concept \(concept)"
        case .groupWithoutContent(let concept): "\(code) a measurement group lacks the concept \(concept)"
        case .imageLibraryIncomplete: "\(code) the image library does not hold exactly the images of the report"
        case .noResult: "\(code) neither a measurement group nor a statement that none was made"
        case .unknownCode(let value, let scheme): "\(code) (\(value), \(scheme)) is not a code that we use"
        case .wrongMeaning(let value, let scheme): "\(code) (\(value), \(scheme)) has a wrong meaning"
        case .illegalRelationship(let what): "\(code) illegal relationship: \(what)"
        case .malformedContentItem: "\(code) a content item lacks its name or value"
        case .malformedRegion: "\(code) a region is not a closed polygon inside its image"
        case .pixelDataLength: "\(code) the pixels are not rows × columns × 3"
        case .treeTooDeep: "\(code) the tree is deeper than any template of ours"
        case .wrongRow(let concept): "\(code) the concept \(concept) stands where or as its template does not allow"
        case .imageWithoutResult: "\(code) an image has neither a finding nor a reason why there is none"
        case .trackingRepeated: "\(code) two measurement groups have one tracking UID"
        case .decisionDoesNotFollow: "\(code) the presence does not follow from certainty and thresholds"
        case .malformedValue(let tag): "\(code) \(tag) holds a value that its representation does not allow"
        case .malformedPredecessor: "\(code) the replaced report is not a report of this study"
        }
    }
}
