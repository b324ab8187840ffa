import CSandbox
import Durability
import Foundation
import Journal
import Sealing
import Synchronization
import Watching

/// The daemon's first process: holds the data directory, the journal and the administration socket; starts the roles,
/// each with only its keys, and starts again what dies.
public final class Supervisor: Sendable {
    struct State {
        var processes: [Role: RoleProcess] = [:]
        var failures: [Role: Int] = [:]
        var isStopping = false
        var port: UInt16?
    }

    /// As it is at this moment.
    public var configuration: GatewayConfiguration { settings.current }
    let settings: LiveConfiguration
    let sources: ConfigurationSources
    let reading: ConfigurationReading
    /// Why a role could not take another configuration; `nil` inside if it could.
    let configurationAnswers = PendingAnswers<String?>()
    let directory: DataDirectory
    private let executable: String
    private let runs: [Role]
    private let log: EventLog
    private let lock: DataDirectoryLock
    private let caretaker: JournalCaretaker
    private let auditSender: AuditSender?
    private let keeper: JournalKeeper
    let store: Store
    let committer: Committer
    let clock = GatewayClock.system
    private let verifyingKey: VerifyingKey
    let state = Mutex(State())
    private let spawner = SpawnThread()
    private let watch: WatchOffice
    private let watchProcess: WatchProcess?
    private let canary: CanaryKeeper
    let keysTaken = PendingAnswers<Void>()
    private let keyOffice = Mutex<KeyOffice?>(nil)
    private let levels = Mutex<[LogComponent: LogLevel]>([:])
    let lookups = PendingAnswers<[String]>()
    let trials = PendingAnswers<ModelTrial>()
    private let modelOffice = Mutex<ModelOffice?>(nil)
    private let started = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Every role of a gateway, in the order in which an image meets them.
    public static let roles: [Role] = [.reception, .analysis, .filing]

    /// Failed starts of one role in a row after which the gateway gives up.
    private static let patience = 5
    /// Seconds that roles get to finish what they have in hand.
    private static let graceSeconds = 10.0
    /// Seconds between passes of housekeeping.
    private static let housekeepingSeconds = 30.0

    /// Opens the data directory, making it, its keys and its database if they are not there, and heals what a crash left.
    /// What roles that are not among `roles` would do waits in the queue.
    public init(
        sources: ConfigurationSources, executable: String, roles: [Role] = Supervisor.roles, log: EventLog
    ) throws {
        self.executable = executable
        runs = roles
        self.log = log
        self.sources = sources
        directory = DataDirectory(try sources.reading().checked().dataDirectory)
        try directory.create()
        do {
            lock = try DataDirectoryLock(directory)
        } catch DurabilityError.locked {
            throw GatewayError.alreadyRunning
        }
        let (reading, isFileNewer) = try sources.reading(in: directory)
        let configuration = try reading.checked()
        self.reading = reading
        settings = LiveConfiguration(configuration)
        log.set(configuration.logFormat, usual: configuration.logLevel)
        for warning in reading.warnings {
            log(.configurationWarning, LogFact("what", OwnWords(withoutPatientData: "\(warning)")))
        }
        if isFileNewer { log(.configurationFileHolds) }
        let office = try JournalOffice(directory: directory, settings: configuration.journal)
        keeper = office.keeper
        store = office.store
        verifyingKey = office.verifyingKey
        let keeper = office.keeper
        let committer = Committer(store: office.store, afterCommit: { try keeper.flush() })
        self.committer = committer
        watch = try WatchOffice(
            settings: settings, directory: directory, keeper: office.keeper, clock: clock, log: log)
        watchProcess = WatchProcess(watch, configuration, executable: executable, spawner: spawner, log: log)
        canary = CanaryKeeper(
            settings: settings, store: store, clock: clock, executable: executable, spawner: spawner, log: log)
        watch.follow(canary)
        caretaker = JournalCaretaker(office, committer, configuration, log)
        auditSender = AuditSender(office, configuration, log)
        try StartUp.heal(directory: directory, store: store, disk: office.disk)
    }

    /// Starts the roles and the administration socket. Returns the port on which images are received.
    public func start() throws -> UInt16 {
        try noteProfile()
        let office = KeyOffice(
            directory: directory, store: store, committer: committer, clock: clock,
            handOver: { [self] role in try handKeys(to: role) },
            introduce: { [keeper] key, event in try keeper.introduce(key, event) })
        try office.recover()
        keyOffice.withLock { $0 = office }
        let models = ModelOffice(
            configuration: configuration, directory: directory, store: store, committer: committer, clock: clock,
            tryModel: { [self] subject in try askAnalysis(subject) })
        try models.prepare()
        modelOffice.withLock { $0 = models }
        try configuration.roleUsers?.open(directory)
        for role in runs { try start(role) }
        let deadline = DispatchTime.now() + 30
        guard started.wait(timeout: deadline) == .success, let port = state.withLock({ $0.port }) else {
            stop()
            throw GatewayError.rolesDoNotStart(Role.reception.rawValue)
        }
        let administration = Administration(
            store: store, committer: committer, directory: directory, configuration: configuration, clock: clock,
            verifyingKey: verifyingKey, keyOffice: office, modelOffice: models,
            configurationOffice: configurationOffice(), canary: canary,
            pseudonymise: { [self] kind, name in try askReception(kind, name) },
            logs: LogOffice(log: log, set: { [self] component, level in setLevel(component, level) }),
            watch: watch, wake: { [self] role in wake(role) })
        socket.withLock {
            $0 = try? AdministrationSocket(
                path: configuration.socketPath, isShared: configuration.access.isShared
            ) { request, caller in
                AdministrationAnswer { try administration.perform(request, by: caller) }
            }
        }
        guard socket.withLock({ $0 != nil }) else {
            stop()
            throw GatewayError.system("administration socket", errno)
        }
        caretaker.start()
        watch.start()
        watchProcess?.start()
        canary.start()
        auditSender?.start()
        isCaring.withLock { $0 = true }
        try administration.shredder.recover()
        startHousekeeping()
        try note(.start, details: ["port": "\(port)", "ae": configuration.aeTitle])
        try store.write { transaction in
            try transaction.execute("INSERT OR REPLACE INTO fact VALUES ('port', ?)", .text("\(port)"))
            try transaction.execute(
                "INSERT OR REPLACE INTO fact VALUES ('started', ?)", .text("\(clock.milliseconds())"))
        }
        return port
    }

    private let socket = Mutex<AdministrationSocket?>(nil)
    private let isCaring = Mutex(false)

    /// Lets the roles finish what they have in hand, notes the end in the journal, and returns.
    public func stop() {
        let processes = state.withLock { state -> [RoleProcess] in
            state.isStopping = true
            return Array(state.processes.values)
        }
        socket.withLock { $0?.stop() }
        watch.stop()
        watchProcess?.stop()
        canary.stop()
        for process in processes { process.link.send(.stop) }
        let deadline = DispatchTime.now() + Self.graceSeconds
        for _ in processes where ended.wait(timeout: deadline) == .timedOut {
            for process in state.withLock({ Array($0.processes.values) }) { kill(process.pid, SIGKILL) }
        }
        do {
            try note(.stop)
        } catch {
            log(.endNotJournalled, .error(error))
        }
        if isCaring.withLock({ $0 }) {
            caretaker.stop()
            auditSender?.stop()
        }
        committer.stop()
        do { try keeper.trim() } catch { log(.outboxNotTrimmed) }
    }

    /// Blocks while the gateway works; returns when a role cannot be kept running.
    public func waitForFailure() -> GatewayError {
        failed.wait()
        return .rolesDoNotStart("after \(Self.patience) tries")
    }

    /// Whether the database answers: for a service manager that starts again what hangs.
    public func isResponding() -> Bool {
        do {
            return try store.read { try $0.row("SELECT 1 AS one")?.integer("one") } == 1
        } catch {
            // Whoever asks does what has to be done; the roles say why their own work fails.
            return false
        }
    }

    private let failed = DispatchSemaphore(value: 0)

    /// Before the first image: which profile is in force.
    private func noteProfile() throws {
        let settings = configuration.deidentification
        if try settings.profile().isWeaker {
            log(.weakerProfile)
        }
        guard let event = try ProfileNotice.event(settings, store: store, at: clock.milliseconds()) else { return }
        try committer.commit { transaction in
            try transaction.owe(event)
            try ProfileNotice.remember(settings, in: transaction)
        }
    }

    private func note(_ kind: JournalEventKind, details: [String: String] = [:]) throws {
        let event = JournalEvent(
            kind: kind, at: clock.milliseconds(), actor: "supervisor", subject: nil, study: nil, outcome: "ok",
            details: details)
        try committer.commit { transaction in try transaction.owe(event) }
    }

    /// Levels that were set since the start, here and in every role, also in one that is started later.
    private func setLevel(_ component: LogComponent, _ level: LogLevel) {
        log.set(component, level)
        let processes = state.withLock { Array($0.processes.values) }
        levels.withLock { $0[component] = level }
        for process in processes { process.link.send(.level(component, level)) }
        log(.levelChanged, LogFact("of", component), LogFact("to", level))
    }

    private func wake(_ role: Role) {
        state.withLock { $0.processes[role] }?.link.send(.wake(role))
    }

    /// Lets data go whose time is over, and sees rotations to their end, for as long as the gateway works.
    private func startHousekeeping() {
        let thread = Thread { [self] in
            while !state.withLock({ $0.isStopping }) {
                do {
                    let housekeeper = Housekeeper(
                        configuration: configuration, directory: directory, store: store, committer: committer,
                        disk: RealDisk(), clock: clock)
                    try housekeeper.pass()
                    for key in KeyRing.RoleKey.allCases where KeyRing.isRotating(key, in: directory.keys) {
                        try handKeys(to: .reception)
                        try handKeys(to: key.role)
                    }
                } catch {
                    log(.housekeepingFailed, .error(error))
                }
                Thread.sleep(forTimeInterval: Self.housekeepingSeconds)
            }
        }
        thread.name = "housekeeping"
        thread.start()
    }

    /// On a thread of its own: the end of a rotation waits for the role whose messages the caller reads.
    private func finishRotation(of key: KeyRing.RoleKey) {
        let thread = Thread { [self] in
            do {
                guard let office = keyOffice.withLock({ $0 }) else { return }
                if try !office.finish(key) { try handKeys(to: key.role) }
            } catch {
                log(.rotationNotEnded, .error(error))
            }
        }
        thread.name = "end of rotation"
        thread.start()
    }

    private func start(_ role: Role) throws {
        let briefing = RoleBriefing(
            configuration: configuration, identity: try configuration.roleUsers?.identity(of: role),
            modelsKey: try KeyRing.modelsVerifyingKey(in: directory.keys)?.hexadecimal)
        let keys = directory.keys
        let executable = executable
        let process = try spawner.perform {
            try RoleProcess.start(
                role, briefing: briefing, keys: try KeyRing.files(for: role, in: keys), executable: executable)
        }
        state.withLock { $0.processes[role] = process }
        let thread = Thread { [self] in attend(process) }
        thread.name = "attend \(role.rawValue)"
        thread.start()
    }

    /// Serves one role until it ends, then starts it again unless the gateway is stopping.
    private func attend(_ process: RoleProcess) {
        while let message = process.link.receive() {
            switch message {
            case .ready(let port):
                state.withLock { $0.failures[process.role] = 0 }
                log(.roleWorks, LogFact("role", process.role))
                watch.works(process.role, pid: process.pid)
                for (component, level) in levels.withLock({ $0 }) { process.link.send(.level(component, level)) }
                if process.role == .reception {
                    let isFirst = state.withLock { state in
                        defer { state.port = port }
                        return state.port == nil
                    }
                    if isFirst { started.signal() }
                }
            case .flush(let number):
                do {
                    try watch.meter.measure(.journal) { () throws(GatewayError) in try keeper.flush() }
                    process.link.send(.flushed(number, failure: nil))
                } catch {
                    log(.journalUnwritable, .error(error))
                    process.link.send(.flushed(number, failure: error.code))
                }
            case .wake(let role): wake(role)
            case .measured(let line): _ = watch.meter.add(line: line)
            case .keysTaken(let number): keysTaken.take((), for: number)
            case .rewrapped(let key): finishRotation(of: key)
            case .found(let number, let pseudonyms): lookups.take(pseudonyms, for: number)
            case .triedModel(let number, let trial): trials.take(trial, for: number)
            case .configured(let number, let failure): configurationAnswers.take(failure, for: number)
            case .flushed, .stop, .keys, .lookup, .level, .tryModel, .configure: continue
            }
        }
        var status: Int32 = 0
        while unsafe waitpid(process.pid, &status, 0) < 0, errno == EINTR {}
        // A role that refuses its keys or its configuration has said why, and would do so again.
        let exitCode = status & 0x7F == 0 ? (status >> 8) & 0xFF : 0
        let isHopeless = [CommandExit.refused.rawValue, CommandExit.configuration.rawValue].contains(exitCode)
        restart(process.role, isHopeless: isHopeless)
    }

    private func restart(_ role: Role, isHopeless: Bool) {
        let (isStopping, failures) = state.withLock { state -> (Bool, Int) in
            state.processes[role] = nil
            watch.ended(role)
            state.failures[role, default: 0] += isHopeless ? Self.patience + 1 : 1
            return (state.isStopping, state.failures[role] ?? 0)
        }
        if isStopping {
            ended.signal()
            return
        }
        log(.roleEnded, LogFact("role", role))
        guard failures <= Self.patience else {
            started.signal()
            failed.signal()
            return
        }
        Thread.sleep(forTimeInterval: min(0.05 * Double(1 << failures), 5))
        do {
            try start(role)
        } catch {
            log(.roleCannotStart, LogFact("role", role), .error(error))
            failed.signal()
        }
    }
}
