import Durability
import Foundation
import Journal
import Sealing
import Synchronization
import Watching

/// Watches the running gateway: adds up what the roles measure, knows which of them work, and says what is wrong.
///
/// It has a connection to the database of its own, so that a look at a long table holds up no image.
final class WatchOffice: Sendable {
    struct RoleState: Sendable {
        var pid: pid_t = 0
        var isWorking = false
        /// Milliseconds since 1970-01-01 UTC.
        var since: Int64 = 0
        var restarts = 0
    }

    /// As it is at this moment.
    var configuration: GatewayConfiguration { settings.current }
    private let settings: LiveConfiguration
    let store: Store
    let keeper: JournalKeeper
    let clock: GatewayClock
    let hostClock: HostClock
    /// Everything that was measured since the gateway started.
    let meter = Meter()
    let startedAt: Int64
    private let log: EventLog
    private let clockOffset: Int64
    private let roleStates = Mutex<[Role: RoleState]>([:])
    private let flow = Mutex(WatchFlow())
    private let book = Mutex(AlarmBook())
    private let isStopping = Mutex(false)
    private let canary = Mutex<CanaryKeeper?>(nil)

    /// Seconds between two looks.
    private static let pauseSeconds = 5.0
    /// A role that is being started again is no alarm for so long, in milliseconds.
    private static let roleGrace: Int64 = 15_000
    /// Entries that wait for the journal, or messages for the collector, beyond which it is an alarm.
    private static let journalBacklog = 1000
    private static let auditBacklog: UInt64 = 1000

    init(
        settings: LiveConfiguration, directory: DataDirectory, keeper: JournalKeeper, clock: GatewayClock,
        hostClock: HostClock = .system, log: EventLog
    ) throws {
        self.settings = settings
        self.keeper = keeper
        self.clock = clock
        self.hostClock = hostClock
        self.log = log
        store = try Store(path: directory.database)
        startedAt = clock.milliseconds()
        clockOffset = startedAt - hostClock.steady()
    }

    func start() {
        let thread = Thread { [self] in
            while !isStopping.withLock({ $0 }) {
                look()
                Thread.sleep(forTimeInterval: Self.pauseSeconds)
            }
        }
        thread.name = "watch"
        thread.start()
    }

    func stop() { isStopping.withLock { $0 = true } }

    // MARK: - What the supervisor says

    /// Speaks of what comes of canaries, too.
    func follow(_ keeper: CanaryKeeper) { canary.withLock { $0 = keeper } }

    var lastCanary: CanaryKeeper.Outcome? { canary.withLock { $0 }?.last }

    func works(_ role: Role, pid: pid_t) {
        let now = clock.milliseconds()
        roleStates.withLock {
            $0[role, default: RoleState()].pid = pid
            $0[role]?.isWorking = true
            $0[role]?.since = now
        }
    }

    func ended(_ role: Role) {
        let now = clock.milliseconds()
        roleStates.withLock {
            $0[role, default: RoleState()].isWorking = false
            $0[role]?.restarts += 1
            $0[role]?.since = now
        }
    }

    func state(of role: Role) -> RoleState { roleStates.withLock { $0[role] ?? RoleState() } }

    // MARK: - What is wrong

    /// One look at everything; what has become wrong, or right again, is logged.
    func look() {
        let now = clock.milliseconds()
        do {
            let counters = try counters()
            flow.withLock { $0.take(counters, now: now) }
            let alarms = try alarms(now: now)
            let (raised, ended) = book.withLock { $0.take(alarms, now: now) }
            for alarm in raised { log(.alarmRaised, LogFact("alarm", alarm.kind), LogFact("of", alarm.name)) }
            for alarm in ended { log(.alarmEnded, LogFact("alarm", alarm.kind), LogFact("of", alarm.name)) }
        } catch {
            log(.watchFailed, .error(error))
        }
    }

    /// The alarms of this moment, each with its beginning.
    func standing() -> [AlarmBook.Standing] {
        look()
        return book.withLock { $0.all }
    }

    var minutes: [String: [Int64]] { flow.withLock { $0.history } }

    private func alarms(now: Int64) throws -> [Alarm] {
        let configuration = configuration
        var alarms = try store.read { transaction in
            try AlarmRules.alarms(now: now, configuration: configuration, in: transaction)
        }
        for role in Supervisor.roles {
            let state = state(of: role)
            if !state.isWorking, now - max(state.since, startedAt) > Self.roleGrace {
                alarms.append(Alarm(.roleDown, .critical, of: role.rawValue, "\(role.rawValue) does not work"))
            }
        }
        let waiting = try journalBacklog()
        if keeper.isTroubled || waiting > Self.journalBacklog {
            alarms.append(Alarm(.journalBehind, .critical, "\(waiting) entries wait for the journal"))
        }
        if let behind = try auditBacklog(), behind > Self.auditBacklog {
            alarms.append(Alarm(.auditBehind, .warning, "\(behind) audit messages wait for the collector"))
        }
        if let wrong = hostClock.alarm(now: now, offset: clockOffset, tolerance: configuration.watch.clockSeconds) {
            alarms.append(wrong)
        }
        if let canary = canary.withLock({ $0 })?.alarm { alarms.append(canary) }
        return alarms
    }

    // MARK: - Figures

    func counters() throws -> [String: Int64] {
        let rows = try store.read { try $0.rows("SELECT name, value FROM counter") }
        var counters: [String: Int64] = [:]
        for row in rows { counters[row.text("name") ?? ""] = row.integer("value") }
        return counters
    }

    func journalBacklog() throws -> Int { try keeper.waiting() }

    /// Entries that the collector has not got yet; `nil` without a collector.
    func auditBacklog() throws -> UInt64? {
        guard configuration.audit.host != nil else { return nil }
        let (size, next) = (keeper.checkpoint?.size ?? 0, try AuditSender.next(store))
        return size > next ? size - next : 0
    }

    /// Ready to take images: every role works, the journal is written, and there is room. Empty if so; else why not.
    func obstacles() -> [String] {
        var obstacles: [String] = []
        for role in Supervisor.roles where !state(of: role).isWorking { obstacles.append("role-down \(role.rawValue)") }
        if keeper.isTroubled { obstacles.append(Alarm.Kind.journalBehind.rawValue) }
        if DiskRoom.freeMiB(configuration.dataDirectory) < configuration.diskReserveMiB {
            obstacles.append(Alarm.Kind.diskFull.rawValue)
        }
        return obstacles
    }
}

extension Alarm.Kind: Loggable {
    public var logText: String { rawValue }
}

extension Alarm {
    /// The name of a peer or a role.
    fileprivate var name: PeerName { PeerName(subject.isEmpty ? "gateway" : subject) }
}
