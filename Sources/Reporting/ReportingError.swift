/// Why a result cannot be written. Carries nothing of a patient.
public enum ReportingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The original header lacks an attribute without which no object can belong to its study.
    case sourceLacksAttribute(ReportAttribute)
    /// A report needs at least one image, and every finding an image of the report.
    case noImage
    /// A report needs at least one finding, or a reason why there is none.
    case noFinding
    /// A probability or threshold outside 0…1, or a lower threshold above the threshold.
    case numberOutOfRange
    /// A region with fewer than three corners, or with corners outside its image.
    case malformedRegion
    /// Our own text outside the characters that every Specific Character Set of DICOM shares.
    case textOutsideBasicRepertoire
    /// Text longer than its value representation allows.
    case textTooLong(limit: Int)
    /// The images of one report come from different studies or patients.
    case imagesOfDifferentStudies
    /// One image stands twice in a report.
    case repeatedImage
    /// Two findings or regions have one tracking UID.
    case repeatedTracking
    /// A label of the model has no coded concept.
    case labelWithoutCode
    /// Date or time are not in the form of DA and TM.
    case malformedTime
    /// Pixels are not rows × columns × 3, or do not fit the source's rows and columns.
    case pixelsDoNotFit

    /// A stable code for logs and documents.
    public var code: String {
        switch self {
        case .sourceLacksAttribute: "REP-001"
        case .noImage: "REP-002"
        case .noFinding: "REP-003"
        case .numberOutOfRange: "REP-004"
        case .malformedRegion: "REP-005"
        case .textOutsideBasicRepertoire: "REP-006"
        case .textTooLong: "REP-007"
        case .imagesOfDifferentStudies: "REP-008"
        case .malformedTime: "REP-009"
        case .pixelsDoNotFit: "REP-010"
        case .repeatedImage: "REP-011"
        case .repeatedTracking: "REP-012"
        case .labelWithoutCode: "REP-013"
        }
    }

    public var description: String {
        switch self {
        case .sourceLacksAttribute(let attribute):
            "\(code) the original header has no usable \(attribute.rawValue); the result has no study to go to"
        case .noImage: "\(code) a report without image, or a finding without its image; this is a fault of the program"
        case .noFinding: "\(code) a report without finding; this is a fault of the program"
        case .numberOutOfRange: "\(code) a probability or threshold outside 0…1; check the model card"
        case .malformedRegion: "\(code) a region is not a polygon inside its image; check the explanation layer"
        case .textOutsideBasicRepertoire:
            "\(code) a name or description of model or device holds characters outside ASCII, or \\ or ~; rename it"
        case .textTooLong(let limit): "\(code) a name or description is longer than \(limit) characters; shorten it"
        case .imagesOfDifferentStudies:
            "\(code) the images disagree about study or patient; hold the study and look at it"
        case .malformedTime: "\(code) date or time are malformed; this is a fault of the program"
        case .repeatedImage: "\(code) an image stands twice in a report; this is a fault of the program"
        case .repeatedTracking:
            "\(code) two findings or regions have one tracking UID; this is a fault of the program"
        case .labelWithoutCode: "\(code) a label of the model has no code; mend its passport"
        case .pixelsDoNotFit: "\(code) the overlay's pixels do not fit its image; this is a fault of the program"
        }
    }
}

/// The attributes that a result cannot do without, by keyword.
public enum ReportAttribute: String, Hashable, Sendable {
    case studyInstanceUID = "StudyInstanceUID"
    case seriesInstanceUID = "SeriesInstanceUID"
    case sopInstanceUID = "SOPInstanceUID"
    case sopClassUID = "SOPClassUID"
    case rows = "Rows"
    case columns = "Columns"
}
