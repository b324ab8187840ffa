import GRDB

extension Schema {
    /// What is agreed with each peer, how each destination fares, and what was asked to be committed.
    static func network(_ database: Database) throws {
        try database.execute(
            sql: """
                -- Everything beside title, host, port and roles, as JSON; see AEOptions.
                ALTER TABLE ae ADD COLUMN options TEXT NOT NULL DEFAULT '{}';

                -- Every change of the list, for `ae undo`; JSON of the entry before and after, NULL for none.
                CREATE TABLE ae_history (
                    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                    batch TEXT NOT NULL,              -- changes that were made together
                    at INTEGER NOT NULL,
                    actor TEXT NOT NULL,
                    name TEXT NOT NULL,
                    before TEXT,
                    after TEXT
                ) STRICT;

                -- The last refusals, for `ae doctor`. Bounded; see RefusalBook.
                CREATE TABLE ae_refusal (
                    title TEXT NOT NULL,
                    address TEXT NOT NULL,
                    code TEXT NOT NULL,
                    meaning TEXT NOT NULL,
                    detail TEXT,                      -- what the mending command wants to know
                    count INTEGER NOT NULL,
                    last_at INTEGER NOT NULL,
                    PRIMARY KEY (title, address, code)
                ) STRICT;

                -- How a destination fares. Survives a restart, so that an outage is not forgotten by one.
                CREATE TABLE destination (
                    name TEXT PRIMARY KEY,
                    state TEXT NOT NULL,              -- closed, open, half-open
                    failures INTEGER NOT NULL,        -- in a row; when open, trips in a row
                    until INTEGER,                    -- when open: left alone until then
                    error TEXT,                       -- stable code and safe text of the last failure
                    error_at INTEGER,
                    success_at INTEGER,
                    report_class TEXT,                -- the SR class that it accepted last
                    takes_queries INTEGER,
                    takes_commitment INTEGER
                ) STRICT;

                -- Results whose destination is asked to take responsibility (Storage Commitment).
                CREATE TABLE commitment (
                    result TEXT NOT NULL REFERENCES result (id),
                    destination TEXT NOT NULL,
                    state TEXT NOT NULL,              -- wanted, asked, committed, unconfirmed, resending, refused
                    sop_class TEXT NOT NULL,
                    uid_hash BLOB NOT NULL,           -- SHA-256 of the SOP Instance UID
                    transaction_uid TEXT,             -- random
                    asks INTEGER NOT NULL DEFAULT 0,
                    resends INTEGER NOT NULL DEFAULT 0,
                    changed_at INTEGER NOT NULL,
                    swept INTEGER NOT NULL DEFAULT 0, -- committed, and the sealed object looked after
                    PRIMARY KEY (result, destination)
                ) STRICT;
                CREATE INDEX commitment_uid ON commitment (uid_hash);
                CREATE INDEX commitment_state ON commitment (destination, state);
                """)
    }
}
