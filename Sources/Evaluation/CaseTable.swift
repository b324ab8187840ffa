import Sealing

/// One case: what the model said, what is true, and where it belongs.
public struct Case: Sendable, Hashable {
    /// One probability for a binary question, else one for each class; 0…1.
    public var scores: [Double]
    /// 0 or 1, else the index of the class.
    public var truth: Int
    /// For each subgroup column, the index of the value in ``CaseTable/groups``.
    var groups: [Int]
    /// Decides the weights in a bootstrap: the same for all cases of a cluster.
    var cluster: UInt64
    /// Rows of the two tables, 1 being the heading.
    public var predictionRow: Int
    public var labelRow: Int
}

/// The joined cases of an evaluation, on disk, in an order that is not that of either table.
public final class CaseTable {
    /// One subgroup column and its values, sorted.
    public struct Grouping: Sendable, Hashable {
        public let column: String
        public let values: [String]
    }

    public let classes: [String]
    public let isBinary: Bool
    public let groups: [Grouping]
    public let count: Int
    /// Cases of each class.
    public let support: [Int]
    /// Different clusters, `nil` where every case stands for itself.
    public let isClustered: Bool
    private let sort: RecordSort

    init(
        _ sort: RecordSort, classes: [String], groups: [Grouping], support: [Int], isClustered: Bool
    ) {
        self.sort = sort
        self.classes = classes
        isBinary = classes.count == 2
        self.groups = groups
        self.support = support
        count = support.reduce(0, +)
        self.isClustered = isClustered
    }

    /// Calls `body` with every case; the order is the same each time, and does not depend on the order of the tables.
    public func forEach(_ body: (Case) throws(EvaluationError) -> Void) throws(EvaluationError) {
        let (scores, columns) = (isBinary ? 1 : classes.count, groups.count)
        try sort.forEach { record throws(EvaluationError) in
            try body(CaseRecord.decode(record, scores: scores, groups: columns))
        }
    }
}

/// A case as bytes: key (16), cluster (8), rows (8 + 8), truth (2), groups (2 each), scores (8 each).
enum CaseRecord {
    static func width(scores: Int, groups: Int) -> Int { 42 + 2 * groups + 8 * scores }

    static func encode(key: ArraySlice<UInt8>, _ item: Case) -> [UInt8] {
        var record = Array(key)
        for number in [item.cluster, UInt64(item.predictionRow), UInt64(item.labelRow)] {
            RecordBytes.append(number, to: &record)
        }
        for short in [item.truth] + item.groups { RecordBytes.append(UInt16(short), to: &record) }
        for score in item.scores { RecordBytes.append(RecordBytes.bits(score), to: &record) }
        return record
    }

    static func decode(_ record: [UInt8], scores: Int, groups: Int) -> Case {
        Case(
            scores: (0..<scores).map { Double(bitPattern: RecordBytes.number(record, 42 + 2 * groups + 8 * $0)) },
            truth: Int(RecordBytes.short(record, 40)),
            groups: (0..<groups).map { Int(RecordBytes.short(record, 42 + 2 * $0)) },
            cluster: RecordBytes.number(record, 16), predictionRow: Int(RecordBytes.number(record, 24)),
            labelRow: Int(RecordBytes.number(record, 32)))
    }

    /// What stands for a key: 16 bytes of its SHA-256, so that no name is laid on disk.
    static func digest(_ key: String) throws(EvaluationError) -> ArraySlice<UInt8> {
        do { return try SHA256.hash(Array(key.utf8)).prefix(16) } catch { throw .disk(reading: nil) }
    }
}
