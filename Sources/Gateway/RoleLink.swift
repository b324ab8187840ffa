import Foundation
import Sealing
import Synchronization
import Watching

/// A role's line to its supervisor: asks for the journal, hears when to wake and when to stop.
///
/// When the supervisor is gone the role ends at once: without a journal nothing may be done.
final class RoleLink: Sendable {
    private final class Answer: Sendable {
        let semaphore = DispatchSemaphore(value: 0)
        let failure = Mutex<String?>(nil)
    }

    private let socket: PacketSocket
    private let open = Mutex<(next: UInt64, answers: [UInt64: Answer])>((1, [:]))
    private let bell = DispatchSemaphore(value: 0)
    private let stopped = Mutex(false)
    private let onStop: @Sendable () -> Void
    private let held: HeldSecrets?
    private let settings: LiveConfiguration?
    private let log: EventLog
    private let trials = Mutex<(@Sendable (ModelTrial.Subject) -> ModelTrial)?>(nil)

    /// New keys go to `held`, another configuration to `settings`; without them they are not taken.
    init(
        socket: PacketSocket, held: HeldSecrets? = nil, settings: LiveConfiguration? = nil, log: EventLog = .silent,
        onStop: @escaping @Sendable () -> Void = {}
    ) {
        self.settings = settings
        self.log = log
        self.socket = socket
        self.held = held
        self.onStop = onStop
        let thread = Thread { [self] in listen() }
        thread.name = "link"
        thread.start()
    }

    var isStopping: Bool { stopped.withLock { $0 } }

    func ready(port: UInt16 = 0) { socket.send(.ready(port: port)) }

    /// There may be work for `role`.
    func wake(_ role: Role) { socket.send(.wake(role)) }

    /// Tells what was measured, once a second, for as long as the role lives.
    func report(_ meter: Meter) {
        let thread = Thread { [self] in
            while !isStopping {
                Thread.sleep(forTimeInterval: Self.reportPause)
                for line in meter.drain().lines { socket.send(.measured(line)) }
            }
        }
        thread.name = "meter"
        thread.start()
    }

    private static let reportPause = 1.0

    /// No study's key is sealed to this key's predecessor any more.
    func rewrapped(_ key: KeyRing.RoleKey) { socket.send(.rewrapped(key)) }

    /// Waits until someone rings, or for `seconds`.
    func waitForWork(seconds: Double) {
        _ = bell.wait(timeout: .now() + seconds)
    }

    /// Returns when everything that the database owes the journal is in it, durably.
    func flushJournal() throws(GatewayError) {
        let answer = Answer()
        let number = open.withLock { open in
            defer { open.next += 1 }
            open.answers[open.next] = answer
            return open.next
        }
        guard socket.send(.flush(number)) else { throw .journal("the supervisor is gone") }
        answer.semaphore.wait()
        if let failure = answer.failure.withLock({ $0 }) { throw .journal(failure) }
    }

    /// A role that cannot read its keys ends, and is started again with the ones of that moment.
    private func take(_ files: [OpenKeyFile], _ number: UInt64) {
        guard let held else { return }
        do {
            held.renew(try RoleSecrets(role: held.current.role, handed: files)) { [self] in
                socket.send(.keysTaken(number))
            }
        } catch {
            exit(CommandExit.code(for: error).rawValue)
        }
    }

    /// Says who tries models when the supervisor asks.
    func onTrial(_ body: @escaping @Sendable (ModelTrial.Subject) -> ModelTrial) { trials.withLock { $0 = body } }

    /// Not on this thread: the journal's answers come over it too, and loading a model takes its time.
    private func tryModel(_ number: UInt64, _ subject: ModelTrial.Subject) {
        guard let body = trials.withLock({ $0 }) else {
            socket.send(.triedModel(number, ModelTrial(refusal: "GAT-001: analysis is starting; try again")))
            return
        }
        let thread = Thread { [self] in socket.send(.triedModel(number, body(subject))) }
        thread.name = "try a model"
        thread.start()
    }

    /// What cannot be taken changes nothing, and is said.
    private func take(_ file: OpenKeyFile?, configuration number: UInt64) {
        do {
            guard let file, let settings else { throw GatewayError.badRequest("there is no configuration to take") }
            // The file is closed with its last reference, and by reading it to its end: each has its own.
            let briefing = try RoleBriefing(reading: dup(file.descriptor))
            try settings.change(to: briefing.configuration)
            socket.send(.configured(number, failure: nil))
        } catch {
            socket.send(.configured(number, failure: String("\(error)".prefix(300))))
        }
        bell.signal()
    }

    /// Answers with nothing rather than not at all.
    private func find(_ number: UInt64, _ kind: OutsideName, _ name: String) {
        guard let held else { return }
        do {
            socket.send(.found(number, try kind.pseudonyms(of: name, keys: held.current.pseudonyms)))
        } catch {
            socket.send(.found(number, []))
        }
    }

    private func listen() {
        while let (message, files) = socket.receiveWithFiles() {
            switch message {
            case .flushed(let number, let failure):
                guard let answer = open.withLock({ $0.answers.removeValue(forKey: number) }) else { continue }
                answer.failure.withLock { $0 = failure }
                answer.semaphore.signal()
            case .wake: bell.signal()
            case .stop:
                stopped.withLock { $0 = true }
                bell.signal()
                onStop()
            case .keys(let number, _): take(files, number)
            case .configure(let number): take(files.first, configuration: number)
            case .lookup(let number, let kind, let name): find(number, kind, name)
            case .level(let component, let level): log.set(component, level)
            case .tryModel(let number, let subject): tryModel(number, subject)
            case .ready, .flush, .keysTaken, .rewrapped, .found, .measured, .triedModel, .configured: continue
            }
        }
        exit(isStopping ? 0 : 1)
    }
}
