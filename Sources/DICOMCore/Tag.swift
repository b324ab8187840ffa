/// The address of a DICOM attribute: a group and an element number.
///
/// Ordering is the order in which elements must appear in a data set (PS3.5 7.1).
/// Source: PS3.5 7.1, PS3.6.
public struct Tag: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The group number, e.g. `0x0010` for patient attributes.
    public let group: UInt16
    /// The element number within the group.
    public let element: UInt16

    public init(_ group: UInt16, _ element: UInt16) {
        self.group = group
        self.element = element
    }

    /// Odd groups belong to manufacturers (PS3.5 7.8).
    public var isPrivate: Bool { group & 1 == 1 }

    /// A private creator element reserves a block of private elements: `(gggg,0010-00FF)`, odd group (PS3.5 7.8.1).
    public var isPrivateCreator: Bool { isPrivate && (0x0010...0x00FF).contains(element) }

    /// Both numbers as one, group first; sorts like the tag.
    public var number: UInt32 { UInt32(group) << 16 | UInt32(element) }

    public init(number: UInt32) {
        self.init(UInt16(number >> 16), UInt16(number & 0xFFFF))
    }

    public static func < (left: Tag, right: Tag) -> Bool { left.number < right.number }

    /// `(0010,0020)`, upper-case hexadecimal.
    public var description: String { "(\(hexadecimal(group)),\(hexadecimal(element)))" }

    private func hexadecimal(_ value: UInt16) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
