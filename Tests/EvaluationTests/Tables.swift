import Foundation

@testable import Evaluation

/// Tables of a test, as text.
enum Tables {
    static func rows(_ table: EvaluationError.Table, _ text: String, piece: Int = 7) -> DelimitedRows {
        var rest = Array(text.utf8)
        return DelimitedRows(table) {
            let next = Array(rest.prefix(piece))
            rest.removeFirst(next.count)
            return next
        }
    }

    static func source(_ change: (inout CaseSource) -> Void = { _ in }) -> CaseSource {
        var source = CaseSource(folder: FileManager.default.temporaryDirectory.path)
        change(&source)
        return source
    }

    static func measure(
        _ predictions: String, _ labels: String, rule: ThresholdRule = .fixed(0.5), source: CaseSource = source()
    ) throws -> EvaluationResult {
        let table = try source.read(
            predictions: rows(.predictions, predictions), labels: rows(.labels, labels))
        let settings = try EvaluationSettings(rule: rule, bootstrap: Bootstrap(seed: 1, replicates: 20))
        return try Evaluation.measure(table, settings: settings, source: source)
    }

    /// Many cases with ties, in an order that is not theirs.
    static func many(_ count: Int) -> (predictions: String, labels: String) {
        var (predictions, labels) = ("id,score\n", "id,label,view\n")
        for index in 0..<count {
            predictions += "\(index * 37 % count),0.\(index * 53 % 97 + 10)\n"
            labels += "\(count - 1 - index),\(index % 3 == 0 ? 1 : 0),\(index % 2 == 0 ? "PA" : "AP")\n"
        }
        return (predictions, labels)
    }
}
