import Foundation
import GRDB

// The keys of studies in rows of their own, so that one class can be rewrapped or destroyed without the others; what
// people decide about studies and patients; who must still agree.

extension Schema {
    static func registerStudyKeys(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("study keys") { database in
            try database.execute(sql: studyKeys)
            try moveStudyKeys(database)
            try database.execute(sql: "ALTER TABLE study DROP COLUMN keys")
        }
    }

    private static let studyKeys = """
        CREATE TABLE study_key (
            study TEXT NOT NULL REFERENCES study (id),
            class TEXT NOT NULL,              -- image, identity, result
            public_key BLOB NOT NULL,         -- uncompressed point
            private_key BLOB NOT NULL,        -- sealed file of kind key: the private half, sealed to its role
            recipient TEXT NOT NULL,          -- key id of the role key that opens it
            made_at INTEGER NOT NULL,
            wrapped_at INTEGER NOT NULL,
            PRIMARY KEY (study, class)
        ) STRICT;
        CREATE INDEX study_key_recipient ON study_key (class, recipient);

        -- Public halves whose row was destroyed: whoever still remembers one must not bring it back.
        CREATE TABLE destroyed_key (public_key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;

        CREATE TABLE role_key (
            key_id TEXT PRIMARY KEY,
            name TEXT NOT NULL,               -- analysis, patient, results
            state TEXT NOT NULL,              -- current, previous (being rotated out), destroyed
            made_at INTEGER NOT NULL,
            ended_at INTEGER
        ) STRICT;

        ALTER TABLE study ADD COLUMN shredded_at INTEGER;

        -- By which names of the outside world a study can be found: keyed tokens, never the names.
        CREATE TABLE study_name (
            study TEXT NOT NULL REFERENCES study (id),
            kind TEXT NOT NULL,               -- accession
            token TEXT NOT NULL,
            PRIMARY KEY (study, kind, token)
        ) STRICT;
        CREATE INDEX study_name_token ON study_name (kind, token);

        CREATE TABLE legal_hold (
            study TEXT PRIMARY KEY REFERENCES study (id),
            reason TEXT NOT NULL,
            set_by TEXT NOT NULL,
            set_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE objection (
            token TEXT NOT NULL,              -- keyed token of the patient
            purpose TEXT NOT NULL,            -- analysis, secondary
            added_by TEXT NOT NULL,
            added_at INTEGER NOT NULL,
            PRIMARY KEY (token, purpose)
        ) STRICT;

        CREATE TABLE action (
            id TEXT PRIMARY KEY,
            verb TEXT NOT NULL,
            arguments TEXT NOT NULL,          -- JSON; pseudonyms only
            reason TEXT NOT NULL,
            state TEXT NOT NULL,              -- pending, done, rejected, expired, failed
            requested_by TEXT NOT NULL,
            requested_user INTEGER NOT NULL,  -- user id, which the second person must not have
            requested_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            decided_by TEXT,
            decided_at INTEGER
        ) STRICT;
        CREATE INDEX action_state ON action (state);
        """

    /// A study's keys as they lay in one column before.
    private struct EarlierKeys: Decodable {
        struct Pair: Decodable {
            let publicKey: String
            let sealedPrivateKey: String
        }
        let image: Pair
        let identity: Pair
        let result: Pair
    }

    private static func moveStudyKeys(_ database: Database) throws {
        for row in try GRDB.Row.fetchAll(database, sql: "SELECT id, keys, first_at FROM study") {
            let keys = try JSONDecoder().decode(EarlierKeys.self, from: row["keys"])
            for (name, pair) in [("image", keys.image), ("identity", keys.identity), ("result", keys.result)] {
                // The header of a sealed file names its recipient in 8 bytes from offset 42 on.
                let recipient = String(pair.sealedPrivateKey.dropFirst(84).prefix(16))
                let arguments: StatementArguments = [
                    row["id"] as String, name, bytes(pair.publicKey), bytes(pair.sealedPrivateKey), recipient,
                    row["first_at"] as Int64, row["first_at"] as Int64,
                ]
                try database.execute(sql: "INSERT INTO study_key VALUES (?, ?, ?, ?, ?, ?, ?)", arguments: arguments)
            }
        }
    }

    private static func bytes(_ hexadecimal: String) -> Data {
        let digits = Array(hexadecimal.utf8)
        return Data(
            stride(from: 0, to: digits.count - 1, by: 2).map { index in
                UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0
            })
    }
}
