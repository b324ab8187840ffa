/// A case on which the model was sure and wrong.
public struct WorstError: Sendable, Hashable, Codable {
    /// Rows of the two tables, 1 being the heading; a report names nothing else of a case.
    public let predictionRow: Int
    public let labelRow: Int
    /// Names of classes by index.
    public let truth: Int
    public let decided: Int
    /// The score of the class that was decided (binary: of the positive class).
    public let score: Double
}

/// Finds the worst errors in one pass, a bounded number of each kind.
enum WorstErrors {
    static func find(_ table: CaseTable, threshold: Double?) throws(EvaluationError) -> [WorstError] {
        var kinds: [[(badness: Double, error: WorstError)]] = [[], []]
        try table.forEach { item in
            let decided =
                table.isBinary ? (item.scores[0] >= threshold ?? 0.5 ? 1 : 0) : item.scores.firstGreatest
            guard decided != item.truth else { return }
            let score = table.isBinary ? item.scores[0] : item.scores[decided]
            let kind = table.isBinary && decided == 0 ? 1 : 0
            let error = WorstError(
                predictionRow: item.predictionRow, labelRow: item.labelRow, truth: item.truth, decided: decided,
                score: score)
            insert((kind == 1 ? -score : score, error), into: &kinds[kind])
        }
        return kinds.flatMap { $0.map(\.error) }
    }

    private static func insert(
        _ entry: (badness: Double, error: WorstError), into worst: inout [(badness: Double, error: WorstError)]
    ) {
        let place =
            worst.firstIndex {
                ($0.badness, entry.error.labelRow) < (entry.badness, $0.error.labelRow)
            } ?? worst.count
        guard place < EvaluationLimits.worstErrors else { return }
        worst.insert(entry, at: place)
        if worst.count > EvaluationLimits.worstErrors { worst.removeLast() }
    }
}
