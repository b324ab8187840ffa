import DICOMCore
import DICOMToolkit
import Delivery
import Durability
import Foundation
import Journal
import Synchronization
import Watching

/// Answers sources that ask us to take responsibility for the images that they sent (Storage Commitment, as SCP).
///
/// We are no archive, and a modality deletes what is committed: so we say yes only for what a destination, asked by C-FIND,
/// has at that moment. The report goes out on an association of its own, to the host and port registered for the source
/// (PS3.4 J.3.3). Requests live in memory alone, since the UIDs of originals are never stored in the clear: a source whose
/// request a restart has swallowed asks again, as it must when any report is lost.
final class CommitmentService: Sendable {
    private struct Request: Sendable {
        let message: CommitmentMessage
        let source: AEEntry
        let deadline: Int64
    }

    private let house: RoleHouse
    private let security: TLSKeeper
    private let waiting = Mutex<(requests: [Request], isRunning: Bool)>(([], false))

    /// Requests at a time; more are answered with "resource limitation".
    private static let requestLimit = 64
    /// Objects in one request.
    private static let referenceLimit = 2_000
    /// How long the destinations may take to have the images before we say no, in milliseconds: the modality's own copy
    /// is often later than its request.
    private static let patience: Int64 = 60_000
    /// Seconds between questions.
    private static let pause = 2.0
    /// Tries to deliver a report.
    private static let reportTries = 3

    init(house: RoleHouse) {
        self.house = house
        security = TLSKeeper(house.configuration.network, side: .client)
    }

    /// Takes a request in. Returns the status to answer the N-ACTION with.
    func take(_ message: NormalizedMessage, from sender: AETitle) -> Status {
        guard message.kind == .action, message.typeID == 1 else { return .noSuchAction }
        guard let request = CommitmentMessage(message.dataSet, transferSyntax: message.transferSyntax),
            !request.references.isEmpty, request.references.count <= Self.referenceLimit
        else { return .processingFailure }
        let sources: [AEEntry]
        do {
            sources = try house.store.read {
                try $0.rows("SELECT * FROM ae WHERE title = ? COLLATE NOCASE", .text(sender.value))
            }.compactMap { AEEntry($0) }
        } catch {
            return .processingFailure
        }
        guard let source = sources.first(where: { $0.isSource && $0.options.commitmentService }) else {
            return .notAuthorized
        }
        let deadline = house.clock.milliseconds() + Self.patience
        let (isTaken, mustStart) = waiting.withLock { waiting in
            guard waiting.requests.count < Self.requestLimit else { return (false, false) }
            waiting.requests.append(Request(message: request, source: source, deadline: deadline))
            defer { waiting.isRunning = true }
            return (true, !waiting.isRunning)
        }
        guard isTaken else { return .resourceLimitation }
        if mustStart {
            let thread = Thread { [self] in run() }
            thread.name = "commitment"
            thread.start()
        }
        return .success
    }

    private func run() {
        while !house.link.isStopping {
            let requests = waiting.withLock { waiting in
                waiting.isRunning = !waiting.requests.isEmpty
                return waiting.requests
            }
            if requests.isEmpty { return }
            var open: [Request] = []
            for request in requests {
                let there = held(Set(request.message.references.map(\.sopInstanceUID)))
                let isComplete = request.message.references.allSatisfy { there.contains($0.sopInstanceUID) }
                guard isComplete || house.clock.milliseconds() >= request.deadline else {
                    open.append(request)
                    continue
                }
                answer(request, there)
            }
            let stillOpen = open
            waiting.withLock { waiting in
                waiting.requests = stillOpen + waiting.requests.dropFirst(requests.count)
            }
            if !open.isEmpty { Thread.sleep(forTimeInterval: Self.pause) }
        }
    }

    /// Those of some instances that a destination has now. What cannot be asked has nothing.
    private func held(_ instances: Set<UID>) -> Set<UID> {
        var found: Set<UID> = []
        do {
            let rows = try house.store.read { try $0.rows("SELECT * FROM ae WHERE roles LIKE '%destination%'") }
            for entry in rows.compactMap({ AEEntry($0) }) where entry.options.query && !instances.isSubset(of: found) {
                do {
                    guard let peer = try peer(entry) else { continue }
                    let session = try DeliverySession(
                        to: peer, sopClasses: [], asksQueries: true, asksCommitment: false)
                    found.formUnion(try session.held(Array(instances.subtracting(found)).sorted()))
                } catch {
                    house.log(.originalsNotAsked, LogFact("destination", PeerName(entry.name)), .error(error))
                }
            }
        } catch {
            house.log(.destinationsUnreadable, .error(error))
        }
        return found
    }

    private func answer(_ request: Request, _ there: Set<UID>) {
        let references = request.message.references
        let report = CommitmentMessage(
            transactionUID: request.message.transactionUID,
            references: references.filter { there.contains($0.sopInstanceUID) },
            failed: references.filter { !there.contains($0.sopInstanceUID) })
        var outcome = "DEL-009"
        for attempt in 1...Self.reportTries where outcome != "ok" {
            do {
                guard let peer = try peer(request.source) else { break }
                try CommitmentReport.send(report, to: peer)
                outcome = "ok"
            } catch {
                house.log(
                    .commitmentReportUndelivered, LogFact("ae", PeerName(request.source.name)), .error(error))
                if attempt < Self.reportTries { Thread.sleep(forTimeInterval: Self.pause) }
            }
        }
        let event = house.event(
            .commit, outcome: outcome,
            details: [
                "for": request.source.name, "committed": "\(report.references.count)",
                "notCommitted": "\(report.failed.count)",
            ])
        do {
            try house.committer.commit { transaction in try transaction.owe(event) }
        } catch {
            house.log(.commitmentReportNotJournalled, .error(error))
        }
    }

    private func peer(_ entry: AEEntry) throws -> Peer? {
        let settings = house.configuration.network
        let security = entry.options.tls ? try security.current().security : nil
        var peer = entry.peer(callingAETitle: house.configuration.aeTitle, security: security)
        peer?.connectTimeoutSeconds = settings.connectSeconds
        peer?.dimseTimeoutSeconds = settings.answerSeconds
        return peer
    }
}
