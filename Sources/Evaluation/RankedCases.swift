/// Cases of one question, the highest score first.
struct RankedCases {
    /// Cases of one score.
    struct Tie {
        var score = 0.0
        var positives = 0
        var negatives = 0
    }

    struct Item {
        let score: Double
        let cluster: UInt64
        let isPositive: Bool
        /// What the model decided, where that is not by a threshold.
        let isDecided: Bool
    }

    private let sort: RecordSort
    private(set) var positives = 0
    private(set) var negatives = 0

    var count: Int { positives + negatives }

    init(bytes: Int, folder: String) {
        sort = RecordSort(width: 17, bytes: bytes, folder: folder)
    }

    mutating func append(_ item: Item) throws(EvaluationError) {
        var record: [UInt8] = []
        record.reserveCapacity(17)
        RecordBytes.append(~RecordBytes.bits(item.score), to: &record)
        RecordBytes.append(item.cluster, to: &record)
        record.append((item.isPositive ? 2 : 0) | (item.isDecided ? 1 : 0))
        try sort.append(record)
        if item.isPositive { positives += 1 } else { negatives += 1 }
    }

    func forEach(_ body: (Item) throws(EvaluationError) -> Void) throws(EvaluationError) {
        try sort.forEach { record throws(EvaluationError) in
            try body(
                Item(
                    score: Double(bitPattern: ~RecordBytes.number(record, 0)),
                    cluster: RecordBytes.number(record, 8), isPositive: record[16] & 2 != 0,
                    isDecided: record[16] & 1 != 0))
        }
    }

    /// Calls `body` with each different score and how many have it.
    func forEachTie(_ body: (Tie) throws(EvaluationError) -> Void) throws(EvaluationError) {
        var tie = Tie()
        try forEach { item throws(EvaluationError) in
            if item.score != tie.score, tie.positives + tie.negatives > 0 {
                try body(tie)
                tie = Tie()
            }
            tie.score = item.score
            if item.isPositive { tie.positives += 1 } else { tie.negatives += 1 }
        }
        if tie.positives + tie.negatives > 0 { try body(tie) }
    }
}
