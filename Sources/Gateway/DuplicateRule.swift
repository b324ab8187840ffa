import Durability

/// What is agreed with a source about images under a UID that another image has (`ae set --duplicates`).
enum DuplicateRule {
    /// Whether such an image of the caller with this title is refused; held otherwise.
    static func refuses(from title: String, in transaction: borrowing Transaction) throws -> Bool {
        let rows = try transaction.rows("SELECT * FROM ae WHERE title = ? COLLATE NOCASE", .text(title))
        return rows.compactMap { AEEntry($0) }.contains { $0.isSource && $0.options.duplicates == .refuse }
    }
}
