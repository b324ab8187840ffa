import Foundation

/// A table of what was true: `job`, `accession`, `uid` or `pseudonym`, `finding`, `truth`.
public final class FeedbackTable {
    /// What the first column that names is.
    public let by: String
    private let rows: DelimitedRows
    private let columns: Int
    private let name: Int
    private let finding: Int
    private let truth: Int

    private static let names = ["job", "accession", "uid", "pseudonym"]

    /// Opens a file, or standard input for `-`. Throws if a column is missing.
    public convenience init(path: String) throws(EvaluationError) {
        if path == "-" {
            try self.init(
                DelimitedRows(.labels) { Array(try FileHandle.standardInput.read(upToCount: 1 << 16) ?? Data()) })
        } else {
            try self.init(DelimitedRows(.labels, path: path))
        }
    }

    init(_ rows: DelimitedRows) throws(EvaluationError) {
        self.rows = rows
        let heading = try TableHeading(rows)
        columns = heading.count
        name = try heading.column(nil, Self.names, wanted: "job")
        by = heading.names[name]
        finding = try heading.column(nil, ["finding"], wanted: "finding")
        truth = try heading.column(nil, ["truth", "label"], wanted: "truth")
    }

    /// The next lines as administration takes them, parted by tabs, and their rows in the table; `nil` at the end.
    /// Throws for a row that cannot be understood.
    public func next(_ count: Int) throws(EvaluationError) -> (lines: String, rows: [Int])? {
        var lines: [String] = []
        var numbers: [Int] = []
        var row = DelimitedRows.Row()
        while lines.count < count, try rows.next(&row) {
            let fields = row.count == columns ? [row.text(name), row.text(finding), row.text(truth)] : []
            let isWhole = fields.allSatisfy { field in
                !field.isEmpty && !field.unicodeScalars.contains { $0.value < 32 }
            }
            guard fields.count == 3, isWhole, ["0", "1"].contains(fields[2]) else {
                throw .badRows(.labels, count: 1, first: [row.number])
            }
            lines.append(fields.joined(separator: "\t"))
            numbers.append(row.number)
        }
        return lines.isEmpty ? nil : (lines.joined(separator: "\n"), numbers)
    }
}
