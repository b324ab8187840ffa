import DICOMCore
import DICOMToolkit
import Delivery
import Durability
import Foundation
import Journal
import ModelCard
import Passage
import Sealing
import WorkQueue

/// Makes results and hands them to the PACS: opens identities and analyses, merges them in memory, never sees an image.
final class FilingRole: Sendable {
    let house: RoleHouse
    let held: HeldSecrets
    var secrets: RoleSecrets { held.current }
    let maker: ResultMaker
    private let office = Box<CourierOffice?>(nil)

    init(house: RoleHouse, secrets: HeldSecrets) throws {
        self.house = house
        held = secrets
        maker = ResultMaker(house: house, secrets: secrets)
    }

    func run() {
        let couriers = CourierOffice(filing: self)
        do {
            try couriers.start()
        } catch {
            house.log(.destinationsUnserved, .error(error))
        }
        office.value.withLock { $0 = couriers }
        house.link.ready()
        loop.run()
    }

    var loop: RoleLoop {
        RoleLoop(
            house: house, kinds: [.capture, .report, .release, .withdraw],
            perform: { [self] job in
                switch job.kind {
                case .capture: try maker.makeCapture(job)
                case .report: try maker.makeReport(job)
                case .deliver: throw JobFailure("FIL-003: deliveries are the couriers' work", isTransient: false)
                case .release: try release(job)
                case .withdraw: try maker.makeRejectionNote(job)
                case .analyse: throw JobFailure("FIL-001: analysis is not filing's work", isTransient: false)
                }
                office.value.withLock { $0 }?.ring()
            },
            buried: { [self] job, failure, transaction in
                try transaction.owe(
                    house.event(
                        job.kind == .deliver ? .deliver : .report, subject: job.subject, outcome: "failed",
                        details: ["why": failure.reason, "destination": job.destination ?? ""]))
            })
    }

    /// Every destination has it; a file that will not go holds sealed bytes only, and goes with its study.
    func forget(_ result: StoredResult) {
        do { try house.disk.unlink(house.directory.file(result.path)) } catch { return }
    }

    /// Takes away the sealed objects of results that have been committed since.
    func sweep() {
        do {
            let house = house
            for name in try house.store.read({ try CommitmentBook.unswept(in: $0) }) {
                let (result, isNeeded) = try house.store.read { transaction in
                    (try StoredResult.find(name, in: transaction), try CommitmentBook.mayNeed(name, in: transaction))
                }
                if isNeeded { continue }
                if let result { forget(result) }
                try house.store.write { try CommitmentBook.markSwept(name, in: $0) }
            }
        } catch {
            house.log(.sweepFailed, .error(error))
        }
    }

    /// Seals a held instance for analysis, after a person released it.
    private func release(_ job: Job) throws {
        let instance = try InstanceLookup.find(job.subject, in: house.store)
        guard instance.state == .held, instance.sealedFor == StudyKeyClass.identity.rawValue,
            let id = ObjectID(instance.id)
        else { throw JobFailure("FIL-004: the instance is not held", isTransient: false) }
        try note(.open, subject: instance.id, study: instance.study, details: ["for": "release"])
        let context = SealedContext(kind: .image, object: id, study: instance.keys.study)
        let bytes = try SealedFiles.read(
            house.directory.file(instance.path), context: context,
            with: try secrets.open(instance.keys, class: .identity))
        let sealed = try Sealed.seal(bytes, context: context, to: try instance.keys.publicKey(for: .image))
        let path = "\(DataDirectory.folder(for: instance.id))/\(instance.id).released.sealed"
        try DurableFile.write(sealed, to: house.directory.file(path), disk: house.disk, replacing: true)
        let now = house.clock.milliseconds()
        try house.committer.commit { transaction in
            try Ledger.move(instance.id, to: .clearing, now: now, in: transaction)
            try transaction.execute(
                "UPDATE instance SET path = ?, sealed_for = 'image' WHERE id = ?", .text(path), .text(instance.id))
            try WorkQueue.enqueue(
                .analyse, subject: instance.id, id: Identifier.random(), notBefore: now, now: now, in: transaction)
            try WorkQueue.complete(job, now: now, in: transaction)
        }
        do { try house.disk.unlink(house.directory.file(instance.path)) } catch { return }
        house.link.wake(.analysis)
    }

    /// The intent to open what identifies a patient is durable before it is opened.
    func note(
        _ kind: JournalEventKind, subject: String, study: String, details: [String: String]
    ) throws {
        let event = house.event(kind, subject: subject, study: study, details: details)
        try house.committer.commit { transaction in try transaction.owe(event) }
    }
}
