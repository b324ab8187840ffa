import Drift
import Durability
import Foundation
import Journal

// What changed in the images of each source, and what people decide about it.

extension Administration {
    /// Samples that a plot is drawn from.
    private static let plotted = 1000

    /// Sources, references, alarms and pauses of the models.
    func modelDrift(_ request: AdministrationRequest) throws -> JSONValue {
        try store.read { transaction in
            let wanted = request.arguments["model"]
            let sources = try transaction.rows(
                """
                SELECT drift_source.model AS model, drift_source.source AS source, drift_source.images AS images,
                    origin, drift_reference.images AS reference_images, made_at, sha256
                FROM drift_source LEFT JOIN drift_reference USING (model, source)
                WHERE ?1 IS NULL OR model = ?1 OR model LIKE ?1 || ' %' ORDER BY model, source
                """, .optional(wanted))
            let alarms = try transaction.rows(
                """
                SELECT * FROM drift_alarm WHERE (?1 IS NULL OR model = ?1 OR model LIKE ?1 || ' %')
                    AND (ended_at IS NULL OR ?2) ORDER BY ended_at IS NOT NULL, found_at DESC LIMIT 200
                """, .optional(wanted), .integer(request.arguments["all"] == nil ? 0 : 1))
            var described: [JSONValue] = []
            for alarm in alarms { described.append(try Self.described(alarm, in: transaction)) }
            return .object([
                "sources": .array(
                    sources.map { row in
                        .object([
                            "model": .optional(row.text("model")), "source": .optional(row.text("source")),
                            "images": .optional(row.integer("images")), "reference": .optional(row.text("origin")),
                            "referenceImages": .optional(row.integer("reference_images")),
                            "made": .optional(row.integer("made_at")), "sha256": .optional(row.text("sha256")),
                        ])
                    }),
                "alarms": .array(described),
                "paused": .array(
                    try transaction.rows("SELECT * FROM model_pause").map { row in
                        .object([
                            "model": .optional(row.text("model")), "why": .optional(row.text("why")),
                            "since": .optional(row.integer("since")),
                        ])
                    }),
                "referenceImagesWanted": .number(configuration.drift.referenceImages),
                "window": .number(configuration.drift.policy.window),
                "falseAlarmsPerQuarter": .number(configuration.drift.policy.falseAlarmsPerQuarter),
            ])
        }
    }

    private static func described(_ row: Row, in transaction: borrowing Transaction) throws -> JSONValue {
        guard let model = row.text("model"), let title = row.text("source"), let text = row.text("detail"),
            let detail = try? JSONDecoder().decode(AlarmDetail.self, from: Data(text.utf8))
        else { return .null }
        let source = DriftBook.Source(model: model, source: title)
        let feature = detail.finding.feature
        let distance = detail.finding.distance
        func value(_ mean: Double) -> JSONValue { feature.kinds == nil ? .number(feature.value(mean)) : .number(mean) }
        // The samples in the window now; those that raised an old alarm are gone.
        let recent = try DriftBook.samples(of: source, limit: min(detail.finding.window, plotted), in: transaction)
        let all = try DriftBook.references(of: model, in: transaction)
        let reference =
            all[title]?.profile
            ?? all.filter { $0.key != title }.map(\.value.profile)
            .reduce(ReferenceProfile(), +)
        return .object([
            "model": .string(model), "source": .string(title), "feature": .string(feature.rawValue),
            "words": .string(feature.words), "level": .string(detail.finding.level.rawValue),
            "since": .optional(row.integer("since_hour").map { $0 * 3_600_000 }),
            "found": .optional(row.integer("found_at")), "ended": .optional(row.integer("ended_at")),
            "window": .number(detail.finding.window), "psi": .number(distance.psi), "ks": .number(distance.ks),
            "wasserstein": .number(distance.wasserstein), "chance": .number(distance.chance),
            "before": value(distance.before), "after": value(distance.after),
            "kind": .optional(feature.kinds.flatMap { kinds in distance.kind.map { kinds[$0] } }),
            "devices": .array(
                detail.devices.map { blame in
                    .object([
                        "device": .string(blame.device.isEmpty ? "unknown" : String(blame.device.prefix(12))),
                        "images": .number(blame.images), "ks": .number(blame.distance.ks),
                        "psi": .number(blame.distance.psi), "after": value(blame.distance.after),
                    ])
                }),
            "plot": .object([
                "labels": .array(DriftPlot.labels(feature, reference).map { .string($0) }),
                "reference": .array(DriftPlot.shares(feature, reference, reference).map { .number($0) }),
                "window": .array(
                    DriftPlot.shares(feature, ReferenceProfile(recent.map(\.sample)), reference).map { .number($0) }),
            ]),
        ])
    }

    /// A person says that the images of a source are as they should be: the last ones become its reference.
    func acceptDrift(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let title = try request.required("source")
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("accepting images as the new reference wants --reason")
        }
        let found = try store.read { transaction in
            try transaction.rows(
                "SELECT model FROM drift_source WHERE source = ?1 AND (?2 IS NULL OR model = ?2 OR model LIKE ?2 || ' %')",
                .text(title), .optional(request.arguments["model"]))
        }.compactMap { $0.text("model") }
        guard !found.isEmpty else { throw GatewayError.notFound("source with this AE title that was watched") }
        guard found.count == 1, let model = found.first else {
            throw GatewayError.badRequest("several models watch this source; name one with --model 'ID VERSION'")
        }
        let source = DriftBook.Source(model: model, source: title)
        let wanted = min(Int(request.arguments["images"] ?? "") ?? configuration.drift.referenceImages, 5000)
        let kept = try store.read { try DriftBook.samples(of: source, limit: wanted, in: $0) }
        // Fewer make a reference so vague that nothing could be told from it.
        guard kept.count >= Self.leastReference, let last = kept.last else {
            throw GatewayError.refused(
                "a reference wants \(Self.leastReference) images at least; there are \(kept.count)")
        }
        let profile = ReferenceProfile(kept.map(\.sample))
        let now = clock.milliseconds()
        let hash = Box("")
        try committer.commit { [self] transaction in
            let sha256 = try DriftBook.freeze(
                profile, of: source, origin: "accepted", through: last.sequence, now: now, in: transaction)
            try DriftBook.end(nil, of: source, now: now, in: transaction)
            try transaction.owe(
                event(
                    .configurationChange, actor: actor,
                    details: [
                        "change": "drift reference", "model": model, "source": title, "images": "\(profile.images)",
                        "sha256": sha256, "reason": reason,
                    ]))
            hash.value.withLock { $0 = sha256 }
        }
        return .object([
            "model": .string(model), "source": .string(title), "images": .number(profile.images),
            "sha256": .string(hash.value.withLock { $0 }),
        ])
    }

    private static let leastReference = 200

    /// Lets a paused model look again.
    func resumeModel(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let model = try request.required("model")
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("resuming a model wants --reason")
        }
        try committer.commit { [self] transaction in
            let changed = try transaction.execute(
                "DELETE FROM model_pause WHERE model = ?1 OR model LIKE ?1 || ' %'", .text(model))
            guard changed > 0 else { throw GatewayError.notFound("paused model with this id") }
            let details = ["change": "model resumed", "model": model, "reason": reason]
            try transaction.owe(event(.configurationChange, actor: actor, details: details))
        }
        return .object(["resumed": .string(model)])
    }
}
