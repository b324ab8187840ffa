/// A version of a model, exactly as Semantic Versioning writes it: `1.2.3`, `1.2.3-rc.1`, `1.2.3+site.7`.
///
/// Nothing is trimmed, guessed or completed: ` 1.2.3`, `01.2.3`, `1.2`, `-1.0.0` and `1_0.0.0` are no versions.
/// Ordered by precedence, then, so that the order is total, by the text of the build.
/// Source: Semantic Versioning 2.0.0, clauses 2, 9, 10, 11.
public struct SemanticVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    private enum Identifier: Sendable, Hashable {
        case number(UInt64)
        case word(String)
    }

    /// As it was written.
    public let description: String
    private let core: [UInt64]
    private let prerelease: [Identifier]
    private let build: String

    /// Longest text, in bytes: it stands in reports (LO, 64 characters) and in the names of results.
    public static let byteLimit = 64

    /// `nil` for anything that is not a semantic version of at most 64 bytes.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (5...Self.byteLimit).contains(bytes.count), bytes.allSatisfy(Self.isAllowed) else { return nil }
        let plus = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let dash = plus[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = dash[0].split(separator: ".", omittingEmptySubsequences: false)
        let core = numbers.compactMap(Self.number)
        guard numbers.count == 3, core.count == 3 else { return nil }
        var prerelease: [Identifier] = []
        for part in dash.count > 1 ? dash[1].split(separator: ".", omittingEmptySubsequences: false) : [] {
            guard !part.isEmpty, !part.contains("+") else { return nil }
            if part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                guard let value = Self.number(part) else { return nil }
                prerelease.append(.number(value))
            } else {
                prerelease.append(.word(String(part)))
            }
        }
        let build = plus.count > 1 ? plus[1].split(separator: ".", omittingEmptySubsequences: false) : []
        guard plus.count == 1 || build.allSatisfy({ !$0.isEmpty && !$0.contains("+") }) else { return nil }
        self.description = text
        self.core = core
        self.prerelease = prerelease
        self.build = plus.count > 1 ? String(plus[1]) : ""
    }

    public static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        if left.core != right.core { return left.core.lexicographicallyPrecedes(right.core) }
        if left.prerelease != right.prerelease {
            // A release comes after everything that led to it.
            if left.prerelease.isEmpty || right.prerelease.isEmpty { return !left.prerelease.isEmpty }
            return left.prerelease.lexicographicallyPrecedes(right.prerelease, by: precedes)
        }
        return left.build < right.build
    }

    private static func precedes(_ left: Identifier, _ right: Identifier) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.word(let left), .word(let right)): Array(left.utf8).lexicographicallyPrecedes(Array(right.utf8))
        case (.number, .word): true
        case (.word, .number): false
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    /// Digits without a leading zero.
    private static func number(_ text: some StringProtocol) -> UInt64? {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            first != 0x30 || text.utf8.count == 1
        else { return nil }
        return UInt64(text)
    }
}
