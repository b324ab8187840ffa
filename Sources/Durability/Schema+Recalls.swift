import GRDB

extension Schema {
    /// Results that a person took back.
    static func recalls(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE recall (
                    id TEXT PRIMARY KEY,
                    made_at INTEGER NOT NULL,
                    actor TEXT NOT NULL,
                    criteria TEXT NOT NULL,           -- JSON; pseudonyms, versions and times only
                    results INTEGER NOT NULL          -- how many it took back
                ) STRICT;
                ALTER TABLE result ADD COLUMN recall TEXT REFERENCES recall (id);
                -- When the destinations' rejection note was made, or was found not to be needed; NULL until then.
                ALTER TABLE result ADD COLUMN noted_at INTEGER;
                CREATE INDEX result_study ON result (study, state);
                """)
    }
}
