extension CaseSource {
    /// Calls `body` with the row, the key and the truth of every label that takes part, in the order of the table.
    /// Classes are numbered as `classes` says, or 0 and 1. Throws if a row cannot be understood.
    public func forEachLabel(
        _ rows: DelimitedRows, _ body: (_ row: Int, _ key: String, _ truth: Int) throws -> Void
    ) throws {
        let names = classes.isEmpty ? ["negative", "positive"] : classes
        let reader = try LabelReader(self, classes: names, rows: rows)
        var bad = RowTally()
        var row = DelimitedRows.Row()
        while try rows.next(&row) {
            switch reader.reading(row) {
            case .understood(let truth): try body(row.number, row.text(reader.key), truth)
            case .leftOut: continue
            case .bad: bad.add(row.number)
            }
        }
        guard bad.count == 0 else {
            throw EvaluationError.badRows(.labels, count: bad.count, first: bad.first)
        }
    }
}
