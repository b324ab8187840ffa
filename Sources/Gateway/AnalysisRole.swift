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
import WorkQueue

/// Clears, infers, explains: opens de-identified images, sees no identity, has no network.
final class AnalysisRole: Sendable {
    let house: RoleHouse
    let opener: ImageOpener
    let clearance: PixelClearance
    let performance: PerformanceWriter
    private let assessor: ImageAssessor

    init(house: RoleHouse, secrets: HeldSecrets, package: ModelPackage, executable: String) throws {
        self.house = house
        opener = ImageOpener(directory: house.directory, secrets: secrets, executable: executable)
        clearance = try PixelClearance(rules: house.configuration.pixels)
        assessor = ImageAssessor(
            classifier: try Classifier(package),
            rule: EligibilityRule(
                population: package.card.population, policy: house.configuration.population,
                image: house.configuration.imagePolicy))
        performance = PerformanceWriter(
            folder: house.directory.logs, limits: house.configuration.performanceLog, disk: house.disk,
            store: house.store)
    }

    /// The passport of the model that looks.
    var card: ModelCard { assessor.classifier.card }

    func run() {
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
        let payload = try opener.payload(instance: instance.id, study: instance.keys, path: instance.path)
        let (header, geometry) = try opener.header(payload)
        clock.end(.open)
        if try house.store.read({ try DriftBook.isPaused(card.title, in: $0) }) {
            return try decline(job, instance: instance, .modelPaused)
        }
        // What the model may not look at needs no clearance: nobody else looks.
        let verdict = assessor.rule.judge(payload.facts, geometry: geometry)
        if let refusal = verdict.refusal { return try decline(job, instance: instance, refusal) }
        guard let opened = try clear(payload, header: header, geometry: geometry, of: instance, job: job) else {
            return
        }
        clock.end(.clear)
        let outcome = try assessor.assess(opened.picture, remarks: verdict.remarks)
        guard case .assessed(let findings, let run, let place) = outcome else {
            if case .refused(let refusal) = outcome { try decline(job, instance: instance, refusal) }
            return
        }
        clock.end(.classify)
        let explainer = Explainer(
            card: card, policy: house.configuration.heatmap, layout: house.configuration.heatmapLayout)
        let analysis = try explainer.explain(
            findings, run: run, facts: opened.facts, picture: opened.picture, now: house.clock.milliseconds())
        clock.end(.explain)
        let features = features(of: opened, findings: findings, run: run, place: place)
        try keep(analysis, features, of: instance, job: job, clock: clock, begun: begun)
        watch(instance.source)
        house.meter.observe(.analyse, of: card.title, since: start)
    }

    /// Seals the analysis for filing, and moves the instance on.
    private func keep(
        _ analysis: Explainer.Analysis, _ features: FeatureSample?, of instance: InstanceLookup, job: Job,
        clock: StageClock, begun: Int64
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
            .analysed, of: instance, clock, device: record.facts.deviceToken, findings: record.findings, begun: begun)
        let now = house.clock.milliseconds()
        let house = house
        let hasCapture = !analysis.picture.isEmpty
        let model = card
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
            try PerformanceBook.note(performed, in: transaction)
            if let features {
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
    private func decline(_ job: Job, instance: InstanceLookup, _ refusal: Eligibility.Refusal) throws {
        let now = house.clock.milliseconds()
        let house = house
        let performed = record(.notEligible, of: instance, code: refusal.rawValue)
        try finish(job) { transaction in
            try PerformanceBook.note(performed, in: transaction)
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
