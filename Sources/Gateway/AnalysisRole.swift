import DICOMCore
import Drift
import Durability
import Foundation
import Inference
import Journal
import ModelCard
import Passage
import Performance
import PixelCleaning
import Radiography
import Sealing
import Watching
import WorkQueue

/// Clears, infers, explains: opens de-identified images, sees no identity, has no network.
final class AnalysisRole: Sendable {
    let house: RoleHouse
    let opener: ImageOpener
    let clearance: PixelClearance
    let performance: PerformanceWriter
    let models: ModelKeeper

    init(house: RoleHouse, secrets: HeldSecrets, models: ModelKeeper, executable: String) throws {
        self.house = house
        opener = ImageOpener(directory: house.directory, secrets: secrets, executable: executable)
        clearance = try PixelClearance(rules: house.configuration.pixels)
        self.models = models
        performance = PerformanceWriter(
            folder: house.directory.logs, limits: house.configuration.performanceLog, disk: house.disk,
            store: house.store)
    }

    func run() {
        models.checkAll()
        house.link.ready()
        loop.run()
    }

    var loop: RoleLoop {
        RoleLoop(
            house: house, kinds: [.analyse],
            perform: { [self] job in
                try analyse(job)
                writeLog()
            },
            buried: { [self] job, failure, transaction in
                let now = house.clock.milliseconds()
                try noteFailure(job.subject, failure, in: transaction)
                try Ledger.move(job.subject, to: .failed, reason: failure.reason, now: now, in: transaction)
                try transaction.owe(
                    house.event(.infer, subject: job.subject, outcome: "failed", details: ["why": failure.reason]))
                let row = try transaction.row("SELECT study FROM instance WHERE id = ?", .text(job.subject))
                guard let study = row?.text("study") else { return }
                try StudyTiming.scheduleReport(
                    of: study, configuration: house.configuration, now: now, in: transaction)
            })
    }

    private func analyse(_ job: Job) throws {
        let start = ContinuousClock.now
        var clock = StageClock()
        let begun = house.clock.milliseconds()
        let instance = try InstanceLookup.find(job.subject, in: house.store)
        guard instance.state == .clearing || instance.state == .ready else {
            return try finish(job) { _ in }
        }
        let model: ModelKeeper.Loaded
        do {
            model = try models.model(for: instance)
        } catch let refusal as ModelKeeper.Refusal {
            return try postpone(job, refusal)
        }
        let card = model.card
        let assessor = model.assessor
        let payload = try opener.payload(instance: instance.id, study: instance.keys, path: instance.path)
        let (header, geometry) = try opener.header(payload)
        clock.end(.open)
        if try house.store.read({ try DriftBook.isPaused(card.title, in: $0) }) {
            return try decline(job, instance: instance, .modelPaused, model: card)
        }
        // What the model may not look at needs no clearance: nobody else looks.
        let verdict = assessor.rule.judge(payload.facts, geometry: geometry)
        if let refusal = verdict.refusal {
            return try decline(job, instance: instance, refusal, model: card)
        }
        let opened = try clear(payload, header: header, geometry: geometry, of: instance, job: job, model: card)
        guard let opened else { return }
        clock.end(.clear)
        let outcome = try assessor.assess(opened.picture, remarks: verdict.remarks)
        guard case .assessed(let findings, let run, let place) = outcome else {
            if case .refused(let refusal) = outcome {
                try decline(job, instance: instance, refusal, model: card)
            }
            return
        }
        clock.end(.classify)
        let explainer = Explainer(
            card: card, policy: house.configuration.heatmap, layout: house.configuration.heatmapLayout)
        let analysis = try explainer.explain(
            findings, run: run, facts: opened.facts, picture: opened.picture, now: house.clock.milliseconds())
        clock.end(.explain)
        let features = features(of: opened, findings: findings, run: run, place: place)
        try keep(analysis, features, of: instance, job: job, model: card, clock: clock, begun: begun)
        guard !instance.isCanary else { return }
        watch(instance.source, model: card)
        house.meter.observe(.analyse, of: card.title, since: start)
        lookFromShadow(opened.picture, facts: opened.facts, geometry: geometry, of: instance, beside: findings)
    }

    /// Nothing fails because a model may not work: the image waits until another speaks, or this one may again.
    private func postpone(_ job: Job, _ refusal: ModelKeeper.Refusal) throws {
        let now = house.clock.milliseconds()
        let pause = refusal.isOfStudyAlone ? Self.studyPause : Self.pause
        try house.committer.commit { try WorkQueue.postpone(job, until: now + pause, now: now, in: $0) }
        if !refusal.isOfStudyAlone { house.link.waitForWork(seconds: Double(Self.pause) / 2000) }
    }

    /// The second model of a running experiment looks too; what it says stays here, and its failure is nobody's.
    private func lookFromShadow(
        _ picture: Picture, facts: AnalysisFacts, geometry: PixelGeometry, of instance: InstanceLookup,
        beside findings: Findings
    ) {
        do {
            guard let shadow = try models.shadow(for: instance) else { return }
            let assessor = shadow.model.assessor
            guard assessor.rule.judge(facts, geometry: geometry).refusal == nil,
                case .assessed(let others, _, _) = try assessor.assess(picture, remarks: [])
            else { return }
            let rows = ShadowRow.rows(control: findings, treatment: others)
            let now = house.clock.milliseconds()
            try house.committer.commit { transaction in
                for row in rows {
                    try row.insert(experiment: shadow.experiment, instance: instance.id, at: now, in: transaction)
                }
            }
        } catch {
            house.log(.shadowNotLooked, .error(error))
        }
    }

    /// Milliseconds until an image is tried again whose model may not work; a study that alone needs it waits longer.
    private static let pause: Int64 = 1_000
    private static let studyPause: Int64 = 30_000

    /// Seals the analysis for filing, and moves the instance on.
    private func keep(
        _ analysis: Explainer.Analysis, _ features: FeatureSample?, of instance: InstanceLookup, job: Job,
        model: ModelCard, clock: StageClock, begun: Int64
    ) throws {
        var clock = clock
        guard let id = ObjectID(instance.id) else { throw GatewayError.notFound("instance with this id") }
        let sealed = try Sealed.seal(
            analysis.record.encoded(picture: analysis.picture),
            context: SealedContext(kind: .result, object: id, study: instance.keys.study),
            to: try instance.keys.publicKey(for: .result))
        let path = "\(DataDirectory.folder(for: instance.id))/\(instance.id).result.sealed"
        try DurableFile.write(sealed, to: house.directory.file(path), disk: house.disk, replacing: true)

        clock.end(.seal)
        let record = analysis.record
        let performed = self.record(
            .analysed, of: instance, model: model, clock, device: record.facts.deviceToken, findings: record.findings,
            begun: begun)
        let now = house.clock.milliseconds()
        let house = house
        let hasCapture = !analysis.picture.isEmpty
        try finish(job) { transaction in
            try Ledger.move(instance.id, to: .ready, now: now, in: transaction)
            try Ledger.move(instance.id, to: .analysed, now: now, in: transaction)
            try transaction.execute(
                "INSERT OR REPLACE INTO analysis (instance, path, made_at, model) VALUES (?, ?, ?, ?)",
                .text(instance.id), .text(path), .integer(record.analysedAt), .text(model.title))
            try FeedbackBook.note(record.findings, of: instance.id, in: transaction)
            if hasCapture {
                try WorkQueue.enqueue(
                    .capture, subject: instance.id, id: Identifier.random(), notBefore: now, now: now,
                    in: transaction)
            }
            try StudyTiming.scheduleReport(
                of: instance.study, configuration: house.configuration, now: now, in: transaction)
            try Ledger.count("images analysed", in: transaction)
            try Self.note(performed, in: transaction)
            if let features, !instance.isCanary {
                let source = DriftBook.Source(model: model.title, source: instance.source)
                try DriftBook.keep(
                    features, of: source, device: record.facts.deviceToken, now: now, in: transaction)
            }
            let details = ["model": model.title, "sha256": model.sha256]
            try transaction.owe(house.event(.infer, subject: instance.id, study: instance.study, details: details))
            try transaction.owe(
                house.event(
                    .explain, subject: instance.id, study: instance.study,
                    details: ["layer": record.layer, "rendered": "\(hasCapture)"]))
        }
        house.link.wake(.filing)
    }

    /// The model may not look: recorded with its reason.
    private func decline(
        _ job: Job, instance: InstanceLookup, _ refusal: Eligibility.Refusal, model: ModelCard
    ) throws {
        let now = house.clock.milliseconds()
        let house = house
        let performed = record(.notEligible, of: instance, model: model, code: refusal.rawValue)
        try finish(job) { transaction in
            try Self.note(performed, in: transaction)
            try Ledger.move(
                instance.id, to: .notEligible, reason: refusal.rawValue, now: now, in: transaction)
            try Ledger.count("images not eligible", in: transaction)
            try transaction.owe(
                house.event(
                    .infer, subject: instance.id, study: instance.study, outcome: refusal.rawValue,
                    details: ["why": refusal.meaning]))
            try StudyTiming.scheduleReport(
                of: instance.study, configuration: house.configuration, now: now, in: transaction)
        }
        house.link.wake(.filing)
    }

    func finish(_ job: Job, _ body: @escaping @Sendable (borrowing Transaction) throws -> Void) throws {
        let now = house.clock.milliseconds()
        try house.committer.commit { transaction in
            try body(transaction)
            try WorkQueue.complete(job, now: now, in: transaction)
        }
    }
}
