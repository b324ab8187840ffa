/// What can go wrong in an evaluation. Names rows by number, never by what stands in them.
public enum EvaluationError: Error, Equatable, Sendable {
    /// One of the two tables that are joined.
    public enum Table: String, Sendable {
        case predictions
        case labels
    }

    /// A table without a heading row or without a row below it.
    case noRows(Table)
    /// A column that is needed. `known` are the headings that the product knows, `count` is how many there are.
    case missingColumn(Table, wanted: String, known: [String], count: Int)
    /// Rows that cannot be understood; the first of them by number, 1 being the heading.
    case badRows(Table, count: Int, first: [Int])
    /// Rows that repeat the key of another.
    case repeatedKeys(Table, count: Int, first: [Int])
    /// Rows of one table without a partner in the other.
    case unmatched(predictions: Int, labels: Int)
    /// A setting out of its range.
    case badSetting(name: String, range: String)
    /// More different values in a subgroup column than a report can show.
    case tooManyGroups(limit: Int)
    /// The rule asks for what no threshold within 0…1 gives.
    case ruleUnmet(rule: String)
    /// A row longer than a table of figures has.
    case rowTooLong(Table, row: Int)
    /// A table that cannot be read, or room for sorting that cannot be had.
    case disk(reading: Table?)

    /// A stable code for logs, documents and scripts.
    public var code: String {
        switch self {
        case .noRows: "EVA-001"
        case .missingColumn: "EVA-002"
        case .badRows: "EVA-003"
        case .repeatedKeys: "EVA-004"
        case .unmatched: "EVA-005"
        case .badSetting: "EVA-006"
        case .tooManyGroups: "EVA-007"
        case .ruleUnmet: "EVA-008"
        case .rowTooLong: "EVA-009"
        case .disk: "EVA-010"
        }
    }
}

extension EvaluationError: CustomStringConvertible {
    /// The code, what happened, and what to do about it.
    public var description: String {
        switch self {
        case .noRows(let table): "\(code): the \(table.rawValue) have no rows below a heading; give a CSV with both"
        case .missingColumn(let table, let wanted, let known, let count):
            "\(code): the \(table.rawValue) have \(count) columns"
                + (known.isEmpty ? "" : ", among them \(known.joined(separator: ", ")),")
                + " but none for the \(wanted); "
                + (Self.options.contains(wanted) ? "name it with --\(wanted)-column, or " : "")
                + "see the command's --help"
        case .badRows(let table, let count, let first):
            "\(code): \(count) rows of the \(table.rawValue) cannot be understood (\(Self.rows(first, count))); scores are "
                + "numbers within 0…1, labels 0 or 1 or the name of a class"
        case .repeatedKeys(let table, let count, let first):
            "\(code): \(count) rows of the \(table.rawValue) repeat the key of another (\(Self.rows(first, count))); every "
                + "case stands once in each table"
        case .unmatched(let predictions, let labels):
            "\(code): \(predictions) predictions have no label and \(labels) labels no prediction; complete the tables, or "
                + "choose the labelled rows with --where COLUMN=VALUE"
        case .badSetting(let name, let range): "\(code): \(name) is \(range)"
        case .tooManyGroups(let limit):
            "\(code): a subgroup column has more than \(limit) different values; name a coarser one with --by"
        case .ruleUnmet(let rule):
            "\(code): no threshold within 0…1 satisfies the rule \(rule) on these cases; choose another rule or more cases"
        case .rowTooLong(let table, let row):
            "\(code): row \(row) of the \(table.rawValue) is longer than \(EvaluationLimits.rowBytes) bytes; is a quote open?"
        case .disk(let table):
            table.map { "\(code): the \($0.rawValue) cannot be read; check the path and its permissions" }
                ?? "\(code): there is no room to sort in; check the space in TMPDIR"
        }
    }

    /// Columns that an option names.
    private static let options = ["key", "score", "label"]

    private static func rows(_ first: [Int], _ count: Int) -> String {
        let shown = first.map { String($0) }.joined(separator: ", ")
        return (count == 1 ? "row " : "rows ") + shown + (count > first.count ? ", …" : "")
    }
}
