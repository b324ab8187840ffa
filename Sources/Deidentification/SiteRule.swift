import DICOMCore
import StandardTables

/// One rule that a site adds to a profile: which attributes, and what happens to them. It goes before the table; of
/// several rules that match, the last one counts.
///
/// | selector | attributes |
/// | --- | --- |
/// | `(0018,1030)`, `ProtocolName` | one attribute |
/// | `(0018,10xx)` | all whose digits agree; `x` is any digit |
/// | `VR:LT` | all standard attributes of a value representation |
/// | `(0019,ACME 1.0,02)`, `(0019,ACME 1.0,xx)` | one element, or all, of a private block |
public struct SiteRule: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable, CaseIterable {
        /// As it came; for a sequence: the profile is applied to its items.
        case keep
        /// As Clean Descriptors would: ordinary words stay. For text only.
        case clean
        case remove, empty, replace
        /// Dates are shifted by the patient's days. For dates and times only.
        case shift
    }

    enum Selector: Sendable, Hashable {
        case pattern(TagPattern)
        case vr(VR)
        /// `nil`: all elements of the block.
        case privateBlock(group: UInt16, creator: String, element: UInt8?)
    }

    let selector: Selector
    public let action: Action
    /// As it was written.
    public let text: String

    /// Reads `SELECTOR ACTION`. Throws `ruleMalformed`, or `ruleForbidden` for what no profile of ours may do.
    public init(_ text: String) throws(DeidentificationError) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard let verb = words.last, words.count >= 2, let action = Action(rawValue: String(verb)),
            let selector = Self.selector(words.dropLast().joined(separator: " "))
        else { throw .ruleMalformed }
        self.selector = selector
        self.action = action
        self.text = text
        guard isAllowed else { throw .ruleForbidden }
    }

    private static func selector(_ text: String) -> Selector? {
        if text.hasPrefix("VR:") { return VR(rawValue: String(text.dropFirst(3))).map { .vr($0) } }
        guard text.hasPrefix("("), text.hasSuffix(")") else {
            return StandardTables.tag(ofKeyword: text).flatMap { tag in
                TagPattern(String(Self.digits(tag)).utf8).map { .pattern($0) }
            }
        }
        let parts = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
        if parts.count == 2 {
            return TagPattern((parts[0] + parts[1]).utf8.map { (0x61...0x66).contains($0) ? $0 - 0x20 : $0 })
                .map { .pattern($0) }
        }
        guard parts.count == 3, let group = UInt16(parts[0], radix: 16), group & 1 == 1, !parts[1].isEmpty else {
            return nil
        }
        if parts[2] == "xx" { return .privateBlock(group: group, creator: String(parts[1]), element: nil) }
        guard parts[2].count == 2, let element = UInt8(parts[2], radix: 16) else { return nil }
        return .privateBlock(group: group, creator: String(parts[1]), element: element)
    }

    private static func digits(_ tag: Tag) -> String { "\(tag)".filter(\.isHexDigit) }

    /// Whether the rule lets something stay that the Basic Profile takes away, or might.
    public var isWeaker: Bool { action == .keep || action == .clean || action == .shift }

    func matches(_ tag: Tag, _ vr: VR) -> Bool {
        switch selector {
        case .pattern(let pattern): !tag.isPrivate && pattern.matches(tag.number)
        case .vr(let wanted): !tag.isPrivate && vr == wanted && !Self.isFixed(tag)
        case .privateBlock: false
        }
    }

    func matches(private tag: Tag, creator: String) -> Bool {
        guard case .privateBlock(let group, let name, let element) = selector else { return false }
        return tag.group == group && name == creator && (element == nil || element == UInt8(tag.element & 0xFF))
    }

    // MARK: What no rule may do

    private var isAllowed: Bool {
        switch selector {
        case .privateBlock: return action == .keep || action == .remove
        case .vr(let vr):
            let hasText = vr.isCharacterSetDependent || vr == .CS
            let isDate = vr == .DA || vr == .DT || vr == .TM
            return (action != .keep && action != .clean || hasText && vr != .PN && action == .clean)
                && (action != .shift || isDate) && vr != .UI && vr != .SQ
        case .pattern(let pattern):
            guard let tag = pattern.singleTag else { return action == .remove || action == .empty }
            guard !tag.isPrivate, tag.group >= 0x0008, !Self.isFixed(tag), let vr = StandardTables.vr(of: tag) else {
                return false
            }
            switch action {
            case .keep: return !Self.isDirectIdentifier(tag, vr)
            case .clean: return (vr.isCharacterSetDependent || vr == .CS) && vr != .PN
            case .shift: return (vr == .DA || vr == .DT || vr == .TM) && !Self.isDirectIdentifier(tag, vr)
            case .remove, .empty, .replace: return true
            }
        }
    }

    /// What identifies the object, describes its pixels, or is a mark of ours.
    static func isFixed(_ tag: Tag) -> Bool {
        switch tag {
        case .specificCharacterSet, .sopClassUID, .sopInstanceUID, .studyInstanceUID, .seriesInstanceUID,
            .patientIdentityRemoved, .deidentificationMethod, .deidentificationMethodCodeSequence,
            .longitudinalTemporalInformationModified, .encryptedAttributesSequence:
            true
        default: tag.group == 0x0028 && tag.element < 0x0400 || tag.group == 0x7FE0 || tag.element == 0
        }
    }

    /// Names of people, and what the table takes away of the patient under every option.
    private static func isDirectIdentifier(_ tag: Tag, _ vr: VR) -> Bool {
        if vr == .PN { return true }
        guard tag.group == 0x0010 || tag.group == 0x0038 || tag == .accessionNumber,
            let row = ConfidentialityTable.shared.row(for: tag)
        else { return false }
        return !ConfidentialityOption.allCases.contains { row.action(under: $0) != nil }
    }
}
