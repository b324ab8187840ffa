import DICOMCore
import Durability
import Foundation
import Journal
import Sealing

/// Carries out what an administrator asks: the same code in a running daemon (through its socket) and, without one,
/// in the command itself on the locked data directory.
public final class Administration: Sendable {
    let store: Store
    let committer: Committer
    let directory: DataDirectory
    let configuration: GatewayConfiguration
    let clock: GatewayClock
    let verifyingKey: VerifyingKey
    /// Rings the roles when there may be work.
    let wake: @Sendable (Role) -> Void

    init(
        store: Store, committer: Committer, directory: DataDirectory, configuration: GatewayConfiguration,
        clock: GatewayClock, verifyingKey: VerifyingKey, wake: @escaping @Sendable (Role) -> Void
    ) {
        self.store = store
        self.committer = committer
        self.directory = directory
        self.configuration = configuration
        self.clock = clock
        self.verifyingKey = verifyingKey
        self.wake = wake
    }

    /// Carries out one request for `actor` (an operating system user).
    public func perform(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        // Reasons are free text: from here on they are sealed.
        let request = try request.sealingReason { try JournalReason(directory).sealed($0) }
        return switch request.verb {
        case "status": try status(actor: actor)
        case "ae list": try listAETitles(actor: actor)
        case "ae add": try addAETitle(request, actor: actor)
        case "ae set": try setAETitle(request, actor: actor)
        case "ae remove": try removeAETitle(request, actor: actor)
        case "ae show": try showAETitle(request, actor: actor)
        case "ae undo": try undoAETitle(actor: actor)
        case "ae export": try exportAETitles(actor: actor)
        case "ae import": try importAETitles(request, actor: actor)
        case "ae doctor": try doctorAETitle(request, actor: actor)
        case "ae echo": try echoAETitle(request, actor: actor)
        case "queue list": try listQueue(request, actor: actor)
        case "queue show": try showJob(request, actor: actor)
        case "queue retry": try retryJobs(request, actor: actor)
        case "queue discard": try discardJob(request, actor: actor)
        case "quarantine list": try listQuarantine(actor: actor)
        case "quarantine show": try showHeld(request, actor: actor)
        case "quarantine release": try releaseHeld(request, actor: actor)
        case "quarantine reject": try rejectHeld(request, actor: actor)
        case "instance open": try noteOpening(request, actor: actor)
        case "results show": try showResults(request, actor: actor)
        case "results recall": try recallResults(request, actor: actor)
        case "trace": try trace(request, actor: actor)
        case "journal verify": try verifyJournal(actor: actor)
        case "journal show": try showJournal(request, actor: actor)
        case "journal checkpoint": try showCheckpoint(actor: actor)
        case "journal search": try searchJournal(request, actor: actor)
        case "journal accounting": try accountForDisclosures(request, actor: actor)
        case "journal export": try noteExport(actor: actor)
        default: throw GatewayError.badRequest("'\(request.verb)' is not a verb of administration")
        }
    }

    /// One entry for the journal, in the words of administration.
    func event(
        _ kind: JournalEventKind, actor: String, subject: String? = nil, details: [String: String] = [:]
    ) -> JournalEvent {
        JournalEvent(
            kind: kind, at: clock.milliseconds(), actor: "administrator:\(actor)", subject: subject, study: nil,
            outcome: "ok", details: details)
    }

    /// Someone is about to open a de-identified image by hand.
    private func noteOpening(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("opening an image wants --reason")
        }
        let row = try store.read { transaction in
            try transaction.row("SELECT study FROM instance WHERE id = ?", .text(id))
        }
        guard row != nil else { throw GatewayError.notFound("instance with this id") }
        try note(event(.open, actor: actor, subject: id, details: ["for": "administration", "reason": reason]))
        return .object(["id": .string(id)])
    }

    /// Makes an entry durable on its own: someone is about to read what is not public.
    func note(_ event: JournalEvent) throws {
        try committer.commit { transaction in try transaction.owe(event) }
    }
}
