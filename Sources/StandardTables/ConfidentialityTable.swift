import DICOMCore

/// What a row of Table E.1-1 asks for, compound actions included.
///
/// Source: PS3.15 Table E.1-1a.
public enum ActionCode: String, Sendable, Hashable, CaseIterable {
    /// Replace with a dummy value of non-zero length.
    case D
    /// Replace with zero length.
    case Z
    /// Remove.
    case X
    /// Keep; for a sequence: apply the profile to its items.
    case K
    /// Clean: keep the meaning, take out the identity.
    case C
    /// Replace with a UID that is consistent within the set of instances.
    case U
    case zeroOrDummy = "Z/D"
    case removeOrZero = "X/Z"
    case removeOrDummy = "X/D"
    case removeZeroOrDummy = "X/Z/D"
    case removeZeroOrUID = "X/Z/U*"
}

/// The options of the Basic Application Level Confidentiality Profile that have a column in Table E.1-1.
///
/// Source: PS3.15 E.3, PS3.16 CID 7050.
public enum ConfidentialityOption: Int, Sendable, Hashable, CaseIterable {
    case retainSafePrivate, retainUIDs, retainDeviceIdentity, retainInstitutionIdentity
    case retainPatientCharacteristics, retainLongitudinalFullDates, retainLongitudinalModifiedDates
    case cleanDescriptors, cleanStructuredContent, cleanGraphics
}

/// One row of Table E.1-1.
public struct ConfidentialityRow: Sendable, Hashable {
    public let basic: ActionCode
    private let options: [ActionCode?]

    init(basic: ActionCode, options: [ActionCode?]) {
        self.basic = basic
        self.options = options
    }

    /// What an option makes of this attribute; `nil` where the column is blank.
    public func action(under option: ConfidentialityOption) -> ActionCode? {
        option.rawValue < options.count ? options[option.rawValue] : nil
    }
}

/// Table E.1-1 of PS3.15, whole: 652 attributes, 3 repeating groups, and the rule for private attributes.
public struct ConfidentialityTable: Sendable {
    public static let shared = ConfidentialityTable(.confidentiality)

    /// The edition, e.g. `PS3.15 2026c Table E.1-1`.
    public let edition: String
    /// The rows of single attributes, by tag.
    public private(set) var rows: [Tag: ConfidentialityRow] = [:]
    /// The rule for every private attribute.
    public private(set) var privateRow = ConfidentialityRow(basic: .X, options: [])
    private var repeating: [(TagPattern, ConfidentialityRow)] = []

    private init(_ table: EmbeddedTable) {
        edition = table.title
        for line in table.lines {
            let fields = table.fields(line)
            guard fields.count == 12, let basic = ActionCode(rawValue: fields[1]) else { continue }
            let row = ConfidentialityRow(basic: basic, options: fields[2...].map { ActionCode(rawValue: $0) })
            if let pattern = TagPattern(fields[0].utf8) {
                if pattern.mask == .max {
                    rows[Tag(number: pattern.number)] = row
                } else {
                    repeating.append((pattern, row))
                }
            } else if fields[0] == "ggggeeee" {
                privateRow = row
            }
        }
    }

    /// How many rows were read; a test holds it against the standard.
    public var rowCount: Int { rows.count + repeating.count + 1 }

    /// The row that applies to a tag; `nil` if the table does not name it.
    ///
    /// Repeating groups take the place of `xx` by even numbers only; odd groups are private.
    public func row(for tag: Tag) -> ConfidentialityRow? {
        if tag.isPrivate { return privateRow }
        return rows[tag] ?? repeating.first { $0.0.matches(tag.number) }?.1
    }
}
