/// Labels, sorted by key: key (16), row (8), cluster (8), truth (2), groups (2 each).
struct ReadLabels {
    let sort: RecordSort
    let groups: [CaseTable.Grouping]
    /// For each subgroup column, where the value that was met n-th stands among the sorted ones.
    let order: [[Int]]
}

/// Reads the table of labels.
struct LabelReader {
    /// What a row says.
    enum Reading {
        case understood(truth: Int)
        /// It has not the values that were asked for.
        case leftOut
        case bad
    }

    let key: Int
    private let source: CaseSource
    private let rows: DelimitedRows
    private let columns: Int
    private let label: Int
    private let cluster: Int?
    private let by: [Int]
    private let filters: [(column: Int, value: String)]
    private let truths: [String: Int]

    /// Reads the heading.
    init(_ source: CaseSource, classes: [String], rows: DelimitedRows) throws(EvaluationError) {
        (self.source, self.rows) = (source, rows)
        truths = Self.truths(classes)
        let heading = try TableHeading(rows)
        columns = heading.count
        key = try heading.column(source.keyColumn, CaseSource.Heading.key, wanted: "key")
        label = try heading.column(source.labelColumn, CaseSource.Heading.label, wanted: "label")
        cluster = try source.cluster.map { name throws(EvaluationError) in
            try heading.column(name, [], wanted: "cluster")
        }
        by = try source.by.map { name throws(EvaluationError) in try heading.column(name, [], wanted: "by") }
        filters = try source.filters.map { filter throws(EvaluationError) in
            (try heading.column(filter.column, [], wanted: "where"), filter.value)
        }
    }

    /// What may stand for each class: its number, its name, and for two classes the words of yes and no.
    private static func truths(_ classes: [String]) -> [String: Int] {
        var truths: [String: Int] = [:]
        for index in classes.indices { truths[String(index)] = index }
        if classes.count == 2 {
            for (truth, words) in [["false", "no", "0.0"], ["true", "yes", "1.0"]].enumerated() {
                for word in words { truths[word] = truth }
            }
        }
        for (index, name) in classes.enumerated() { truths[name.lowercased()] = index }
        return truths
    }

    func reading(_ row: DelimitedRows.Row) -> Reading {
        guard row.count == columns, !row[key].isEmpty else { return .bad }
        guard filters.allSatisfy({ row.text($0.column) == $0.value }) else { return .leftOut }
        return truths[row.text(label).lowercased()].map { .understood(truth: $0) } ?? .bad
    }

    func read() throws(EvaluationError) -> ReadLabels {
        let sort = RecordSort(width: 34 + 2 * by.count, bytes: source.sortBytes, folder: source.folder)
        var seen = by.map { _ in [String: Int]() }
        var bad = RowTally()
        var row = DelimitedRows.Row()
        while try rows.next(&row) {
            guard case .understood(let truth) = reading(row) else {
                if case .bad = reading(row) { bad.add(row.number) }
                continue
            }
            let digest = try CaseRecord.digest(row.text(key))
            var record = Array(digest)
            RecordBytes.append(UInt64(row.number), to: &record)
            var group = digest
            if let cluster { group = try CaseRecord.digest(row.text(cluster)) }
            record += group.prefix(8)
            RecordBytes.append(UInt16(truth), to: &record)
            for (index, column) in by.enumerated() {
                let value = Subgroup.value(row.text(column), of: source.by[index])
                let number = seen[index][value] ?? seen[index].count
                guard number < EvaluationLimits.groups else { throw .tooManyGroups(limit: EvaluationLimits.groups) }
                seen[index][value] = number
                RecordBytes.append(UInt16(number), to: &record)
            }
            try sort.append(record)
        }
        guard bad.count == 0 else { throw .badRows(.labels, count: bad.count, first: bad.first) }
        guard sort.count > 0 else { throw .noRows(.labels) }
        return grouped(sort, seen)
    }

    private func grouped(_ sort: RecordSort, _ seen: [[String: Int]]) -> ReadLabels {
        var groups: [CaseTable.Grouping] = []
        var order: [[Int]] = []
        for (column, values) in zip(source.by, seen) {
            let sorted = values.keys.sorted { Subgroup.comes($0, before: $1) }
            var places = [Int](repeating: 0, count: values.count)
            for (place, value) in sorted.enumerated() { if let met = values[value] { places[met] = place } }
            let isHidden = source.hidesGroups && !Subgroup.isHarmless(column)
            groups.append(
                .init(
                    column: column.lowercased(),
                    values: isHidden ? sorted.indices.map { "\(column.lowercased()) \($0 + 1)" } : sorted))
            order.append(places)
        }
        return ReadLabels(sort: sort, groups: groups, order: order)
    }
}

/// Values of subgroup columns as a report names them.
enum Subgroup {
    static let unknown = "unknown"
    static let other = "other"
    private static let sexes = ["M", "F", "O"]
    private static let views = ["PA", "AP", "LL", "RL", "LATERAL", "AP SUPINE", "AP ERECT"]
    /// First year of each band, and its name. Neonates and infants look different, and so does the aged chest.
    private static let bands: [(from: Double, name: String)] = [
        (0, "below 1 year"), (1, "1 to 5 years"), (6, "6 to 17 years"), (18, "18 to 39 years"), (40, "40 to 64 years"),
        (65, "65 years and above"),
    ]

    /// Columns whose values name nobody, because they are put into classes.
    static func isHarmless(_ column: String) -> Bool { ["age", "sex", "view"].contains(column.lowercased()) }

    static func value(_ text: String, of column: String) -> String {
        guard !text.isEmpty else { return unknown }
        switch column.lowercased() {
        case "age": return years(text).flatMap { age in bands.last { $0.from <= age }?.name } ?? unknown
        case "sex": return sexes.first { text.uppercased().hasPrefix($0) } ?? other
        case "view": return views.first { $0 == text.uppercased() } ?? other
        default: return String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 }.prefix(64)))
        }
    }

    /// A number of years, or an Age String. Source: PS3.5 6.2, AS.
    private static func years(_ text: String) -> Double? {
        let units: [Character: Double] = ["Y": 1, "M": 1.0 / 12, "W": 7 / 365.25, "D": 1 / 365.25]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? text : String(text.dropLast())), number >= 0, number < 150 else {
            return nil
        }
        return number * (unit ?? 1)
    }

    /// Bands of age in their order, other values by text.
    static func comes(_ a: String, before b: String) -> Bool {
        func place(_ value: String) -> Int { bands.firstIndex { $0.name == value } ?? bands.count }
        return (place(a), a) < (place(b), b)
    }
}
