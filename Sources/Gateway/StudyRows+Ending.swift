import Durability
import Passage

// What becomes of a study's rows when its data go.

extension StudyRows {
    private static let subjects = """
        (SELECT ?1 UNION SELECT id FROM instance WHERE study = ?1 UNION SELECT id FROM result WHERE study = ?1)
        """

    /// Ends every open job of a study. A role that is at one finds it ended, and completes nothing.
    static func endJobs(
        of study: String, why: String, now: Int64, in transaction: borrowing Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE job SET state = 'done', leased_until = NULL, error = ?2, changed_at = ?3
            WHERE state <> 'done' AND subject IN \(subjects)
            """, .text(study), .text(why), .integer(now))
    }

    /// Every file of a study, relative to the data directory.
    static func files(of study: String, in transaction: borrowing Transaction) throws -> [String] {
        try transaction.rows(
            """
            SELECT path FROM instance WHERE study = ?1
            UNION SELECT path FROM analysis WHERE instance IN (SELECT id FROM instance WHERE study = ?1)
            UNION SELECT path FROM result WHERE study = ?1
            """, .text(study)
        ).compactMap { $0.text("path") }.filter { !$0.isEmpty }
    }

    /// The rows know of no files any more.
    static func forgetFiles(of study: String, in transaction: borrowing Transaction) throws {
        try transaction.execute("UPDATE instance SET path = '' WHERE study = ?", .text(study))
        try transaction.execute(
            "UPDATE analysis SET path = '' WHERE instance IN (SELECT id FROM instance WHERE study = ?)", .text(study))
        try transaction.execute("UPDATE result SET path = '' WHERE study = ?", .text(study))
    }
}
