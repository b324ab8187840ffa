import Durability
import Foundation
import ModelCard
import Passage
import Performance
import Registry
import Watching

// What is remembered of each image for `model performance` and the log.

extension AnalysisRole {
    /// A record of an image whose work ends now.
    func record(
        _ outcome: PerformanceRecord.Outcome, of instance: InstanceLookup, model: ModelCard,
        _ clock: StageClock? = nil,
        device: String? = nil, code: String? = nil, findings: Findings? = nil, begun: Int64? = nil
    ) -> PerformanceRecord {
        let strongest = findings?.findings.max { $0.probability < $1.probability }
        return PerformanceRecord(
            at: house.clock.milliseconds(), model: model.title, weights: String(model.sha256.prefix(16)),
            source: instance.source, device: device, outcome: outcome, code: code, score: strongest?.probability,
            presence: strongest?.presence.rawValue, stages: clock?.milliseconds ?? [:],
            waited: begun.map { Double($0 - instance.receivedAt) })
    }

    /// An image that could not be analysed, known by its row alone.
    func noteFailure(_ subject: String, _ failure: JobFailure, in transaction: borrowing Transaction) throws {
        let row = try transaction.row("SELECT source, study FROM instance WHERE id = ?", .text(subject))
        let bound = try row?.text("study").flatMap { try StudyBinding.find($0, in: transaction) }
        // An image that no model was asked about says nothing of any.
        guard let model = try bound ?? ModelBook.production(in: transaction).map({ StudyBinding($0) }) else { return }
        try Self.note(
            PerformanceRecord(
                at: house.clock.milliseconds(), model: "\(model.id) \(model.version)",
                weights: String(model.weights.prefix(16)), source: row?.text("source") ?? "", outcome: .failed,
                code: failure.code), in: transaction)
    }

    /// A canary counts in no statistics.
    static func note(_ record: PerformanceRecord, in transaction: borrowing Transaction) throws {
        guard record.source != Canary.title else { return }
        try PerformanceBook.note(record, in: transaction)
    }

    /// Brings the log up to date. Never in the way of an image: what the disk will not take now waits in the database.
    func writeLog() {
        do {
            try performance.drain()
        } catch {
            house.log(.performanceLogWaits, .error(error))
        }
    }
}

extension JobFailure {
    /// The stable code alone, `XXX-000`.
    var code: String {
        let code = reason.prefix { $0 != ":" && $0 != " " }
        return code.wholeMatch(of: /[A-Z]{3}-\d{3}/) == nil ? "other" : String(code)
    }
}
