import DICOMCore
import DICOMToolkit
import Durability
import Foundation
import Passage
import Reporting
import Sealing
import WorkQueue

// Taking results back: the destinations that have them get a rejection note, into the same study.

extension ResultMaker {
    /// How long a delivery that was under way may take until the note follows it, in milliseconds.
    private static let patience: Int64 = 1_000

    /// One note for everything of the study that was recalled and not told yet.
    func makeRejectionNote(_ job: Job) throws {
        let study = job.subject
        let now = house.clock.milliseconds()
        let found = try house.store.read { transaction in
            try (
                results: transaction.rows(
                    "SELECT * FROM result WHERE study = ? AND state = 'recalled' AND noted_at IS NULL ORDER BY made_at, id",
                    .text(study)),
                isUnderWay: transaction.row(
                    """
                    SELECT 1 FROM job JOIN result ON result.id = job.subject
                    WHERE job.kind = 'deliver' AND job.state = 'leased' AND result.study = ? AND result.state = 'recalled'
                    """, .text(study)) != nil,
                destinations: transaction.rows(
                    """
                    SELECT DISTINCT destination FROM delivery JOIN result ON result.id = delivery.result
                    WHERE result.study = ? AND result.state = 'recalled' AND noted_at IS NULL
                    """, .text(study)
                ).compactMap { $0.text("destination") },
                notes: transaction.row(
                    "SELECT count(*) AS n FROM result WHERE study = ? AND kind = 'note'", .text(study))?.integer("n")
            )
        }
        if found.isUnderWay {
            return try house.committer.commit {
                try WorkQueue.postpone(job, until: now + Self.patience, now: now, in: $0)
            }
        }
        let ids = found.results.compactMap { $0.text("id") }
        guard !found.destinations.isEmpty, let (instance, source) = try anySource(of: study) else {
            return try finish(job) { try Self.markNoted(ids, now: now, in: $0) }
        }
        try noteOpening(instance, for: "recall")
        let objects = try found.results.flatMap { row in try rejected(row, like: source) }
        let sourceSet = SourceSet.digest(ids)
        let model = try ModelIdentity.speaking(of: study, in: house.store)
        let names = try ResultNames(
            secrets: secrets, source: study, kind: .note, sourceSet: sourceSet, revision: (found.notes ?? 0) + 1,
            model: model)
        let note = try RejectionNote(
            source: source, objects: objects,
            reason: "AI results of \(Product.name) were taken back by the site. Do not use them.",
            device: names.device(),
            identity: names.identity(sopClass: SOPClass.keyObjectSelection, at: now, like: source))
        try gate(structure: note.dataSet)
        let made = MadeResult(
            object: note.dataSet, kind: .note, study: instance, sourceSet: sourceSet,
            revision: (found.notes ?? 0) + 1, model: model, madeAt: now)
        try keep([made], job: job, for: found.destinations) { try Self.markNoted(ids, now: now, in: $0) }
    }

    /// The result in every form in which it may lie somewhere: as it was made, and as destinations took it instead. Names
    /// of results are derived, and can be derived again for as long as the keys live.
    private func rejected(_ row: Row, like source: SourceAttributes) throws -> [ReferencedObject] {
        guard let kind = row.text("kind").flatMap(StoredResult.Kind.init), let study = row.text("study"),
            let revision = row.integer("revision"), let model = row.text("model").flatMap(ModelIdentity.init),
            let madeAt = row.integer("made_at")
        else { return [] }
        let names = try ResultNames(
            secrets: secrets, source: row.text("instance") ?? study, kind: kind,
            sourceSet: row.blob("source_set") ?? [], revision: revision, model: model)
        let identity = try names.identity(sopClass: kind.sopClass, at: madeAt, like: source)
        let made = ReferencedObject(sopClassUID: kind.sopClass, identity)
        guard kind == .report, let id = row.text("id") else { return [made] }
        return try [made]
            + substitutes(of: id).map { sopClass in
                ReferencedObject(
                    sopClassUID: sopClass,
                    sopInstanceUID: try ReportFallback.uid(of: made.sopInstanceUID, as: sopClass, secrets: secrets),
                    seriesInstanceUID: made.seriesInstanceUID)
            }
    }

    /// The other SR classes in which destinations took a report.
    private func substitutes(of result: String) throws -> [UID] {
        let rows = try house.store.read { transaction in
            try transaction.rows(
                "SELECT DISTINCT sop_class FROM delivery WHERE result = ? ORDER BY sop_class", .text(result))
        }
        return rows.compactMap { $0.text("sop_class").flatMap { UID($0) } }
            .filter { $0 != SOPClass.comprehensive3DSR }
    }

    /// Patient and study as an image of the study says them.
    private func anySource(of study: String) throws -> (InstanceLookup, SourceAttributes)? {
        let rows = try house.store.read { transaction in
            try transaction.rows(
                """
                SELECT instance.*, \(StudyRows.keysColumn) FROM instance
                WHERE instance.study = ? AND state = 'withdrawn' ORDER BY received_at LIMIT 1
                """, .text(study))
        }
        guard let row = rows.first, let instance = try InstanceLookup(row) else { return nil }
        return (instance, try OpenedSource(instance, secrets: secrets).attributes)
    }

    private static func markNoted(
        _ results: [String], now: Int64, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        for id in results {
            try transaction.execute("UPDATE result SET noted_at = ? WHERE id = ?", .integer(now), .text(id))
        }
    }
}

extension StoredResult.Kind {
    /// The class in which such a result is made.
    var sopClass: UID {
        switch self {
        case .report: SOPClass.comprehensive3DSR
        case .capture: SOPClass.secondaryCapture
        case .presentation: SOPClass.grayscalePresentationState
        case .note, .keys: SOPClass.keyObjectSelection
        }
    }

    /// Where its series sorts among ours.
    var seriesNumber: Int {
        switch self {
        case .report: Reporting.ResultIdentity.reportSeriesNumber
        case .capture: Reporting.ResultIdentity.captureSeriesNumber
        case .presentation: Reporting.ResultIdentity.presentationSeriesNumber
        case .keys: Reporting.ResultIdentity.keyObjectSeriesNumber
        case .note: RejectionNote.seriesNumber
        }
    }
}
