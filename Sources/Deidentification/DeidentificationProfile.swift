import DICOMCore
import StandardTables

/// The Basic Application Level Confidentiality Profile, with options of the standard and rules of a site.
///
/// Source: PS3.15 E.2 and E.3.
public struct DeidentificationProfile: Sendable, Hashable {
    public typealias Option = ConfidentialityOption

    /// A profile must stay something that a privacy officer reads in one sitting.
    public static let maximumRules = 500

    public let options: Set<Option>
    /// In the order in which the site wrote them.
    public let rules: [SiteRule]
    private let table: ActionTable

    /// The profile without any option.
    public static let basic = DeidentificationProfile(checked: [], [])

    /// Throws `optionsContradict` for full and modified dates together, `tooManyRules`.
    public init(options: Set<Option>, rules: [SiteRule] = []) throws(DeidentificationError) {
        guard !options.isSuperset(of: [.retainLongitudinalFullDates, .retainLongitudinalModifiedDates]) else {
            throw .optionsContradict
        }
        guard rules.count <= Self.maximumRules else { throw .tooManyRules }
        self.init(checked: options, rules)
    }

    private init(checked: Set<Option>, _ rules: [SiteRule]) {
        options = checked
        self.rules = rules
        table = ActionTable(checked)
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.options == right.options && left.rules == right.rules
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(options)
        hasher.combine(rules)
    }

    /// What the profile is called, e.g. `basic+retainUIDs`.
    public var name: String {
        (["basic"] + Option.allCases.filter { options.contains($0) }.map { "\($0)" }
            + (rules.isEmpty ? [] : ["\(rules.count) rules"])).joined(separator: "+")
    }

    /// What the table asks for under this profile, rules of the site aside: K or C where an option says so, else the
    /// Basic column. An option overrides the Basic Profile (PS3.15 E.1.1); of two options that disagree about an
    /// attribute, K goes before C, but for dates: a date that stays among shifted ones would give the shift away.
    public func action(for tag: Tag) -> ActionCode? { table.action(for: tag) }

    var shiftsDates: Bool {
        options.contains(.retainLongitudinalModifiedDates) || rules.contains { $0.action == .shift }
    }
    var keepsDates: Bool { options.contains(.retainLongitudinalFullDates) }
    var cleansDescriptors: Bool { options.contains(.cleanDescriptors) }
    /// Private elements may stay, if they are known to be safe.
    var keepsPrivate: Bool { options.contains(.retainSafePrivate) || !privateRules.isEmpty }
    private var privateRules: [SiteRule] {
        rules.filter { if case .privateBlock = $0.selector { true } else { false } }
    }

    /// The site's action for a standard attribute; `nil` if no rule names it.
    func siteAction(for tag: Tag) -> SiteRule.Action? {
        if rules.isEmpty { return nil }
        let vr = StandardTables.vr(of: tag) ?? .UN
        return rules.last { $0.matches(tag, vr) }?.action
    }

    /// Whether a private element is declared safe: by a rule of the site, else by Table E.3.10-1 under the option.
    func isSafe(private tag: Tag, creator: String, vr: VR) -> Bool {
        if let rule = rules.last(where: { $0.matches(private: tag, creator: creator) }) { return rule.action == .keep }
        return options.contains(.retainSafePrivate)
            && SafePrivateTable.shared.isSafe(tag, creator: creator, vr: vr)
    }
}

/// The table under one set of options, resolved once.
private final class ActionTable: Sendable {
    private let actions: [UInt32: ActionCode]
    private let options: Set<ConfidentialityOption>

    init(_ options: Set<ConfidentialityOption>) {
        self.options = options
        actions = Dictionary(
            uniqueKeysWithValues: ConfidentialityTable.shared.rows.map { tag, row in
                (tag.number, Self.action(row, StandardTables.vr(of: tag), options))
            })
    }

    func action(for tag: Tag) -> ActionCode? {
        if let action = actions[tag.number] { return action }
        guard tag.isPrivate || tag.group >= 0x5000, let row = ConfidentialityTable.shared.row(for: tag) else {
            return nil
        }
        return Self.action(row, StandardTables.vr(of: tag), options)
    }

    private static func action(
        _ row: ConfidentialityRow, _ vr: VR?, _ options: Set<ConfidentialityOption>
    ) -> ActionCode {
        let isDate = vr == .DA || vr == .DT || vr == .TM
        if isDate, options.contains(.retainLongitudinalModifiedDates),
            row.action(under: .retainLongitudinalModifiedDates) == .C
        {
            return .C
        }
        let asked = Set(options.compactMap { row.action(under: $0) })
        return asked.contains(.K) ? .K : asked.contains(.C) ? .C : row.basic
    }
}
