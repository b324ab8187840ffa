import Durability
import Passage
import WorkQueue

/// When the report of a study is due.
enum StudyTiming {
    /// Puts the report of a study in the queue, or moves the one that waits there: something has come of an image.
    static func scheduleReport(
        of study: String, configuration: GatewayConfiguration, now: Int64, in transaction: borrowing Transaction
    ) throws {
        let due = try reportDue(study, configuration: configuration, in: transaction)
        try WorkQueue.enqueue(
            .report, subject: study, id: Identifier.random(), notBefore: due, now: now, in: transaction)
    }

    /// The quiet time after the last image that no report speaks of yet, the cap after the first of them.
    private static func reportDue(
        _ study: String, configuration: GatewayConfiguration, in transaction: borrowing Transaction
    ) throws -> Int64 {
        let row = try transaction.row(
            """
            SELECT min(received_at) AS first, max(received_at) AS last FROM instance
            WHERE study = ? AND (answered IS NULL OR state IN ('clearing', 'ready', 'analysed'))
            """, .text(study))
        let last = row?.integer("last") ?? 0
        return Ledger.reportTime(
            firstImage: row?.integer("first") ?? last, lastImage: last,
            quiet: Int64(try quietSeconds(study, configuration: configuration, in: transaction) * 1000),
            cap: Int64(configuration.quietCapSeconds * 1000))
    }

    /// The longest quiet time that is agreed with any source of the study; as configured for all where none is.
    private static func quietSeconds(
        _ study: String, configuration: GatewayConfiguration, in transaction: borrowing Transaction
    ) throws -> Double {
        let agreed = try transaction.rows(
            """
            SELECT * FROM ae WHERE roles LIKE '%source%' AND options LIKE '%quietSeconds%'
            AND title COLLATE NOCASE IN (SELECT source FROM instance WHERE study = ?)
            """, .text(study)
        ).compactMap { AEEntry($0)?.options.quietSeconds }
        return agreed.max() ?? configuration.quietSeconds
    }
}
