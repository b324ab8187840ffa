import GRDB

extension Schema {
    /// How each model fares: its records on their way to the log, and what was counted. No patient, no image.
    static func performance(_ database: Database) throws {
        try database.execute(
            sql: """
                -- Records that the log files may not have yet. The sequence is never used twice.
                CREATE TABLE performance_outbox (
                    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                    record TEXT NOT NULL
                ) STRICT;

                -- Counts by hour: they outlive the log files.
                CREATE TABLE performance_count (
                    model TEXT NOT NULL,              -- id, version
                    source TEXT NOT NULL,             -- AE title of the sender
                    hour INTEGER NOT NULL,            -- hours since 1970-01-01 UTC
                    kind TEXT NOT NULL,               -- outcome and its code, a stage, score, presence
                    bin INTEGER NOT NULL,
                    count INTEGER NOT NULL,
                    PRIMARY KEY (model, source, hour, kind, bin)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// What the images of a source look like to a model, and what was noticed about it.
    static func drift(_ database: Database) throws {
        try database.execute(
            sql: """
                -- One row for each analysed image: one byte for each feature, a step on the feature's fixed scale. The row
                -- names no image, study or patient, and its time is known to the hour.
                CREATE TABLE drift_sample (
                    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                    model TEXT NOT NULL,
                    source TEXT NOT NULL,             -- AE title of the sender
                    device TEXT NOT NULL,             -- keyed pseudonym of the device; empty if it has none
                    hour INTEGER NOT NULL,
                    levels BLOB NOT NULL
                ) STRICT;
                CREATE INDEX drift_sample_source ON drift_sample (model, source, sequence);

                -- Images of each source that were ever watched; rows of samples go, this count does not.
                CREATE TABLE drift_source (
                    model TEXT NOT NULL,
                    source TEXT NOT NULL,
                    images INTEGER NOT NULL,
                    PRIMARY KEY (model, source)
                ) STRICT, WITHOUT ROWID;

                -- What is compared with, frozen.
                CREATE TABLE drift_reference (
                    model TEXT NOT NULL,
                    source TEXT NOT NULL,             -- AE title; empty: for every source without one of its own
                    origin TEXT NOT NULL,             -- live, file, built-in
                    images INTEGER NOT NULL,
                    through INTEGER NOT NULL,         -- the last sample in it; what comes later is compared
                    sha256 TEXT NOT NULL,             -- of the profile; also in the journal
                    profile TEXT NOT NULL,            -- JSON: counts for each feature
                    made_at INTEGER NOT NULL,
                    PRIMARY KEY (model, source)
                ) STRICT;

                CREATE TABLE drift_alarm (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    model TEXT NOT NULL,
                    source TEXT NOT NULL,
                    feature TEXT NOT NULL,
                    level TEXT NOT NULL,              -- warning, critical
                    detail TEXT NOT NULL,             -- JSON: window, statistics, devices; counts only
                    since_hour INTEGER NOT NULL,      -- when it began, as far as can be told
                    found_at INTEGER NOT NULL,
                    ended_at INTEGER
                ) STRICT;
                CREATE UNIQUE INDEX drift_alarm_open ON drift_alarm (model, source, feature) WHERE ended_at IS NULL;

                -- Models that may not look until a person lets them.
                CREATE TABLE model_pause (
                    model TEXT PRIMARY KEY,
                    why TEXT NOT NULL,                -- a stable code and safe words
                    since INTEGER NOT NULL
                ) STRICT;
                """)
    }
}
