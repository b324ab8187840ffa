/// A table of comma-separated values with a heading. Source: RFC 4180; line ends of any kind, and a byte order mark, are
/// understood.
struct CSVTable {
    let header: [String]
    /// Fields with the row's number, counted from 1, the heading.
    private(set) var rows: [(number: Int, fields: [String])] = []

    /// `nil` if there is no heading.
    init?(_ text: String) {
        var lines = CSVTable.split(text)[...]
        guard let first = lines.popFirst() else { return nil }
        header = first.fields
        rows = Array(lines)
    }

    /// The place of a column.
    func column(_ name: String) -> Int? { header.firstIndex(of: name) }

    private static func split(_ text: String) -> [(number: Int, fields: [String])] {
        var rows: [(Int, [String])] = []
        var fields: [String] = []
        var field = ""
        var (isQuoted, isEmpty, number) = (false, true, 1)
        func endField() {
            fields.append(field)
            field = ""
        }
        func endRow() {
            if !isEmpty {
                endField()
                rows.append((number, fields))
            }
            fields = []
            isEmpty = true
            number += 1
        }
        var characters = Array(text.unicodeScalars)[...]
        if characters.first == "\u{FEFF}" { characters.removeFirst() }
        while let character = characters.popFirst() {
            if isQuoted {
                if character != "\"" {
                    field.unicodeScalars.append(character)
                } else if characters.first == "\"" {
                    characters.removeFirst()
                    field.append("\"")
                } else {
                    isQuoted = false
                }
                continue
            }
            switch character {
            case "\r":
                if characters.first == "\n" { characters.removeFirst() }
                endRow()
            case "\n": endRow()
            case ",":
                isEmpty = false
                endField()
            case "\"" where field.isEmpty:
                isEmpty = false
                isQuoted = true
            default:
                isEmpty = false
                field.unicodeScalars.append(character)
            }
        }
        endRow()
        return rows
    }

    /// A field as it stands in a file.
    static func quoted(_ field: String) -> String {
        let needsQuotes = field.unicodeScalars.contains { ["\"", ",", "\r", "\n"].contains($0) }
        return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }
}
