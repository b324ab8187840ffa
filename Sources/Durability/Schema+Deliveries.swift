import GRDB

extension Schema {
    /// In which form a destination took a result: a rejection note must name what is really there.
    static func deliveries(_ database: Database) throws {
        try database.execute(
            sql: """
                -- SOP Class UID of the object that was sent; NULL for what was delivered before this was kept.
                ALTER TABLE delivery ADD COLUMN sop_class TEXT;
                """)
    }
}
