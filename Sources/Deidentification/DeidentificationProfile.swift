import DICOMCore
import StandardTables

/// The Basic Application Level Confidentiality Profile with those of its options that the table alone decides.
///
/// Source: PS3.15 E.2 and E.3.
public struct DeidentificationProfile: Sendable, Hashable {
    public typealias Option = ConfidentialityOption

    public let options: Set<Option>

    /// The profile without any option.
    public static let basic = DeidentificationProfile(checked: [])

    /// The profile with options. Throws `optionNeedsCleaning` for every option of which a row says C: cleaning wants
    /// judgement about values, and a claim in (0012,0064) that nobody keeps is worse than none.
    public init(options: Set<Option>) throws(DeidentificationError) {
        guard options.isSubset(of: Self.selectable) else { throw .optionNeedsCleaning }
        self.init(checked: options)
    }

    private init(checked: Set<Option>) { options = checked }

    /// The options without a C in their column.
    public static let selectable: Set<Option> = Set(
        Option.allCases.filter { option in
            let table = ConfidentialityTable.shared
            return !table.rows.values.contains { $0.action(under: option) == .C }
                && ![.retainSafePrivate, .cleanGraphics].contains(option)
        })

    /// What the profile is called, e.g. `basic+retainUIDs`.
    public var name: String {
        (["basic"] + Option.allCases.filter { options.contains($0) }.map { "\($0)" }).joined(separator: "+")
    }

    /// What the table asks for under this profile; an option's K overrides the Basic column (PS3.15 E.1.1).
    public func action(for tag: Tag) -> ActionCode? {
        guard let row = ConfidentialityTable.shared.row(for: tag) else { return nil }
        return options.contains { row.action(under: $0) == .K } ? .K : row.basic
    }

    /// The codes of what has been done, Basic first.
    ///
    /// Source: PS3.16 CID 7050.
    public var methodCodes: [Code] {
        [Self.basicCode] + Self.optionCodes.filter { options.contains($0.option) }.map(\.code)
    }

    private static let basicCode = Code("113100", "DCM", "Basic Application Confidentiality Profile")
    private static let optionCodes: [(option: Option, code: Code)] = [
        (
            .retainLongitudinalFullDates,
            Code("113106", "DCM", "Retain Longitudinal Temporal Information Full Dates Option")
        ),
        (.retainUIDs, Code("113110", "DCM", "Retain UIDs Option")),
        (.retainInstitutionIdentity, Code("113112", "DCM", "Retain Institution Identity Option")),
    ]

    /// Every text that a method code item may hold, under any options.
    static let allMethodTexts: Set<String> = Set(
        ([basicCode] + optionCodes.map(\.code)).flatMap { [$0.value, $0.scheme, $0.meaning] })

    /// For De-identification Method (0012,0063); each value within the 64 characters of VR LO.
    static let methodText = "Basic Application Level Confidentiality Profile, PS3.15 2026c"

    /// For Longitudinal Temporal Information Modified (0028,0303).
    var temporalInformation: String {
        options.contains(.retainLongitudinalFullDates) ? "UNMODIFIED" : "REMOVED"
    }
}
