import GRDB

extension Schema {
    /// What a rule of a destination looks at, and which results none of them asks for.
    static func routing(_ database: Database) throws {
        try database.execute(
            sql: """
                -- A finding of it is present or undetermined. Of what was made before, it is taken that there is one.
                ALTER TABLE result ADD COLUMN is_notable INTEGER NOT NULL DEFAULT 1;
                -- There were destinations, and none of them asks for it: it is not owed to anyone.
                ALTER TABLE result ADD COLUMN is_unrouted INTEGER NOT NULL DEFAULT 0;
                """)
    }
}
