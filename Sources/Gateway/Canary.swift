import DICOMCore
import Durability

/// The canary study: a synthetic radiograph that walks the real path to a destination of its own, so that whoever runs
/// the gateway hears of a fault before a radiologist does.
enum Canary {
    /// Its AE title as a sender and as a destination, and its name as a destination. Nobody else may have it.
    static let title = "CXRGATE-CANARY"
    /// Where it may come from, and where its results go.
    static let address = "127.0.0.1"

    private static let fact = "canary"

    /// The canary as a peer; `nil` unless one is under way.
    static func entry(in transaction: borrowing Transaction) throws -> AEEntry? {
        guard let port = try transaction.row("SELECT value FROM fact WHERE name = ?", .text(fact))?.text("value") else {
            return nil
        }
        return try AEEntry(canaryOn: port)
    }

    /// Lets a canary in, and its results out to this port of the loopback.
    static func open(_ port: UInt16, in transaction: borrowing Transaction) throws {
        try transaction.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", .text(fact), .text("\(port)"))
        try transaction.execute("DELETE FROM destination WHERE name = ?", .text(title))
    }

    /// What it has left behind is owed to nobody.
    static func close(now: Int64, in transaction: borrowing Transaction) throws {
        try transaction.execute("DELETE FROM fact WHERE name = ?", .text(fact))
        try transaction.execute("DELETE FROM destination WHERE name = ?", .text(title))
        let left = try transaction.rows(
            """
            SELECT DISTINCT result.study AS study FROM job JOIN result ON result.id = job.subject
            WHERE job.kind = 'deliver' AND job.destination = ? AND job.state <> 'done'
            """, .text(title))
        try transaction.execute(
            "UPDATE job SET state = 'done', leased_until = NULL, changed_at = ? WHERE destination = ? AND state <> 'done'",
            .integer(now), .text(title))
        for study in left.compactMap({ $0.text("study") }) {
            try StudyProgress.markDelivered(study, now: now, in: transaction)
        }
    }
}
