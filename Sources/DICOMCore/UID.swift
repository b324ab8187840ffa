/// A DICOM unique identifier: dotted decimal, at most 64 characters.
///
/// Source: PS3.5 9.
public struct UID: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let value: String

    /// Reads a UID as it lies in a data set: trailing NUL and space are padding, anything else must conform.
    /// Returns `nil` for what PS3.5 9.1 does not allow.
    public init?(_ text: some StringProtocol) {
        var trimmed = text[...]
        while let last = trimmed.last, last == "\0" || last == " " { trimmed = trimmed.dropLast() }
        guard UID.conforms(trimmed) else { return nil }
        value = String(trimmed)
    }

    /// A UID written in source code; a bad one is our bug and traps.
    public init(stringLiteral value: String) {
        precondition(UID.conforms(value[...]), "not a UID: \(value)")
        self.value = value
    }

    public static func < (left: UID, right: UID) -> Bool { left.value < right.value }

    public var description: String { value }

    private static func conforms(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= 64 else { return false }
        for component in bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let first = component.first else { return false }
            if first == UInt8(ascii: "0"), component.count > 1 { return false }
            guard component.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return false }
        }
        return true
    }
}
