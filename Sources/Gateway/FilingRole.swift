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
    let secrets: RoleSecrets
    let maker: ResultMaker

    init(house: RoleHouse, secrets: RoleSecrets) throws {
        self.house = house
        self.secrets = secrets
        maker = ResultMaker(house: house, secrets: secrets, model: ModelIdentity(try ModelPackage.builtIn().card))
    }

    func run() {
        house.link.ready()
        loop.run()
    }

    var loop: RoleLoop {
        RoleLoop(
            house: house, kinds: [.capture, .report, .deliver, .release, .withdraw],
            perform: { [self] job in
                switch job.kind {
                case .capture: try maker.makeCapture(job)
                case .report: try maker.makeReport(job)
                case .deliver: try deliver(job)
                case .release: try release(job)
                case .withdraw: try maker.makeRejectionNote(job)
                case .analyse: throw JobFailure("FIL-001: analysis is not filing's work", isTransient: false)
                }
            },
            buried: { [self] job, failure, transaction in
                try transaction.owe(
                    house.event(
                        job.kind == .deliver ? .deliver : .report, subject: job.subject, outcome: "failed",
                        details: ["why": failure.reason, "destination": job.destination ?? ""]))
            })
    }

    /// Sends one result to one destination; a repeat sends the same bytes.
    private func deliver(_ job: Job) throws {
        let destination = job.destination ?? ""
        let (result, peer) = try house.store.read { transaction -> (StoredResult?, Peer?) in
            let row = try transaction.row("SELECT * FROM ae WHERE name = ?", .text(destination))
            return (
                try StoredResult.find(job.subject, in: transaction),
                row.flatMap { Peer($0, callingAETitle: house.configuration.aeTitle) }
            )
        }
        guard let result else { throw JobFailure("FIL-002: the result is no longer there", isTransient: false) }
        guard let peer else { throw JobFailure("FIL-003: the destination is no longer registered", isTransient: false) }

        try note(
            .open, subject: result.id, study: result.study, details: ["for": "delivery", "destination": destination])
        let object = try maker.open(result)
        switch DeliveryAttempt.send([object], to: peer)[0] {
        case .failed(let failure, _): throw failure
        case .stored(let status):
            try receipt(job, result: result, status: status, destination: destination)
        }
    }

    private func receipt(_ job: Job, result: StoredResult, status: Status, destination: String) throws {
        let now = house.clock.milliseconds()
        let house = house
        let isLast = Box(false)
        try house.committer.commit { transaction in
            try WorkQueue.complete(job, now: now, in: transaction)
            try Ledger.count("results delivered", in: transaction)
            try transaction.execute(
                "INSERT OR REPLACE INTO delivery (result, destination, status, at) VALUES (?, ?, ?, ?)",
                .text(result.id), .text(destination), .text("\(status)"), .integer(now))
            try transaction.owe(
                house.event(
                    .deliver, subject: result.id, study: result.study,
                    details: ["destination": destination, "status": "\(status)", "kind": result.kind.rawValue]))
            let open = try transaction.row(
                "SELECT 1 FROM job WHERE kind = 'deliver' AND subject = ? AND state <> 'done'", .text(result.id))
            isLast.value.withLock { $0 = open == nil }
            try StudyProgress.markDelivered(result.study, now: now, in: transaction)
        }
        if isLast.value.withLock({ $0 }) {
            // The destination has it; a file that will not go holds sealed bytes only, and goes with its study.
            do { try house.disk.unlink(house.directory.file(result.path)) } catch { return }
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
        let sealed = try Sealed.seal(bytes, context: context, to: instance.keys.publicKey(for: .image))
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
    private func note(
        _ kind: JournalEventKind, subject: String, study: String, details: [String: String]
    ) throws {
        let event = house.event(kind, subject: subject, study: study, details: details)
        try house.committer.commit { transaction in try transaction.owe(event) }
    }
}
