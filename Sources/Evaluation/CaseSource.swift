/// How predictions and labels are read and joined.
public struct CaseSource: Sendable {
    /// The names of the classes, negative first; empty: from the headings `prob_NAME`, else negative and positive.
    public var classes: [String] = []
    /// Headings of the columns; where `nil` the usual ones are looked for.
    public var keyColumn: String?
    public var scoreColumn: String?
    public var labelColumn: String?
    /// Columns of the labels that divide the cases into subgroups.
    public var by: [String] = []
    /// A column of the labels whose equal values belong together, as the images of one patient do.
    public var cluster: String?
    /// Only labels with these values take part.
    public var filters: [Filter] = []
    /// Whether values of subgroups other than age, sex and view are replaced by numbers, as in a report that leaves
    /// the site.
    public var hidesGroups = false
    /// What each of two sorts holds in memory.
    public var sortBytes = EvaluationLimits.sortBytes
    /// Where sorts that do not fit into memory lie, without a name.
    public var folder: String

    public init(folder: String) { self.folder = folder }

    /// A column and the value that it must have.
    public struct Filter: Sendable, Hashable {
        public let column: String
        public let value: String

        public init(column: String, value: String) {
            self.column = column
            self.value = value
        }
    }

    /// Headings that are known, lower case.
    enum Heading {
        static let key = ["filepath", "file", "path", "id", "key", "image", "sopinstanceuid"]
        static let score = ["score", "probability", "prediction"]
        static let label = ["label", "truth", "target", "class", "pneumonia"]
        static let other = ["split", "subtype", "patient_group", "age", "sex", "view", "device", "status"]
        static let probability = "prob_"
        static let known = Set(key + score + label + other)
    }

    /// Reads both tables and joins them by key. Throws if a row cannot be understood, a key repeats, or a row of one has
    /// no partner in the other.
    public func read(predictions: DelimitedRows, labels: DelimitedRows) throws(EvaluationError) -> CaseTable {
        let scored = try PredictionReader(self).read(predictions)
        let labelled = try LabelReader(self, classes: scored.classes, rows: labels).read()
        return try join(scored, labelled)
    }

    private func join(_ scored: ReadPredictions, _ labelled: ReadLabels) throws(EvaluationError) -> CaseTable {
        let scores = scored.classes.count == 2 ? 1 : scored.classes.count
        let sort = RecordSort(
            width: CaseRecord.width(scores: scores, groups: by.count), bytes: sortBytes, folder: folder)
        var left = try KeyedReader(scored.sort, .predictions)
        var right = try KeyedReader(labelled.sort, .labels)
        var (alone, bare) = (0, 0)
        var support = [Int](repeating: 0, count: scored.classes.count)
        while !left.isAtEnd || !right.isAtEnd {
            let order = left.compare(right)
            if order < 0 {
                alone += 1
                try left.advance()
            } else if order > 0 {
                bare += 1
                try right.advance()
            } else {
                let item = Case(
                    scores: (0..<scores).map { Double(bitPattern: RecordBytes.number(left.record, 24 + 8 * $0)) },
                    truth: Int(RecordBytes.short(right.record, 32)),
                    groups: by.indices.map { labelled.order[$0][Int(RecordBytes.short(right.record, 34 + 2 * $0))] },
                    cluster: RecordBytes.number(right.record, 24),
                    predictionRow: left.row, labelRow: right.row)
                support[item.truth] += 1
                try sort.append(CaseRecord.encode(key: left.record[0..<16], item))
                try left.advance()
                try right.advance()
            }
        }
        try left.refuseRepeats()
        try right.refuseRepeats()
        guard alone == 0, bare == 0 else { throw .unmatched(predictions: alone, labels: bare) }
        return CaseTable(
            sort, classes: scored.classes, groups: labelled.groups, support: support, isClustered: cluster != nil)
    }
}

/// Records that begin with a key of 16 bytes and a row of 8, in order; keys that come again are counted.
struct KeyedReader {
    private(set) var record: [UInt8] = []
    private(set) var isAtEnd = false
    private var reader: RecordSort.Reader
    private let table: EvaluationError.Table
    private var repeats = RowTally()

    init(_ sort: RecordSort, _ table: EvaluationError.Table) throws(EvaluationError) {
        reader = try sort.reader()
        self.table = table
        isAtEnd = try !reader.next(&record)
    }

    var row: Int { Int(RecordBytes.number(record, 16)) }

    /// Less than zero if this key comes first; the end comes last.
    func compare(_ other: KeyedReader) -> Int {
        if isAtEnd || other.isAtEnd { return (isAtEnd ? 1 : 0) - (other.isAtEnd ? 1 : 0) }
        for offset in 0..<16 where record[offset] != other.record[offset] {
            return Int(record[offset]) - Int(other.record[offset])
        }
        return 0
    }

    /// To the next key; rows that repeat this one are counted and passed.
    mutating func advance() throws(EvaluationError) {
        let key = record[0..<16]
        repeat { isAtEnd = try !reader.next(&record) } while isRepeat(of: key)
    }

    private mutating func isRepeat(of key: ArraySlice<UInt8>) -> Bool {
        guard !isAtEnd, record[0..<16] == key else { return false }
        repeats.add(row)
        return true
    }

    func refuseRepeats() throws(EvaluationError) {
        guard repeats.count == 0 else { throw .repeatedKeys(table, count: repeats.count, first: repeats.first) }
    }
}

/// How many rows something was wrong with, and the first of them.
struct RowTally {
    private(set) var count = 0
    private(set) var first: [Int] = []

    mutating func add(_ row: Int) {
        count += 1
        if first.count < EvaluationLimits.namedRows { first.append(row) }
    }
}
