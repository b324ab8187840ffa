import Durability
import Foundation

/// The records in the database: owed to the log with the work that they speak of, and counted for good.
public enum PerformanceBook {
    /// Bins of the score, 0…1.
    public static let scoreBins = 20
    private static let hourMilliseconds: Int64 = 3_600_000

    /// Takes a record in the transaction that finishes its image: the two become durable together.
    public static func note(_ record: PerformanceRecord, in transaction: borrowing Transaction) throws {
        try transaction.execute("INSERT INTO performance_outbox (record) VALUES (?)", .text(record.text()))
        let outcome = "outcome \(record.outcome.rawValue)"
        try count(record, record.code.map { "\(outcome) \($0)" } ?? outcome, 0, in: transaction)
        for (stage, time) in record.stages {
            try count(record, "stage \(stage)", LatencyScale.bin(time), in: transaction)
        }
        guard record.outcome == .analysed else { return }
        try count(record, "total", LatencyScale.bin(record.stages.values.reduce(0, +)), in: transaction)
        if let waited = record.waited { try count(record, "waited", LatencyScale.bin(waited), in: transaction) }
        if let score = record.score {
            try count(record, "score", min(Int(score * Double(scoreBins)), scoreBins - 1), in: transaction)
        }
        if let presence = record.presence { try count(record, "presence \(presence)", 0, in: transaction) }
    }

    private static func count(
        _ record: PerformanceRecord, _ kind: String, _ bin: Int, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            """
            INSERT INTO performance_count VALUES (?, ?, ?, ?, ?, 1)
            ON CONFLICT (model, source, hour, kind, bin) DO UPDATE SET count = count + 1
            """, .text(record.model), .text(record.source), .integer(record.at / hourMilliseconds), .text(kind),
            .integer(bin))
    }

    /// Everything counted of the models asked for, since a time in milliseconds (to the hour).
    public static func summaries(
        model: String?, since: Int64, in transaction: borrowing Transaction
    ) throws -> [PerformanceSummary] {
        let rows = try transaction.rows(
            """
            SELECT model, source, kind, bin, sum(count) AS count FROM performance_count
            WHERE (?1 IS NULL OR model = ?1 OR model LIKE ?1 || ' %') AND hour >= ?2 GROUP BY model, source, kind, bin
            """, .optional(model), .integer(since / hourMilliseconds))
        var summaries: [String: PerformanceSummary] = [:]
        for row in rows {
            guard let model = row.text("model"), let source = row.text("source"), let kind = row.text("kind"),
                let bin = row.integer("bin"), let count = row.integer("count")
            else { continue }
            summaries[model, default: PerformanceSummary(model: model)].add(
                source: source, kind: kind, bin: Int(bin), count: Int(count))
        }
        return summaries.values.sorted { $0.model < $1.model }
    }
}
