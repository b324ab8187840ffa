/// Ordinary words of radiographic descriptions: what Clean Descriptors lets pass.
///
/// A list of what is allowed, not of what is forbidden: nobody can list the names of all people. Lower case.
public struct DescriptorVocabulary: Sendable {
    public static let shared = DescriptorVocabulary(.descriptorWords)

    private let words: Set<String>

    private init(_ table: EmbeddedTable) {
        words = Set(table.lines.map { String(decoding: table.bytes[$0], as: UTF8.self) })
    }

    public var count: Int { words.count }

    /// Whether a word may stand in a cleaned text: one of the list, or a single digit.
    public func contains(_ word: some Collection<UInt8>) -> Bool {
        if word.count == 1, let digit = word.first, (0x30...0x39).contains(digit) { return true }
        guard word.count <= 32 else { return false }
        return words.contains(
            String(decoding: word.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self))
    }
}
