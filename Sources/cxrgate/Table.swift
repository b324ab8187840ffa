import Foundation
import Gateway

/// Aligned columns for people.
enum Table {
    /// One line per object, the named members as columns; `nothing` if there is none.
    static func text(_ rows: [JSONValue], columns: [String], nothing: String) -> String {
        if rows.isEmpty { return nothing }
        let cells = [columns.map { $0.uppercased() }] + rows.map { row in columns.map { cell(row[$0], $0) } }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { line in
            line.enumerated().map { column, text in
                column == columns.count - 1
                    ? text : text + String(repeating: " ", count: widths[column] - text.count + 2)
            }.joined()
        }.joined(separator: "\n")
    }

    /// One line per member of an object.
    static func list(_ object: JSONValue, _ names: [String]) -> String {
        let width = names.map(\.count).max() ?? 0
        return names.map { name in
            name + String(repeating: " ", count: width - name.count + 2) + cell(object[name], name)
        }.joined(separator: "\n")
    }

    static func cell(_ value: JSONValue, _ name: String = "") -> String {
        switch value {
        case .null: "-"
        case .bool(let value): value ? "yes" : "no"
        case .number(let value) where timeNames.contains(name): time(value)
        case .number(let value): Int64(exactly: value).map { "\($0)" } ?? "\(value)"
        case .string(let value): value
        case .array(let values): values.map { cell($0) }.joined(separator: ",")
        case .object(let members):
            members.sorted { $0.key < $1.key }.map { "\($0.key)=\(cell($0.value))" }.joined(separator: " ")
        }
    }

    private static let timeNames: Set<String> = ["at", "due", "made", "changed", "received", "oldest", "success"]

    private static func time(_ milliseconds: Double) -> String {
        let formatter = DateFormatter()
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        return formatter.string(from: Date(timeIntervalSince1970: milliseconds / 1000))
    }
}
