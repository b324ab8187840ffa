import GRDB

extension Schema {
    /// What was found in the pixels of an image, where anything was.
    static func clearance(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE clearance (
                    instance TEXT PRIMARY KEY REFERENCES instance (id),
                    verdict TEXT NOT NULL,            -- cleaned, or the stable code why it was held or refused
                    report TEXT NOT NULL,             -- JSON: places and kinds, no values
                    released INTEGER NOT NULL DEFAULT 0, -- 1: a person has looked, and let it go on as it is
                    changed_at INTEGER NOT NULL
                ) STRICT;
                """)
    }
}
