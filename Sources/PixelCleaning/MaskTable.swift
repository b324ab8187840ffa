import DICOMCore

/// Which regions of which devices' images are covered, whatever stands in them: kept by the site.
///
/// A line of the file has six fields, tabs between them: patterns for Manufacturer, Manufacturer's Model Name and
/// Software Versions (`*` stands for anything, case does not matter), Rows, Columns (numbers or `*`), and regions
/// `top,left,bottom,right`, semicolons between them; a negative number counts from the lower or right border, `0` as
/// bottom or right is that border. Lines with `#` and empty lines say nothing.
///
/// The first matching line of each image counts, as in other tables of this kind.
public struct MaskTable: Sendable, Codable, Hashable {
    /// One line of the file.
    public struct Rule: Sendable, Codable, Hashable {
        let manufacturer: String
        let model: String
        let software: String
        let rows: Int?
        let columns: Int?
        let regions: [[Int]]
    }

    public let rules: [Rule]

    /// The table travels to its role through a pipe's buffer, with the whole configuration.
    public static let mostBytes = 24_576

    public static let empty = MaskTable(rules: [])

    private init(rules: [Rule]) { self.rules = rules }

    /// Reads a file's text; `problems` names every line that cannot be used.
    public static func parse(_ text: String) -> (table: MaskTable, problems: [String]) {
        guard text.utf8.count <= mostBytes else {
            return (.empty, ["the table of masks has more than \(mostBytes) bytes"])
        }
        var rules: [Rule] = []
        var problems: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.hasSuffix("\r") ? line.dropLast() : line
            guard !line.hasPrefix("#"), line.contains(where: { !$0.isWhitespace }) else { continue }
            switch rule(line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)) {
            case .success(let rule): rules.append(rule)
            case .failure(let problem): problems.append("line \(index + 1) of the table of masks: \(problem.words)")
            }
        }
        return (MaskTable(rules: rules), problems)
    }

    /// The regions to cover in images of the device that the header names.
    public func regions(for header: DataSet, geometry: PixelGeometry) -> [PixelBox] {
        let software = header.texts(Tag(0x0018, 0x1020)).joined(separator: "\\")
        let rule = rules.first { rule in
            (rule.rows ?? geometry.rows) == geometry.rows && (rule.columns ?? geometry.columns) == geometry.columns
                && Self.matches(rule.manufacturer, header.text(.manufacturer) ?? "")
                && Self.matches(rule.model, header.text(.manufacturerModelName) ?? "")
                && Self.matches(rule.software, software)
        }
        return (rule?.regions ?? []).map { region in
            func place(_ value: Int, _ size: Int, isEnd: Bool) -> Int {
                let position = value < 0 || (isEnd && value == 0) ? size + value : value
                return min(max(position, 0), size)
            }
            return PixelBox(
                top: place(region[0], geometry.rows, isEnd: false),
                left: place(region[1], geometry.columns, isEnd: false),
                bottom: place(region[2], geometry.rows, isEnd: true),
                right: place(region[3], geometry.columns, isEnd: true))
        }.filter { !$0.isEmpty }
    }

    private struct Problem: Error { let words: String }

    private static func rule(_ fields: [String]) -> Result<Rule, Problem> {
        guard fields.count == 6 else {
            return .failure(Problem(words: "\(fields.count) fields, not 6 with tabs between"))
        }
        let fields = fields.map { $0.trimmingSpaces }
        var sizes: [Int?] = []
        for field in fields[3...4] {
            if field == "*" {
                sizes.append(nil)
            } else if let number = Int(field), (1...65_535).contains(number) {
                sizes.append(number)
            } else {
                return .failure(Problem(words: "Rows and Columns are numbers from 1 to 65535, or *"))
            }
        }
        let regions = fields[5].split(separator: ";").map { $0.split(separator: ",").map { Int($0.trimmingSpaces) } }
        let numbers = regions.map { $0.compactMap { $0 } }
        guard !numbers.isEmpty, numbers.count <= 32,
            zip(regions, numbers).allSatisfy({ $0.count == 4 && $1.count == 4 }),
            numbers.joined().allSatisfy({ abs($0) <= 65_535 })
        else { return .failure(Problem(words: "regions are top,left,bottom,right; up to 32, semicolons between")) }
        return .success(
            Rule(
                manufacturer: fields[0], model: fields[1], software: fields[2], rows: sizes[0], columns: sizes[1],
                regions: numbers))
    }

    /// A pattern with `*` against a text, without regard to case. Linear in the text for each star.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.lowercased())
        let text = Array(text.lowercased())
        var (at, place) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while place < text.count {
            if at < pattern.count, pattern[at] == "*" {
                star = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == text[place] {
                at += 1
                place += 1
            } else if let last = star {
                // The star takes one character more.
                star = (last.pattern, last.text + 1)
                at = last.pattern + 1
                place = last.text + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
