import Durability

/// The sealed files that a database speaks of.
enum SealedFileList {
    /// Every path that a row names, relative to the data directory.
    ///
    /// A result that every destination has is named still, but its file went when the last one had it: such a file is
    /// welcome, not needed.
    static func all(in transaction: borrowing Transaction) throws -> [String] {
        try paths(
            """
            SELECT path FROM instance UNION SELECT path FROM analysis UNION SELECT path FROM result
            """, in: transaction)
    }

    /// The paths without which work that is still to be done could not be done: images and analyses of studies that
    /// were not shredded, and results that some destination does not have.
    static func needed(in transaction: borrowing Transaction) throws -> [String] {
        try paths(
            """
            SELECT path FROM instance WHERE study IN (SELECT id FROM study WHERE shredded_at IS NULL)
            UNION SELECT path FROM analysis WHERE instance IN (SELECT instance.id FROM instance
                JOIN study ON study.id = instance.study WHERE shredded_at IS NULL)
            UNION SELECT path FROM result WHERE study IN (SELECT id FROM study WHERE shredded_at IS NULL)
                AND (id IN (SELECT subject FROM job WHERE kind = 'deliver' AND state <> 'done')
                    OR id IN (SELECT result FROM commitment WHERE state <> 'committed'))
            """, in: transaction)
    }

    private static func paths(_ sql: String, in transaction: borrowing Transaction) throws -> [String] {
        try transaction.rows(sql).compactMap { $0.text("path") }.filter { !$0.isEmpty }
    }
}
