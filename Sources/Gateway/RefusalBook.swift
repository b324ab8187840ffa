import Durability

/// The last refusals by title, address and reason: what `ae doctor` reads. The journal has them all; this is bounded.
enum RefusalBook {
    /// Rows kept; the oldest go first. A scan through many names cannot fill the disk.
    private static let limit: Int64 = 1_000

    /// - Parameter detail: what the mending command wants to know, as a certificate's fingerprint.
    static func note(
        title: String, address: String, code: String, meaning: String, detail: String? = nil, now: Int64,
        in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            """
            INSERT INTO ae_refusal (title, address, code, meaning, detail, count, last_at) VALUES (?, ?, ?, ?, ?, 1, ?)
            ON CONFLICT (title, address, code) DO UPDATE SET
                count = count + 1, last_at = excluded.last_at, detail = excluded.detail
            """,
            .text(title), .text(address), .text(code), .text(meaning), .optional(detail), .integer(now))
        try transaction.execute(
            """
            DELETE FROM ae_refusal WHERE rowid IN (
                SELECT rowid FROM ae_refusal ORDER BY last_at DESC LIMIT -1 OFFSET ?)
            """, .integer(limit))
    }
}
