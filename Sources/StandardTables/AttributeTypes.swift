import DICOMCore

/// The information object definitions whose attribute types are known here.
///
/// Source: PS3.3 A.2 (CR), A.26 (DX), A.8 (SC).
public enum IOD: Int, Sendable, Hashable, CaseIterable {
    case computedRadiography, digitalXRay, secondaryCapture

    /// The definition behind a SOP class; `nil` for classes outside the gateway's field.
    public init?(sopClass: UID) {
        switch sopClass {
        case SOPClass.computedRadiography: self = .computedRadiography
        case SOPClass.digitalXRayForPresentation, SOPClass.digitalXRayForProcessing: self = .digitalXRay
        case SOPClass.secondaryCapture: self = .secondaryCapture
        default: return nil
        }
    }
}

/// How strongly an IOD demands an attribute.
///
/// Source: PS3.5 7.4.
public enum AttributeType: String, Sendable, Hashable {
    case required = "1"
    case requiredConditionally = "1C"
    case mayBeEmpty = "2"
    case mayBeEmptyConditionally = "2C"
    case optional = "3"
}

/// Types of the attributes of Table E.1-1 at the top level of CR, DX and SC, the strictest of all modules.
public enum AttributeTypes {
    /// The type of an attribute at the top level of an IOD; `nil` if no module of it has the attribute.
    public static func type(of tag: Tag, in iod: IOD) -> AttributeType? {
        guard let types = table[tag], iod.rawValue < types.count else { return nil }
        return types[iod.rawValue]
    }

    private static let table: [Tag: [AttributeType?]] = {
        let source = EmbeddedTable.attributeTypes
        var types: [Tag: [AttributeType?]] = [:]
        for line in source.lines {
            let fields = source.fields(line)
            guard fields.count == 4, let pattern = TagPattern(fields[0].utf8), pattern.mask == .max else { continue }
            types[Tag(number: pattern.number)] = fields[1...].map { AttributeType(rawValue: $0) }
        }
        return types
    }()
}
