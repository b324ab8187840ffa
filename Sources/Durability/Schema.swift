import GRDB

/// The tables of the gateway, and how older ones become today's.
///
/// Nothing here identifies a patient in the clear: `id`s are random or keyed, identities lie sealed.
/// Times are milliseconds since 1970-01-01 UTC.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: the walking path") { database in
            try database.execute(sql: walkingPath)
        }
        migrator.registerMigration("results", migrate: results)
        migrator.registerMigration("recalls", migrate: recalls)
        migrator.registerMigration("network", migrate: network)
        registerStudyKeys(&migrator)
        migrator.registerMigration("clearance", migrate: clearance)
        migrator.registerMigration("deliveries", migrate: deliveries)
        migrator.registerMigration("watching", migrate: watching)
        migrator.registerMigration("performance", migrate: performance)
        migrator.registerMigration("drift", migrate: drift)
        migrator.registerMigration("feedback", migrate: feedback)
        migrator.registerMigration("models", migrate: models)
        migrator.registerMigration("routing", migrate: routing)
        return migrator
    }

    private static let walkingPath = """
        CREATE TABLE study (
            id TEXT PRIMARY KEY,              -- keyed pseudonym, 32 hexadecimal digits
            keys BLOB NOT NULL,               -- public halves plainly, private halves sealed to their roles
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            revision INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE instance (
            id TEXT PRIMARY KEY,              -- random, 32 hexadecimal digits
            study TEXT NOT NULL REFERENCES study (id),
            state TEXT NOT NULL,
            reason TEXT,                      -- a stable code; why it is held, refused, not eligible or failed
            uid_token TEXT NOT NULL,          -- keyed hash of the original SOP Instance UID
            digest BLOB NOT NULL,             -- keyed digest of the received byte stream
            source TEXT NOT NULL,             -- AE title of the sender
            path TEXT NOT NULL,               -- sealed file, below the data directory
            sealed_for TEXT NOT NULL,         -- key class that opens the file
            bytes INTEGER NOT NULL,           -- bytes received
            identity BLOB NOT NULL,           -- sealed original header and trailer
            received_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX instance_uid ON instance (uid_token);
        CREATE INDEX instance_study ON instance (study);
        CREATE INDEX instance_state ON instance (state);

        CREATE TABLE analysis (
            instance TEXT PRIMARY KEY REFERENCES instance (id),
            path TEXT NOT NULL,               -- sealed findings and rendering, below the data directory
            made_at INTEGER NOT NULL,
            model TEXT NOT NULL               -- id, version
        ) STRICT;

        CREATE TABLE result (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,               -- report, capture
            study TEXT NOT NULL REFERENCES study (id),
            instance TEXT REFERENCES instance (id),
            revision INTEGER NOT NULL,
            path TEXT NOT NULL,               -- sealed object, below the data directory
            made_at INTEGER NOT NULL,
            source_set BLOB NOT NULL,         -- digest of the instances it speaks of
            UNIQUE (kind, study, instance, revision)
        ) STRICT;

        CREATE TABLE job (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,            -- instance, study or result
            destination TEXT,                 -- name in `ae`, for deliveries
            state TEXT NOT NULL,              -- waiting, leased, done, dead
            attempts INTEGER NOT NULL DEFAULT 0,
            crashes INTEGER NOT NULL DEFAULT 0, -- times that its role died while it held the lease
            not_before INTEGER NOT NULL,
            leased_until INTEGER,
            error TEXT,                       -- stable code and safe text of the last failure
            made_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX job_due ON job (state, kind, not_before);
        CREATE INDEX job_subject ON job (subject, kind);
        CREATE UNIQUE INDEX job_open ON job (kind, subject, ifnull(destination, ''))
            WHERE state IN ('waiting', 'leased');

        CREATE TABLE ae (
            name TEXT PRIMARY KEY,            -- what people call it; also its AE title unless set apart
            title TEXT NOT NULL,
            host TEXT,
            port INTEGER,
            roles TEXT NOT NULL,              -- source, destination, or both, comma between
            made_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE journal_outbox (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            entry BLOB NOT NULL
        ) STRICT;

        CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
        CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        """
}
