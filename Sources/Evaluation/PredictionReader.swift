/// Predictions, sorted by key: key (16), row (8), scores (8 each).
struct ReadPredictions {
    let sort: RecordSort
    let classes: [String]
}

/// Reads the table of predictions.
struct PredictionReader {
    private let source: CaseSource

    init(_ source: CaseSource) { self.source = source }

    func read(_ rows: DelimitedRows) throws(EvaluationError) -> ReadPredictions {
        let heading = try TableHeading(rows)
        let key = try heading.column(source.keyColumn, CaseSource.Heading.key, wanted: "key")
        let (columns, classes) = try scores(heading)
        let sort = RecordSort(width: 24 + 8 * columns.count, bytes: source.sortBytes, folder: source.folder)
        var bad = RowTally()
        var row = DelimitedRows.Row()
        while try rows.next(&row) {
            guard row.count == heading.count, !row[key].isEmpty, let values = values(row, columns) else {
                bad.add(row.number)
                continue
            }
            var record = Array(try CaseRecord.digest(row.text(key)))
            RecordBytes.append(UInt64(row.number), to: &record)
            for value in values { RecordBytes.append(RecordBytes.bits(value), to: &record) }
            try sort.append(record)
        }
        guard bad.count == 0 else { throw .badRows(.predictions, count: bad.count, first: bad.first) }
        guard sort.count > 0 else { throw .noRows(.predictions) }
        return ReadPredictions(sort: sort, classes: classes)
    }

    /// Numbers within 0…1, else nothing.
    private func values(_ row: DelimitedRows.Row, _ columns: [Int]) -> [Double]? {
        var values: [Double] = []
        for column in columns {
            guard let value = Double(row.text(column)), value >= 0, value <= 1 else { return nil }
            values.append(value)
        }
        return values
    }

    /// The columns of the scores: one for a binary question (that of the positive class), else one for each class.
    private func scores(_ heading: TableHeading) throws(EvaluationError) -> (columns: [Int], classes: [String]) {
        let prefix = CaseSource.Heading.probability
        let named = heading.names.indices.filter { heading.names[$0].hasPrefix(prefix) }
        guard source.scoreColumn == nil, named.count > 1 else {
            let binary = source.classes.isEmpty ? ["negative", "positive"] : source.classes
            guard binary.count == 2 else {
                throw .missingColumn(
                    .predictions, wanted: "score", known: heading.known, count: heading.count)
            }
            let one = named.count == 1 ? [heading.names[named[0]]] : []
            return (
                [try heading.column(source.scoreColumn, one + CaseSource.Heading.score, wanted: "score")], binary
            )
        }
        let found = named.map { String(heading.original[$0].dropFirst(prefix.count)) }
        guard found.count <= EvaluationLimits.classes else {
            throw .badSetting(name: "the number of classes", range: "2…\(EvaluationLimits.classes)")
        }
        // Numbered columns take the names given, in their order; named ones are found by name.
        let isNumbered = found == found.indices.map { String($0) }
        let classes = source.classes.isEmpty ? found : source.classes
        guard classes.count == found.count, Set(classes).count == classes.count else {
            throw .badSetting(name: "the number of class names", range: "that of the columns prob_…: \(found.count)")
        }
        var columns = named
        if !isNumbered {
            columns = []
            for name in classes {
                guard let index = found.firstIndex(of: name) else {
                    throw .missingColumn(.predictions, wanted: "score", known: heading.known, count: heading.count)
                }
                columns.append(named[index])
            }
        }
        return (classes.count == 2 ? [columns[1]] : columns, classes)
    }
}

/// The first row of a table.
struct TableHeading {
    /// As they stand.
    let original: [String]
    /// In lower case.
    let names: [String]
    private let table: EvaluationError.Table

    init(_ rows: DelimitedRows) throws(EvaluationError) {
        table = rows.table
        var row = DelimitedRows.Row()
        guard try rows.next(&row) else { throw .noRows(rows.table) }
        original = (0..<row.count).map { row.text($0) }
        names = original.map { $0.lowercased() }
    }

    var count: Int { names.count }

    /// Headings that may be repeated in a message: a table without a heading has a person's data there.
    var known: [String] { names.filter { CaseSource.Heading.known.contains($0) } }

    /// The column with a given heading, else the first of the usual ones.
    func column(_ name: String?, _ usual: [String], wanted: String) throws(EvaluationError) -> Int {
        let candidates = name.map { [$0.lowercased()] } ?? usual
        for candidate in candidates {
            if let index = names.firstIndex(of: candidate) { return index }
        }
        throw .missingColumn(table, wanted: wanted, known: known, count: count)
    }
}
