import Durability
import Foundation
import Registry
import Synchronization
import Watching

/// Sends a canary now and then, and judges what comes back.
final class CanaryKeeper: Sendable {
    /// What came of the last one.
    struct Outcome: Sendable, Codable, Hashable {
        /// Milliseconds since 1970-01-01 UTC.
        var at: Int64
        /// From sending to the answer, and to the report.
        var answerSeconds: Double?
        var reportSeconds: Double?
        /// What is wrong; `nil` if it came back as it should.
        var trouble: String?
    }

    /// The answer that a model gave first; what comes later is held against it.
    private struct Known: Sendable, Codable, Hashable {
        let model: String
        let weights: String
        let answer: CanaryAnswer
    }

    private let settings: LiveConfiguration
    private let store: Store
    private let clock: GatewayClock
    private let executable: String
    private let spawner: SpawnThread
    private let log: EventLog
    private let latest = Mutex<Outcome?>(nil)
    /// One canary at a time.
    private let turn = Mutex(())
    private let bell = DispatchSemaphore(value: 0)

    private static let fact = "canary answer"
    /// Seconds beyond the patience with the report in which the process must have said something.
    private static let graceSeconds = 30
    private static let lineLimit = 64 << 10
    /// Seconds: after a start, analysis loads its model first.
    private static let firstPause = 5.0

    init(
        settings: LiveConfiguration, store: Store, clock: GatewayClock, executable: String, spawner: SpawnThread,
        log: EventLog
    ) {
        self.settings = settings
        self.store = store
        self.clock = clock
        self.executable = executable
        self.spawner = spawner
        self.log = log
    }

    var last: Outcome? { latest.withLock { $0 } }

    func start() {
        let thread = Thread { [self] in
            // One that was under way when the gateway was killed.
            putAway()
            var pause = Self.firstPause
            while bell.wait(timeout: .now() + pause) == .timedOut {
                let minutes = settings.current.canary.minutes
                // Configured at any time: looked at each minute while there is none.
                pause = minutes > 0 ? Double(minutes) * 60 : 60
                guard minutes > 0 else { continue }
                do {
                    if try isResting() { continue }
                    _ = try run()
                } catch {
                    note(Outcome(at: clock.milliseconds(), trouble: "it could not be sent: \(error)"))
                }
            }
        }
        thread.name = "canary"
        thread.start()
    }

    func stop() { bell.signal() }

    /// What is wrong, while canaries are wanted.
    var alarm: Alarm? {
        guard settings.current.canary.minutes > 0, let trouble = last?.trouble else { return nil }
        return Alarm(.canary, .critical, "the canary: \(trouble)")
    }

    /// What stands still on purpose is no fault.
    private func isResting() throws -> Bool { try !store.read { try PauseBook.all(in: $0) }.isEmpty }

    /// One canary, from sending to judgement.
    func run() throws -> Outcome {
        try turn.withLock { _ in
            let outcome = try judge(try fly())
            note(outcome)
            return outcome
        }
    }

    private func note(_ outcome: Outcome) { latest.withLock { $0 = outcome } }

    private func fly() throws -> CanaryReport {
        let configuration = settings.current
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw GatewayError.system("socketpair", errno) }
        let (ours, theirs) = (ends[0], ends[1])
        let arguments =
            [executable, "role", "canary"] + (configuration.roleUsers == nil ? [] : WatchProcess.nobody)
        let pid = try spawner.perform { [executable] in
            var pid: pid_t = 0
            let failure = RoleProcess.spawn(&pid, executable, arguments: arguments, keep: [theirs])
            close(theirs)
            guard failure == 0 else { throw GatewayError.system("posix_spawn", failure) }
            return pid
        }
        defer {
            close(ours)
            kill(pid, SIGKILL)
            var status: Int32 = 0
            while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        }
        UnixSocket.setTimeout(ours, seconds: Int(configuration.canary.seconds) + Self.graceSeconds)
        let port = try store.read { try $0.row("SELECT value FROM fact WHERE name = 'port'")?.text("value") }
        let errand = CanaryErrand(
            port: port.flatMap { UInt16($0) } ?? configuration.port, host: Self.host(configuration.bindAddress),
            calledAETitle: configuration.aeTitle, patienceSeconds: configuration.canary.seconds)
        UnixSocket.writeAll(ours, Array(try JSONEncoder().encode(errand)) + [UInt8(ascii: "\n")])
        guard let line = UnixSocket.readLine(ours, limit: Self.lineLimit),
            let listening = UInt16(String(decoding: line, as: UTF8.self))
        else { throw GatewayError.system("the canary's process", ECHILD) }
        try store.write { try Canary.open(listening, in: $0) }
        defer { putAway() }
        UnixSocket.writeAll(ours, Array("go\n".utf8))
        guard let line = UnixSocket.readLine(ours, limit: Self.lineLimit) else {
            throw GatewayError.system("the canary's process", ECHILD)
        }
        return try JSONDecoder().decode(CanaryReport.self, from: Data(line))
    }

    private func putAway() {
        let now = clock.milliseconds()
        do {
            try store.write { try Canary.close(now: now, in: $0) }
        } catch {
            // The next one begins by opening anew, and ends by closing.
            log(.canaryNotClosed, .error(error))
        }
    }

    /// Where the gateway can be reached from itself.
    private static func host(_ bind: String) -> String {
        switch bind {
        case "0.0.0.0": Canary.address
        case "::": "::1"
        default: bind
        }
    }

    private func judge(_ report: CanaryReport) throws -> Outcome {
        var outcome = Outcome(
            at: clock.milliseconds(), answerSeconds: report.answeredAfter, reportSeconds: report.reportedAfter)
        guard report.answeredAfter != nil, let answer = report.answer else {
            outcome.trouble =
                report.answeredAfter == nil || report.status != "0000"
                ? "it was not taken: \(report.status)"
                : "no report came back within \(Int(settings.current.canary.seconds)) s"
            return outcome
        }
        guard let model = try store.read({ try ModelBook.production(in: $0) }) else { return outcome }
        let known = try store.read { try $0.row("SELECT value FROM fact WHERE name = ?", .text(Self.fact)) }
            .flatMap { $0.text("value") }.flatMap { try? JSONDecoder().decode(Known.self, from: Data($0.utf8)) }
        let now = Known(model: model.title, weights: model.weights, answer: answer)
        guard let known, known.model == now.model, known.weights == now.weights else {
            // What was never assessed proves nothing, and must not become what is expected.
            guard !answer.certainties.isEmpty else {
                outcome.trouble = "its report has no finding; see `cxrgate trace`"
                return outcome
            }
            // The first answer of a model is the one that it is held to.
            let text = String(decoding: try JSONEncoder().encode(now), as: UTF8.self)
            try store.write {
                _ = try $0.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", .text(Self.fact), .text(text))
            }
            return outcome
        }
        if !answer.isLike(known.answer) {
            outcome.trouble =
                "\(model.title) answers \(answer.certainties) %, where it first said \(known.answer.certainties) %"
        }
        return outcome
    }
}
