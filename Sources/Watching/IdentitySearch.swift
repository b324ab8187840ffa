/// Looks through a text for what may identify a patient: shapes that identifiers have, and words that someone names.
public struct IdentitySearch: Sendable {
    /// Parts of what the caller names, in lower case; parts of fewer than four characters are in every text.
    private let words: [String]

    private static let shortestWord = 4

    /// - Parameter words: names, numbers, dates that must not be there.
    public init(words: [String] = []) {
        self.words = words.flatMap { $0.lowercased().split { "^= ".contains($0) } }.map(String.init)
            .filter { $0.count >= Self.shortestWord }
    }

    /// What was found, by its shape and line, never itself. Empty if nothing was.
    public func findings(in text: String) -> [String] {
        var found: [String] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let lowered = line.lowercased()
            if words.contains(where: { lowered.contains($0) }) { found.append("a named word in line \(number + 1)") }
            for (shape, matches) in Self.shapes where matches(line) { found.append("\(shape) in line \(number + 1)") }
        }
        return found
    }

    private static let shapes: [(String, @Sendable (Substring) -> Bool)] = [
        ("a person's name in DICOM form", { $0.firstMatch(of: /[A-Za-z]{2,}\^[A-Za-z]/) != nil }),
        (
            "a UID",
            { line in
                line.matches(of: /[0-9]+(?:\.[0-9]+){4,}/).contains { !$0.output.hasPrefix("1.2.840.10008.") }
            }
        ),
        ("a date", { $0.firstMatch(of: /\b(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\b/) != nil }),
    ]
}
