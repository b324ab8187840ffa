/// What a model is called, whatever its version: 1 to 48 of `a`…`z`, `0`…`9` and `-`, a letter first, no `-` last.
///
/// Small on purpose: no path, no NUL, no letter of another script that looks like one of these gets through, and two
/// names never differ in case alone.
public struct ModelID: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// Longest name, in bytes: with its version it stands in tables and reports.
    public static let byteLimit = 48

    /// `nil` for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...Self.byteLimit).contains(bytes.count), let first = bytes.first, (0x61...0x7A).contains(first),
            bytes.last != 0x2D,
            bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else { return nil }
        description = text
    }
}
