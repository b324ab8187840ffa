import DICOMCore
import DICOMStream
import DICOMToolkit
import Delivery
import Durability
import Foundation
import Journal
import Passage
import Reporting
import Sealing
import Watching
import WorkQueue

/// One association with a destination: opens the results, asks whether they still fit, sends them in order, asks for
/// commitment. Each job gets its own end.
struct DeliveryRun {
    let entry: AEEntry
    let filing: FilingRole
    let peer: Peer

    private var house: RoleHouse { filing.house }
    private var settings: NetworkSettings { filing.house.configuration.network }

    /// How the run ended: `error` says what is wrong with the destination itself.
    struct End: Sendable {
        var error: String?
        /// Whether the destination was called at all.
        var hasCalled = true
    }

    /// An opened result under way.
    private struct Parcel {
        let job: Job
        let result: StoredResult
        let object: OutgoingObject
        let dataSet: DataSet
        /// When the first image that it speaks of came.
        let identitySince: Int64
    }

    func perform(_ jobs: [Job], patience: Double, crashLimit: Int) -> End {
        var parcels: [Parcel] = []
        for job in jobs {
            do {
                guard job.crashes < crashLimit else {
                    throw JobFailure("QUE-002: the role died \(job.crashes) times at this job", isTransient: false)
                }
                parcels.append(try open(job))
            } catch {
                finish(job) { try filing.loop.bury(job, error) }
            }
        }
        guard !parcels.isEmpty || (jobs.isEmpty && entry.options.commitment) else {
            return End(hasCalled: false)
        }
        do {
            let session = try DeliverySession(
                to: peer, sopClasses: Set(parcels.map(\.object.sopClassUID)), asksQueries: entry.options.query,
                asksCommitment: entry.options.commitment)
            try noteAbilities(
                session.acceptedReportClass, queries: session.takesQueries, commitment: session.takesCommitment,
                proposedReports: parcels.contains { DeliverySession.reportClasses.contains($0.object.sopClassUID) })
            return deliver(parcels, over: session, patience: patience)
        } catch let error as ToolkitError {
            let failure = JobFailure("\(error.code): \(error.message)", isTransient: true)
            for parcel in parcels { finish(parcel.job) { try filing.loop.bury(parcel.job, failure) } }
            return End(error: failure.reason)
        } catch {
            for parcel in parcels { finish(parcel.job) { try filing.loop.bury(parcel.job, error) } }
            return End(error: "\(error)")
        }
    }

    private func deliver(_ parcels: [Parcel], over session: borrowing DeliverySession, patience: Double) -> End {
        /// Studies of which a result did not go: the later ones wait, to keep their order.
        var waiting: Set<String> = []
        var end = End()
        for parcel in parcels {
            if end.error != nil || waiting.contains(parcel.result.study) {
                finish(parcel.job) { try putBack(parcel.job) }
                continue
            }
            do {
                if let wait = try agreement(parcel, session) {
                    waiting.insert(parcel.result.study)
                    finish(parcel.job) { try wait() }
                    continue
                }
                let object = try fitted(parcel, to: session)
                let start = ContinuousClock.now
                switch session.send(object) {
                case .stored(let status):
                    house.meter.observe(.deliver, of: entry.name, since: start)
                    finish(parcel.job) { try receipt(parcel, sent: object, status: status) }
                case .failed(let failure, let isOutage):
                    waiting.insert(parcel.result.study)
                    if isOutage { end.error = failure.reason }
                    finish(parcel.job) { try filing.loop.bury(parcel.job, failure) }
                }
            } catch let error as ToolkitError {
                let failure = JobFailure("\(error.code): \(error.message)", isTransient: true)
                end.error = failure.reason
                finish(parcel.job) { try filing.loop.bury(parcel.job, failure) }
            } catch {
                if (error as? JobFailure)?.isTransient == true { end.error = "\(error)" }
                waiting.insert(parcel.result.study)
                finish(parcel.job) { try filing.loop.bury(parcel.job, error) }
            }
        }
        if end.error == nil, entry.options.commitment {
            do {
                try askForCommitment(session, patience: patience)
            } catch let error as ToolkitError {
                end.error = "\(error.code): \(error.message)"
            } catch {
                // The destination stores but does not commit: no reason to send it less. What was asked for is asked for
                // again in time, and at last shown as unconfirmed.
                house.log(.commitmentNotAsked, LogFact("destination", PeerName(entry.name)), .error(error))
            }
        }
        return end
    }

    /// What is done to a job when its own end fails: its lease runs out, and it is tried again.
    private func finish(_ job: Job, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            house.log(.deliveryNotEnded, LogFact("job", RandomID(job.id)), .error(error))
        }
    }

    // MARK: - Before sending

    private func open(_ job: Job) throws -> Parcel {
        guard let result = try house.store.read({ try StoredResult.find(job.subject, in: $0) }) else {
            throw JobFailure("FIL-002: the result is no longer there", isTransient: false)
        }
        try filing.note(
            .open, subject: result.id, study: result.study, details: ["for": "delivery", "destination": entry.name])
        let object = try filing.maker.open(result)
        let dataSet = try DataSetParser.parse(object.bytes, transferSyntax: object.transferSyntax)
        let since = try house.store.read { transaction in
            try transaction.row(
                "SELECT min(received_at) AS first FROM instance WHERE study = ?", .text(result.study)
            )?.integer("first")
        }
        return Parcel(
            job: job, result: result, object: object, dataSet: dataSet,
            identitySince: since ?? house.clock.milliseconds())
    }

    /// Asks whether the result still fits. `nil`: send it; otherwise what is to be done with the job instead.
    private func agreement(
        _ parcel: Parcel, _ session: borrowing DeliverySession
    ) throws -> (() throws -> Void)? {
        let now = house.clock.milliseconds()
        var answer = Agreement.cannotBeAsked
        if entry.options.query {
            guard let identity = DeliveryIdentity(parcel.dataSet) else {
                throw JobFailure("FIL-005: the result names no study", isTransient: false)
            }
            answer = try session.agreement(about: identity)
        }
        switch answer {
        case .agrees: return nil
        case .differs(let differences):
            let words = differences.sorted().map(\.rawValue).joined(separator: ", ")
            return {
                try hold(
                    parcel,
                    "DEL-010: the destination has another \(words) for this study; the result is held for a person")
            }
        case .lacksImages:
            let since = now - parcel.identitySince
            guard since >= Int64(settings.waitForImagesSeconds * 1000) else {
                return { try wait(parcel, now: now) }
            }
            if settings.withoutImages == .send { return nil }
            return {
                try hold(parcel, "DEL-011: the destination has not got the images in time; send them there, then retry")
            }
        case .cannotBeAsked:
            guard now - parcel.identitySince > Int64(entry.options.maxIdentityAgeSeconds * 1000) else { return nil }
            return {
                try hold(
                    parcel, "DEL-012: the destination cannot be asked, and the identity is older than it may be")
            }
        }
    }

    private func hold(_ parcel: Parcel, _ reason: String) throws {
        let now = house.clock.milliseconds()
        let house = house
        let destination = entry.name
        house.log(
            .resultHeld, LogFact("job", RandomID(parcel.job.id)),
            LogFact("why", OwnWords(withoutPatientData: reason)))
        try house.committer.commit { transaction in
            try WorkQueue.hold(parcel.job, reason: reason, now: now, in: transaction)
            try Ledger.count("results held", in: transaction)
            try transaction.owe(
                house.event(
                    .hold, subject: parcel.result.id, study: parcel.result.study,
                    details: ["why": reason, "destination": destination]))
        }
    }

    /// Seconds between questions whether the images have come, at most.
    private static let imagesPause = 30.0

    private func wait(_ parcel: Parcel, now: Int64) throws {
        let pause = min(Self.imagesPause, max(settings.waitForImagesSeconds / 10, 0.5))
        try house.store.write { transaction in
            try WorkQueue.postpone(parcel.job, until: now + Int64(pause * 1000), now: now, in: transaction)
            try WorkQueue.explain(
                parcel.job, reason: "DEL-013: waits for the destination to have the images", in: transaction)
        }
    }

    private func putBack(_ job: Job) throws {
        let now = house.clock.milliseconds()
        try house.store.write { try WorkQueue.postpone(job, until: now, now: now, in: $0) }
    }

    // MARK: - Sending

    /// The report in the best SR class that the destination takes; everything else as it is.
    private func fitted(_ parcel: Parcel, to session: borrowing DeliverySession) throws -> OutgoingObject {
        let object = parcel.object
        guard object.sopClassUID == SOPClass.comprehensive3DSR else { return object }
        let wanted: UID?
        switch entry.options.reportClass {
        case .auto: wanted = session.acceptedReportClass
        case .comprehensive3D: wanted = SOPClass.comprehensive3DSR
        case .comprehensive: wanted = SOPClass.comprehensiveSR
        case .enhanced: wanted = SOPClass.enhancedSR
        case .none: wanted = nil
        }
        guard let wanted else {
            throw JobFailure("DEL-014: the destination takes no structured report of any kind", isTransient: false)
        }
        if wanted == object.sopClassUID { return object }
        return try ReportFallback.object(parcel.dataSet, original: object, as: wanted, secrets: filing.secrets)
    }

    private func noteAbilities(
        _ reportClass: UID?, queries: Bool, commitment: Bool, proposedReports: Bool
    ) throws {
        let destination = entry.name
        let isNew = try house.store.write { transaction in
            try DestinationBook.noteAbilities(
                of: destination, reportClass: proposedReports ? reportClass : nil, takesQueries: queries,
                takesCommitment: commitment, in: transaction)
        }
        guard isNew, let reportClass else { return }
        house.log(
            .reportClassAccepted, LogFact("destination", PeerName(destination)), LogFact("class", reportClass))
    }

    private func receipt(_ parcel: Parcel, sent: OutgoingObject, status: Status) throws {
        let now = house.clock.milliseconds()
        let house = house
        let (entry, job, result) = (entry, parcel.job, parcel.result)
        let isStale = now - parcel.identitySince > Int64(settings.staleSeconds * 1000)
        let mayNeed = Box(true)
        try house.committer.commit { transaction in
            try WorkQueue.complete(job, now: now, in: transaction)
            try Ledger.count("results delivered", in: transaction)
            if isStale { try Ledger.count("results delivered stale", in: transaction) }
            try transaction.execute(
                "INSERT OR REPLACE INTO delivery (result, destination, status, at, sop_class) VALUES (?, ?, ?, ?, ?)",
                .text(result.id), .text(entry.name), .text("\(status)"), .integer(now), .text(sent.sopClassUID.value))
            var details = ["destination": entry.name, "status": "\(status)", "kind": result.kind.rawValue]
            if isStale { details["stale"] = "yes" }
            if sent.sopClassUID != parcel.object.sopClassUID { details["as"] = ReportClass.word(for: sent.sopClassUID) }
            try transaction.owe(house.event(.deliver, subject: result.id, study: result.study, details: details))
            if entry.options.commitment {
                try CommitmentBook.want(
                    result.id, from: entry.name, sopClass: sent.sopClassUID, sopInstance: sent.sopInstanceUID, now: now,
                    in: transaction)
            }
            let needed = try CommitmentBook.mayNeed(result.id, in: transaction)
            mayNeed.value.withLock { $0 = needed }
            try StudyProgress.markDelivered(result.study, now: now, in: transaction)
            try CommitmentBook.settle(result.study, now: now, in: transaction)
        }
        house.meter.observe(.path, of: entry.name, seconds: Double(now - parcel.identitySince) / 1000)
        if !mayNeed.value.withLock({ $0 }) { filing.forget(result) }
    }

    // MARK: - Commitment

    private func askForCommitment(_ session: borrowing DeliverySession, patience: Double) throws {
        let now = house.clock.milliseconds()
        let rows = try house.store.read { transaction in
            try transaction.rows(
                "SELECT result FROM commitment WHERE destination = ? AND state = 'wanted' ORDER BY changed_at LIMIT ?",
                .text(entry.name), .integer(Int64(CommitmentMessage.referenceLimit)))
        }
        var asked: [String] = []
        var references: [CommitmentReference] = []
        for name in rows.compactMap({ $0.text("result") }) {
            guard let reference = try reference(name, session) else { continue }
            asked.append(name)
            references.append(reference)
        }
        guard !references.isEmpty else { return }
        let message = CommitmentMessage(transactionUID: CommitmentBook.transactionUID(), references: references)
        // Noted first: the report may come, on another association, before the answer to the request.
        let destination = entry.name
        let results = asked
        try house.store.write { transaction in
            for result in results {
                try transaction.execute(
                    """
                    UPDATE commitment SET state = 'asked', transaction_uid = ?, asks = asks + 1, changed_at = ?
                    WHERE result = ? AND destination = ? AND state = 'wanted'
                    """,
                    .text(message.transactionUID.value), .integer(now), .text(result), .text(destination))
            }
        }
        try session.requestCommitment(message)
        guard let report = try session.awaitCommitment(seconds: patience) else { return }
        let house = house
        try house.committer.commit { transaction in
            _ = try CommitmentBook.apply(report, from: destination, house: house, in: transaction)
        }
    }

    /// The object of a result as it was sent there; `nil` if it is gone.
    private func reference(
        _ name: String, _ session: borrowing DeliverySession
    ) throws -> CommitmentReference? {
        let job = Job(id: name, kind: .deliver, subject: name, destination: entry.name, attempts: 0)
        do {
            let object = try fitted(try open(job), to: session)
            return CommitmentReference(sopClassUID: object.sopClassUID, sopInstanceUID: object.sopInstanceUID)
        } catch is JobFailure {
            return nil
        }
    }
}
