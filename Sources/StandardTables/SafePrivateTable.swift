import DICOMCore

/// Private attributes that the standard knows to be free of identities.
///
/// Source: PS3.15 Table E.3.10-1.
public struct SafePrivateTable: Sendable {
    private struct Key: Hashable {
        let creator: String
        let group: UInt16
        let element: UInt8
    }

    public static let shared = SafePrivateTable(.safePrivate)

    /// The VR of each, `nil` where the standard names none or leaves a choice.
    private var entries: [Key: VR?] = [:]

    private init(_ table: EmbeddedTable) {
        for line in table.lines {
            let fields = table.fields(line)
            guard fields.count == 4, let group = UInt16(fields[0], radix: 16), let element = UInt8(fields[1], radix: 16)
            else { continue }
            entries[Key(creator: fields[3], group: group, element: element)] = .some(VR(rawValue: fields[2]))
        }
    }

    /// How many attributes it names; a test holds it against the standard.
    public var count: Int { entries.count }

    /// Whether an element may stay: its group, the last two digits of its number, and its creator's name (padding
    /// stripped, letter for letter) are in the table, and its VR is the table's; UN says nothing about a VR.
    public func isSafe(_ tag: Tag, creator: String, vr: VR) -> Bool {
        guard let known = entries[Key(creator: creator, group: tag.group, element: UInt8(tag.element & 0xFF))] else {
            return false
        }
        return vr == .UN || known == nil || known == vr
    }
}
