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
    /// As it is at this moment.
    var configuration: GatewayConfiguration { configurationOffice?.running.configuration ?? started }
    private let started: GatewayConfiguration
    let clock: GatewayClock
    let verifyingKey: VerifyingKey
    let keyOffice: KeyOffice
    let modelOffice: ModelOffice
    /// Changes of the configuration; `nil` where there is none to change.
    let configurationOffice: ConfigurationOffice?
    /// `nil` where nothing runs.
    let canary: CanaryKeeper?
    /// Names of the outside world become pseudonyms where the key for it is held.
    let pseudonymise: @Sendable (OutsideName, String) throws -> [String]
    /// Rings the roles when there may be work.
    let wake: @Sendable (Role) -> Void
    /// The running gateway's log; `nil` in a command that works alone.
    let logs: LogOffice?
    /// Who watches the running gateway; `nil` in a command that works alone.
    let watch: WatchOffice?

    init(
        store: Store, committer: Committer, directory: DataDirectory, configuration: GatewayConfiguration,
        clock: GatewayClock, verifyingKey: VerifyingKey, keyOffice: KeyOffice? = nil, modelOffice: ModelOffice? = nil,
        configurationOffice: ConfigurationOffice? = nil, canary: CanaryKeeper? = nil,
        pseudonymise: (@Sendable (OutsideName, String) throws -> [String])? = nil,
        logs: LogOffice? = nil, watch: WatchOffice? = nil,
        wake: @escaping @Sendable (Role) -> Void
    ) {
        self.pseudonymise =
            pseudonymise ?? { kind, name in
                let ring = try KeyRing.load(in: directory.keys, roles: [.reception])
                return try kind.pseudonyms(of: name, keys: ring.secrets(for: .reception).pseudonyms)
            }
        self.keyOffice =
            keyOffice ?? KeyOffice(directory: directory, store: store, committer: committer, clock: clock)
        self.modelOffice =
            modelOffice
            ?? ModelOffice(
                configuration: configuration, directory: directory, store: store, committer: committer, clock: clock)
        self.configurationOffice = configurationOffice
        self.canary = canary
        self.store = store
        self.committer = committer
        self.directory = directory
        started = configuration
        self.clock = clock
        self.verifyingKey = verifyingKey
        self.wake = wake
        self.logs = logs
        self.watch = watch
    }

    /// Carries out one request if the caller's roles allow it.
    public func perform(_ request: AdministrationRequest, by caller: Caller) throws -> JSONValue {
        do {
            try configuration.access.check(request.verb, by: caller)
        } catch {
            // Someone with a role tried more than it allows: that is worth an entry. Strangers could only fill the disk.
            if !configuration.access.roles(of: caller).isEmpty {
                var refusal = event(.refuse, actor: caller.name, details: ["what": "administration"])
                refusal.outcome = error.code
                try note(refusal)
            }
            throw error
        }
        // Reasons are free text: from here on they are sealed.
        let request = try request.sealingReason { try JournalReason(directory).sealed($0) }
        return try perform(request, caller: caller, actor: caller.name)
    }

    private func perform(_ request: AdministrationRequest, caller: Caller, actor: String) throws -> JSONValue {
        switch request.verb {
        case "status": try status(actor: actor)
        case "alarms list": try listAlarms()
        case "reconcile": try reconcile(request, actor: actor)
        case "lookup": try lookup(request, actor: actor)
        case "support facts": try supportFacts(actor: actor)
        case "logs levels": try listLevels()
        case "logs level": try setLevel(request, actor: actor)
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
        case "config show": try showConfiguration(actor: actor)
        case "config diff": try diffConfiguration(request, actor: actor)
        case "config apply": try applyConfiguration(request, caller: caller)
        case "config history": try showConfigurationHistory(actor: actor)
        case "config rollback": try rollBackConfiguration(request, caller: caller)
        case "canary": try runCanary()
        case "pause": try pause(request, actor: actor)
        case "resume": try resume(request, actor: actor)
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
        case "results recall": try recallResults(request, caller: caller)
        case "feedback import": try importFeedback(request, actor: actor)
        case "feedback show": try showFeedback(actor: actor)
        case "backup begin": try beginBackup(request, actor: actor)
        case "backup end": try endBackup(request, actor: actor)
        case "trace": try trace(request, actor: actor)
        case "keys list": try listKeys(actor: actor)
        case "keys rotate": try rotateKeys(request, actor: actor)
        case "keys escrow request": try requestEscrow(request, caller: caller)
        case "keys escrow export": try exportEscrow(request, caller: caller)
        case "keys shred": try requestShred(request, caller: caller)
        case "decommission plan": try planDecommission(request, caller: caller)
        case "actions list": try listActions(actor: actor)
        case "actions approve": try approveAction(request, caller: caller)
        case "actions reject": try rejectAction(request, caller: caller)
        case "hold set": try setHold(request, actor: actor)
        case "hold clear": try clearHold(request, actor: actor)
        case "hold list": try listHolds(actor: actor)
        case "objections add": try addObjection(request, actor: actor)
        case "objections remove": try removeObjection(request, actor: actor)
        case "objections list": try listObjections(actor: actor)
        case "model performance": try modelPerformance(request)
        case "model drift": try modelDrift(request)
        case "model drift accept": try acceptDrift(request, actor: actor)
        case "model resume": try resumeModel(request, actor: actor)
        case "logs stats": try logStatistics()
        case "logs clean": try cleanLogs(request, actor: actor)
        case "model list": try listModels()
        case "model show": try showModel(request)
        case "model upload": try uploadModel(request)
        case "model register": try registerModel(request, actor: actor)
        case "model verify": try verifyModels(request)
        case "model promote": try promoteModel(request, actor: actor)
        case "model rollback": try rollBackModel(request, actor: actor)
        case "model retire": try retireModel(request, actor: actor)
        case "model ab start": try startExperiment(request, caller: caller)
        case "model ab status": try describeExperiments()
        case "model ab stop": try stopExperiment(request, actor: actor)
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
