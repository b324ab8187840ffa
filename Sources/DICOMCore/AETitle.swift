/// The name under which a DICOM application is known: 1 to 16 printable characters, no backslash.
///
/// Leading and trailing spaces are not significant (PS3.5 6.2, VR AE; PS3.8 9.3.2).
public struct AETitle: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: String

    /// Reads a title as a peer or an administrator wrote it. Returns `nil` if it is blank, too long, or holds
    /// control characters, a backslash, or anything outside ASCII.
    public init?(_ text: some StringProtocol) {
        var trimmed = text[...]
        while let last = trimmed.last, last == "\0" || last == " " { trimmed = trimmed.dropLast() }
        while trimmed.first == " " { trimmed = trimmed.dropFirst() }
        guard (1...16).contains(trimmed.utf8.count) else { return nil }
        guard trimmed.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x5C }) else { return nil }
        value = String(trimmed)
    }

    public static func < (left: AETitle, right: AETitle) -> Bool { left.value < right.value }

    public var description: String { value }
}
