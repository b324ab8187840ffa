import Drift
import Durability
import Foundation
import Sealing

/// The rows of what is watched: samples, references, alarms, pauses. Nothing in them names an image or a patient.
enum DriftBook {
    private static let hourMilliseconds: Int64 = 3_600_000
    /// Samples of a source that are kept, beyond what the monitor wants: for plots, and for a new reference.
    private static let keptSamples = 5000

    /// One source of one model.
    struct Source: Sendable, Hashable {
        let model: String
        /// AE title.
        let source: String
    }

    struct Kept: Sendable {
        let sequence: Int64
        let device: String
        let hour: Int64
        let sample: FeatureSample
    }

    struct Reference: Sendable {
        let profile: ReferenceProfile
        let origin: String
        let through: Int64
        let sha256: String
        let madeAt: Int64
    }

    /// Keeps the features of one image; returns nothing, so that the work they belong to never waits for a verdict.
    static func keep(
        _ sample: FeatureSample, of source: Source, device: String?, now: Int64, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            "INSERT INTO drift_sample (model, source, device, hour, levels) VALUES (?, ?, ?, ?, ?)",
            .text(source.model), .text(source.source), .text(device ?? ""), .integer(now / hourMilliseconds),
            .blob(sample.steps))
        try transaction.execute(
            """
            INSERT INTO drift_source VALUES (?, ?, 1)
            ON CONFLICT (model, source) DO UPDATE SET images = images + 1
            """, .text(source.model), .text(source.source))
    }

    static func images(of source: Source, in transaction: borrowing Transaction) throws(DurabilityError) -> Int {
        Int(
            try transaction.row(
                "SELECT images FROM drift_source WHERE model = ? AND source = ?", .text(source.model),
                .text(source.source))?.integer("images") ?? 0)
    }

    /// The last samples of a source, oldest first.
    static func samples(
        of source: Source, after sequence: Int64 = 0, limit: Int, in transaction: borrowing Transaction
    ) throws(DurabilityError) -> [Kept] {
        try transaction.rows(
            """
            SELECT sequence, device, hour, levels FROM drift_sample WHERE model = ? AND source = ? AND sequence > ?
            ORDER BY sequence DESC LIMIT ?
            """, .text(source.model), .text(source.source), .integer(sequence), .integer(limit)
        ).reversed().compactMap { row in
            guard let sequence = row.integer("sequence"), let device = row.text("device"),
                let hour = row.integer("hour"), let levels = row.blob("levels")
            else { return nil }
            return Kept(sequence: sequence, device: device, hour: hour, sample: FeatureSample(steps: levels))
        }
    }

    /// Lets samples go that nobody will look at again.
    static func prune(_ source: Source, memory: Int, in transaction: borrowing Transaction) throws(DurabilityError) {
        try transaction.execute(
            """
            DELETE FROM drift_sample WHERE model = ?1 AND source = ?2 AND sequence <= (SELECT sequence FROM drift_sample
                WHERE model = ?1 AND source = ?2 ORDER BY sequence DESC LIMIT 1 OFFSET ?3)
            """, .text(source.model), .text(source.source), .integer(max(memory, keptSamples)))
    }

    /// A reference; `nil` if there is none. Throws if it is not what was frozen.
    static func reference(of source: Source, in transaction: borrowing Transaction) throws -> Reference? {
        guard
            let row = try transaction.row(
                "SELECT * FROM drift_reference WHERE model = ? AND source = ?", .text(source.model),
                .text(source.source))
        else { return nil }
        return try reference(row)
    }

    /// The references of a model: by source.
    static func references(of model: String, in transaction: borrowing Transaction) throws -> [String: Reference] {
        var references: [String: Reference] = [:]
        for row in try transaction.rows("SELECT * FROM drift_reference WHERE model = ?", .text(model)) {
            guard let source = row.text("source") else { continue }
            references[source] = try reference(row)
        }
        return references
    }

    private static func reference(_ row: Row) throws -> Reference {
        guard let text = row.text("profile"), let sha256 = row.text("sha256"), let origin = row.text("origin"),
            let through = row.integer("through"), let madeAt = row.integer("made_at")
        else {
            throw GatewayError.badRequest("a drift reference cannot be read; freeze it anew with model drift accept")
        }
        guard Hexadecimal.text(try SHA256.hash(Array(text.utf8))) == sha256 else {
            throw GatewayError.refused(
                "a drift reference is not what was frozen; see the journal, then model drift accept")
        }
        return Reference(
            profile: try JSONDecoder().decode(ReferenceProfile.self, from: Data(text.utf8)), origin: origin,
            through: through, sha256: sha256, madeAt: madeAt)
    }

    /// Freezes a profile as the reference of a source; returns its SHA-256, for the journal.
    static func freeze(
        _ profile: ReferenceProfile, of source: Source, origin: String, through: Int64, now: Int64,
        in transaction: borrowing Transaction
    ) throws -> String {
        let text = String(decoding: try JSONEncoder.sorted.encode(profile), as: UTF8.self)
        let sha256 = Hexadecimal.text(try SHA256.hash(Array(text.utf8)))
        try transaction.execute(
            "INSERT OR REPLACE INTO drift_reference VALUES (?, ?, ?, ?, ?, ?, ?, ?)", .text(source.model),
            .text(source.source), .text(origin), .integer(profile.images), .integer(through), .text(sha256),
            .text(text), .integer(now))
        return sha256
    }

    // ---- alarms and pauses

    /// The features of open alarms, and their levels.
    static func openAlarms(of source: Source, in transaction: borrowing Transaction) throws -> [Feature: DriftLevel] {
        var open: [Feature: DriftLevel] = [:]
        for row in try transaction.rows(
            "SELECT feature, level FROM drift_alarm WHERE model = ? AND source = ? AND ended_at IS NULL",
            .text(source.model), .text(source.source))
        {
            guard let feature = row.text("feature").flatMap(Feature.init) else { continue }
            open[feature] = row.text("level").flatMap(DriftLevel.init) ?? .warning
        }
        return open
    }

    static func raise(
        _ finding: DriftFinding, devices: [DeviceBlame], since hour: Int64, of source: Source, now: Int64,
        in transaction: borrowing Transaction
    ) throws {
        let detail = String(
            decoding: try JSONEncoder.sorted.encode(AlarmDetail(finding: finding, devices: devices)), as: UTF8.self)
        try transaction.execute(
            """
            INSERT INTO drift_alarm (model, source, feature, level, detail, since_hour, found_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (model, source, feature) WHERE ended_at IS NULL
            DO UPDATE SET level = excluded.level, detail = excluded.detail
            """, .text(source.model), .text(source.source), .text(finding.feature.rawValue),
            .text(finding.level.rawValue), .text(detail), .integer(hour), .integer(now))
    }

    static func end(
        _ feature: Feature?, of source: Source, now: Int64, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            """
            UPDATE drift_alarm SET ended_at = ?1 WHERE model = ?2 AND source = ?3 AND ended_at IS NULL
                AND (?4 IS NULL OR feature = ?4)
            """, .integer(now), .text(source.model), .text(source.source), .optional(feature?.rawValue))
    }

    static func isPaused(_ model: String, in transaction: borrowing Transaction) throws(DurabilityError) -> Bool {
        try transaction.row("SELECT 1 FROM model_pause WHERE model = ?", .text(model)) != nil
    }
}

/// What an alarm remembers of its finding.
struct AlarmDetail: Codable, Sendable {
    let finding: DriftFinding
    let devices: [DeviceBlame]
}
