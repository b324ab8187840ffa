import DICOMCore
import Durability
import Foundation
import Inference
import Journal
import ModelCard
import Passage
import PixelCleaning
import Radiography
import Sealing
import WorkQueue

/// Clears, infers, explains: opens de-identified images, sees no identity, has no network.
final class AnalysisRole: Sendable {
    let house: RoleHouse
    let opener: ImageOpener
    let clearance: PixelClearance
    private let classifier: Classifier
    private let eligibility: EligibilityRule

    init(house: RoleHouse, secrets: HeldSecrets, package: ModelPackage, executable: String) throws {
        self.house = house
        opener = ImageOpener(directory: house.directory, secrets: secrets, executable: executable)
        clearance = try PixelClearance(rules: house.configuration.pixels)
        classifier = try Classifier(package)
        eligibility = EligibilityRule(
            population: package.card.population, policy: house.configuration.population)
    }

    func run() {
        house.link.ready()
        loop.run()
    }

    var loop: RoleLoop {
        RoleLoop(
            house: house, kinds: [.analyse], perform: { [self] job in try analyse(job) },
            buried: { [self] job, failure, transaction in
                let now = house.clock.milliseconds()
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
        let instance = try InstanceLookup.find(job.subject, in: house.store)
        guard instance.state == .clearing || instance.state == .ready else {
            return try finish(job) { _ in }
        }
        let payload = try opener.payload(instance: instance.id, study: instance.keys, path: instance.path)
        let (header, geometry) = try opener.header(payload)
        // What the model may not look at needs no clearance: nobody else looks.
        let verdict = eligibility.judge(payload.facts, geometry: geometry)
        if let refusal = verdict.refusal { return try decline(job, instance: instance, refusal) }
        guard let opened = try clear(payload, header: header, geometry: geometry, of: instance, job: job) else {
            return
        }
        if let refusal = eligibility.judge(opened.picture)?.refusal {
            return try decline(job, instance: instance, refusal)
        }
        let (findings, run) = try classifier.classify(opened.picture, remarks: verdict.remarks)
        let explainer = Explainer(
            card: classifier.card, policy: house.configuration.heatmap, layout: house.configuration.heatmapLayout)
        let analysis = try explainer.explain(
            findings, run: run, facts: opened.facts, picture: opened.picture, now: house.clock.milliseconds())
        try keep(analysis, of: instance, job: job)
        house.meter.observe(.analyse, of: classifier.card.title, since: start)
    }

    /// Seals the analysis for filing, and moves the instance on.
    private func keep(_ analysis: Explainer.Analysis, of instance: InstanceLookup, job: Job) throws {
        guard let id = ObjectID(instance.id) else { throw GatewayError.notFound("instance with this id") }
        let sealed = try Sealed.seal(
            analysis.record.encoded(picture: analysis.picture),
            context: SealedContext(kind: .result, object: id, study: instance.keys.study),
            to: try instance.keys.publicKey(for: .result))
        let path = "\(DataDirectory.folder(for: instance.id))/\(instance.id).result.sealed"
        try DurableFile.write(sealed, to: house.directory.file(path), disk: house.disk, replacing: true)

        let record = analysis.record
        let now = house.clock.milliseconds()
        let house = house
        let hasCapture = !analysis.picture.isEmpty
        let model = classifier.card
        try finish(job) { transaction in
            try Ledger.move(instance.id, to: .ready, now: now, in: transaction)
            try Ledger.move(instance.id, to: .analysed, now: now, in: transaction)
            try transaction.execute(
                "INSERT OR REPLACE INTO analysis (instance, path, made_at, model) VALUES (?, ?, ?, ?)",
                .text(instance.id), .text(path), .integer(record.analysedAt), .text(model.title))
            if hasCapture {
                try WorkQueue.enqueue(
                    .capture, subject: instance.id, id: Identifier.random(), notBefore: now, now: now,
                    in: transaction)
            }
            try StudyTiming.scheduleReport(
                of: instance.study, configuration: house.configuration, now: now, in: transaction)
            try Ledger.count("images analysed", in: transaction)
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
        try finish(job) { transaction in
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
