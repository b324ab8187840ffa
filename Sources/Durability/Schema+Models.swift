import GRDB

extension Schema {
    /// The models that this gateway has, which of them speaks, and for which study; experiments with a second one.
    static func models(_ database: Database) throws {
        try database.execute(
            sql: """
                -- One row for each version that was registered; what it is stands in its passport, which is never changed.
                CREATE TABLE model (
                    id TEXT NOT NULL,
                    version TEXT NOT NULL,
                    weights TEXT NOT NULL,            -- SHA-256 of the ONNX file
                    passport TEXT NOT NULL UNIQUE,    -- SHA-256 of the signed passport: the name of its file
                    state TEXT NOT NULL,              -- staged, production, former, retired
                    registered_at INTEGER NOT NULL,
                    refusal TEXT,                     -- stable code and words: why the last check did not pass
                    checked_at INTEGER,
                    load_ms REAL,                     -- as the analysis role measured at its last load
                    latency_ms REAL,                  -- median over the known-answer pictures
                    memory_bytes INTEGER,             -- resident memory that loading and looking once added
                    PRIMARY KEY (id, version)
                ) STRICT;
                CREATE UNIQUE INDEX model_production ON model (state) WHERE state = 'production';

                -- Every change of state: who, why. The productions of the past are what a rollback goes through.
                CREATE TABLE model_step (
                    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                    at INTEGER NOT NULL,
                    actor TEXT NOT NULL,
                    verb TEXT NOT NULL,               -- register, promote, rollback, retire
                    id TEXT NOT NULL,
                    version TEXT NOT NULL,
                    reason TEXT                       -- sealed
                ) STRICT;

                -- The one version that speaks of a study: chosen when its first image is analysed, never changed.
                CREATE TABLE study_model (
                    study TEXT PRIMARY KEY REFERENCES study (id),
                    id TEXT NOT NULL,
                    version TEXT NOT NULL,
                    weights TEXT NOT NULL,
                    passport TEXT NOT NULL,
                    experiment TEXT,                  -- name of the experiment that decided, NULL for none
                    arm TEXT,                         -- control, treatment
                    bound_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX study_model_experiment ON study_model (experiment, arm);

                CREATE TABLE experiment (
                    name TEXT PRIMARY KEY,
                    mode TEXT NOT NULL,               -- shadow, split
                    control_id TEXT NOT NULL,
                    control_version TEXT NOT NULL,
                    treatment_id TEXT NOT NULL,
                    treatment_version TEXT NOT NULL,
                    share INTEGER NOT NULL,           -- of patients, in hundredths of a percent: 0…10000
                    assignment_key BLOB NOT NULL,     -- keys the assignment; a subkey of the pseudonym key, of this name alone
                    confidence REAL NOT NULL,
                    minimum_studies INTEGER NOT NULL,
                    state TEXT NOT NULL,              -- running, stopped
                    started_at INTEGER NOT NULL,
                    ends_at INTEGER NOT NULL,
                    stopped_at INTEGER,
                    stopped_why TEXT
                ) STRICT;
                CREATE UNIQUE INDEX experiment_running ON experiment (state) WHERE state = 'running';

                -- What both models said of one image in a shadow; never leaves the node.
                CREATE TABLE shadow (
                    experiment TEXT NOT NULL REFERENCES experiment (name),
                    instance TEXT NOT NULL REFERENCES instance (id),
                    label TEXT NOT NULL,
                    control REAL NOT NULL,
                    treatment REAL NOT NULL,
                    control_presence TEXT NOT NULL,
                    treatment_presence TEXT NOT NULL,
                    made_at INTEGER NOT NULL,
                    PRIMARY KEY (experiment, instance, label)
                ) STRICT;
                CREATE INDEX shadow_instance ON shadow (instance);
                """)
    }
}
