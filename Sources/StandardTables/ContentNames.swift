import DICOMCore

/// What the profile asks for content items of structured reports, by concept name and value type.
///
/// Source: PS3.15 Table E.3.4-1.
public struct ContentNames: Sendable {
    private struct Key: Hashable {
        let code: String
        let scheme: String
        let valueType: String
    }

    public static let shared = ContentNames(.contentNames)

    private var rows: [Key: ConfidentialityRow] = [:]

    private init(_ table: EmbeddedTable) {
        for line in table.lines {
            let fields = table.fields(line)
            guard fields.count == 11, let basic = ActionCode(rawValue: fields[3]) else { continue }
            // The columns are UIDs, device, institution, patient, full dates, modified dates, descriptors.
            let options = [nil] + fields[4...].map { ActionCode(rawValue: $0) }
            rows[Key(code: fields[0], scheme: fields[1], valueType: fields[2])] = ConfidentialityRow(
                basic: basic, options: options)
        }
    }

    /// How many rows it has; a test holds it against the standard.
    public var count: Int { rows.count }

    /// The row of a content item; `nil` if the table does not name it.
    public func row(code: String, scheme: String, valueType: String) -> ConfidentialityRow? {
        rows[Key(code: code, scheme: scheme, valueType: valueType)]
    }
}
