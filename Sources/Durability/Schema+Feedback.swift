import GRDB

extension Schema {
    /// What models said of images, and what was true, for agreement; both go with the study's results.
    static func feedback(_ database: Database) throws {
        try database.execute(
            sql: """
                -- What was decided of an image. Its id is random: who the patient is only the sealed identity says.
                CREATE TABLE said (
                    instance TEXT NOT NULL REFERENCES instance (id),
                    finding TEXT NOT NULL,            -- name of a label of the model
                    model TEXT NOT NULL,              -- id, version
                    presence TEXT NOT NULL,           -- present, undetermined, absent
                    score REAL NOT NULL,              -- 0…1
                    PRIMARY KEY (instance, finding)
                ) STRICT, WITHOUT ROWID;

                -- What a person says is true.
                CREATE TABLE feedback (
                    instance TEXT NOT NULL REFERENCES instance (id),
                    finding TEXT NOT NULL,
                    truth INTEGER NOT NULL,           -- 0, 1
                    at INTEGER NOT NULL,              -- when it was imported
                    actor TEXT NOT NULL,
                    PRIMARY KEY (instance, finding)
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
