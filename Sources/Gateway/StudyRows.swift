import Durability
import Foundation
import Sealing

/// Reading and writing the tables `study` and `study_key`.
enum StudyRows {
    /// The keys of the study that a row of `instance` belongs to, as JSON: a column for queries on `instance`.
    static let keysColumn = """
        (SELECT json_group_object(class, json_object(
            'publicKey', lower(hex(public_key)), 'sealedPrivateKey', lower(hex(private_key))))
            FROM study_key WHERE study_key.study = instance.study) AS keys
        """

    /// Reads what ``keysColumn`` gave. Classes that were destroyed are not in it.
    static func record(of study: StudyID, json: String) throws -> StudyKeyRecord {
        let pairs = try JSONDecoder().decode([String: StudyKeyPair].self, from: Data(json.utf8))
        return StudyKeyRecord(
            study: study,
            pairs: Dictionary(
                uniqueKeysWithValues: pairs.compactMap { name, pair in
                    StudyKeyClass(rawValue: name).map { ($0, pair) }
                }))
    }

    /// `nil` if the study is not known.
    static func keys(of study: StudyID, in store: Store) throws -> StudyKeyRecord? {
        try store.read { transaction in try keys(of: study, in: transaction) }
    }

    static func keys(of study: StudyID, in transaction: borrowing Transaction) throws -> StudyKeyRecord? {
        guard try transaction.row("SELECT 1 FROM study WHERE id = ?", .text("\(study)")) != nil else { return nil }
        var pairs: [StudyKeyClass: StudyKeyPair] = [:]
        for row in try transaction.rows("SELECT * FROM study_key WHERE study = ?", .text("\(study)")) {
            guard let name = row.text("class").flatMap(StudyKeyClass.init), let point = row.blob("public_key"),
                let sealed = row.blob("private_key")
            else { continue }
            pairs[name] = StudyKeyPair(publicKey: try P256PublicKey(x963: point), sealedPrivateKey: sealed)
        }
        return StudyKeyRecord(study: study, pairs: pairs)
    }

    static func isShredded(_ study: StudyID, in transaction: borrowing Transaction) throws -> Bool {
        try transaction.row(
            "SELECT 1 FROM study WHERE id = ? AND shredded_at IS NOT NULL", .text("\(study)")) != nil
    }

    /// Notes that an image of the study has arrived; makes its row, and those of its keys that are not there yet.
    ///
    /// Throws if the study has other keys than `record`, or if a key of it was destroyed meanwhile: sealed to it the
    /// image could never be opened, and the modality must send it again.
    static func touch(_ record: StudyKeyRecord, now: Int64, in transaction: borrowing Transaction) throws {
        let study = SQLValue.text("\(record.study)")
        try transaction.execute(
            """
            INSERT INTO study (id, first_at, last_at) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at
            """, study, .integer(now), .integer(now))
        if try isShredded(record.study, in: transaction) { throw Intake.shredded }
        for (name, pair) in record.pairs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let recipient = Hexadecimal.text(try pair.recipientKeyID())
            let inserted = try transaction.execute(
                "INSERT INTO study_key VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (study, class) DO NOTHING",
                study, .text(name.rawValue), .blob(pair.publicKey.x963), .blob(pair.sealedPrivateKey),
                .text(recipient), .integer(now), .integer(now))
            let isDestroyed = try transaction.row(
                """
                SELECT 1 FROM destroyed_key WHERE public_key = ?1
                UNION ALL SELECT 1 FROM role_key WHERE key_id = ?2 AND state = 'destroyed' AND ?3
                """, .blob(pair.publicKey.x963), .text(recipient), .integer(inserted))
            guard isDestroyed == nil else { throw GatewayError.keys("a key was destroyed while the image arrived") }
            let stored = try transaction.row(
                "SELECT public_key FROM study_key WHERE study = ? AND class = ?", study, .text(name.rawValue))
            guard stored?.blob("public_key") == pair.publicKey.x963 else {
                throw GatewayError.keys("the study was given other keys meanwhile")
            }
        }
    }

    /// Destroys the keys of a study in some classes: whatever was sealed to them is lost for good.
    static func destroyKeys(
        of study: String, classes: [StudyKeyClass] = StudyKeyClass.allCases, in transaction: borrowing Transaction
    ) throws {
        for name in classes {
            try transaction.execute(
                """
                INSERT OR IGNORE INTO destroyed_key
                SELECT public_key FROM study_key WHERE study = ? AND class = ?
                """, .text(study), .text(name.rawValue))
            try transaction.execute(
                "DELETE FROM study_key WHERE study = ? AND class = ?", .text(study), .text(name.rawValue))
        }
    }
}
