import GRDB

extension Schema {
    /// What a result is today, to whom it went, and which patient an instance belongs to.
    static func results(_ database: Database) throws {
        try database.execute(
            sql: """
                -- Which weights spoke: id, version and SHA-256; part of the names of the result.
                ALTER TABLE result ADD COLUMN model TEXT NOT NULL DEFAULT '';
                -- current, superseded (a later revision replaces it), recalled (a person took it back), discarded (a person
                -- gave up its delivery before any destination had it).
                ALTER TABLE result ADD COLUMN state TEXT NOT NULL DEFAULT 'current';
                -- Keyed pseudonym of patient id and issuer, 16 hexadecimal digits; empty if the source named none.
                ALTER TABLE instance ADD COLUMN patient TEXT NOT NULL DEFAULT '';
                CREATE INDEX instance_patient ON instance (patient);
                -- What the last report of the study said came of the instance; NULL until one has.
                ALTER TABLE instance ADD COLUMN answered TEXT;
                -- Jobs of a higher priority come first.
                ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;

                -- One row for each destination that took a result.
                CREATE TABLE delivery (
                    result TEXT NOT NULL REFERENCES result (id),
                    destination TEXT NOT NULL,        -- name in `ae` at the time
                    status TEXT NOT NULL,             -- DIMSE status of the answer, four hexadecimal digits
                    at INTEGER NOT NULL,
                    committed_at INTEGER,             -- the destination took responsibility (Storage Commitment)
                    PRIMARY KEY (result, destination)
                ) STRICT;
                """)
    }
}
