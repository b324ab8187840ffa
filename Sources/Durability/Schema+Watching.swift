import GRDB

extension Schema {
    /// When a source was last heard of, without a look at every image.
    static func watching(_ database: Database) throws {
        try database.execute(sql: "CREATE INDEX instance_source ON instance (source, received_at)")
    }
}
