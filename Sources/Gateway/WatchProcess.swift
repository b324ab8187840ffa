import CSandbox
import Foundation
import Synchronization
import Watching

/// What the watch role hears from the supervisor: an answer for whoever asked it over HTTP.
struct WatchReply: Sendable, Codable, Hashable {
    let status: Int
    let mediaType: String
    let body: String
}

/// The watch role as the supervisor sees it: a process without a key, without the database and without files, that
/// passes on one of five questions and gets back a text.
///
/// It listens to strangers so that the supervisor, which signs the journal, need not.
final class WatchProcess: Sendable {
    private let office: WatchOffice
    private let executable: String
    private let spawner: SpawnThread
    private let log: EventLog
    private let port: UInt16
    /// User and group to become; empty to stay the user of the supervisor.
    private let identity: [String]
    private let state = Mutex<(isStopping: Bool, link: Int32, pid: pid_t)>((false, -1, 0))

    /// Seconds before the role is started again, doubled for each failure in a row up to a limit.
    private static let firstPause = 1.0
    private static let longestPause = 60.0
    /// The user and group that own nothing, where the supervisor is root and the roles have users of their own.
    static let nobody = ["65534", "65534"]
    /// Longest question, in bytes.
    private static let questionLimit = 256

    /// `nil` if nothing is to be served.
    init?(
        _ office: WatchOffice, _ configuration: GatewayConfiguration, executable: String, spawner: SpawnThread,
        log: EventLog
    ) {
        guard let port = configuration.watch.port else { return nil }
        self.office = office
        self.port = port
        self.executable = executable
        self.spawner = spawner
        self.log = log
        identity = configuration.roleUsers == nil ? [] : Self.nobody
    }

    func start() {
        let thread = Thread { [self] in
            var pause = Self.firstPause
            while !state.withLock({ $0.isStopping }) {
                do {
                    // One that has served begins anew without delay.
                    if try serveOnce() { pause = Self.firstPause }
                } catch {
                    log(.watchFailed, .error(error))
                }
                if state.withLock({ $0.isStopping }) { return }
                log(.watchRoleEnded)
                Thread.sleep(forTimeInterval: pause)
                pause = min(2 * pause, Self.longestPause)
            }
        }
        thread.name = "watch role"
        thread.start()
    }

    func stop() {
        let pid = state.withLock { state in
            state.isStopping = true
            return state.pid
        }
        // It holds nothing that would have to be brought to an end.
        if pid > 0 { kill(pid, SIGKILL) }
    }

    /// Starts the process and answers it until it ends. Returns whether it has listened.
    private func serveOnce() throws -> Bool {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw GatewayError.system("socketpair", errno) }
        let (ours, theirs) = (ends[0], ends[1])
        defer { close(ours) }
        let arguments = [executable, "role", "watch"] + identity
        let executable = executable
        let pid = try spawner.perform {
            var pid: pid_t = 0
            let failure = RoleProcess.spawn(&pid, executable, arguments: arguments, keep: [theirs])
            close(theirs)
            guard failure == 0 else { throw GatewayError.system("posix_spawn", failure) }
            return pid
        }
        let isStopping = state.withLock { state in
            state.pid = pid
            return state.isStopping
        }
        if isStopping { kill(pid, SIGKILL) }
        defer {
            state.withLock { $0.pid = 0 }
            var status: Int32 = 0
            while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        }
        UnixSocket.writeAll(ours, Array("\(port)\n".utf8))
        var hasListened = false
        while let line = UnixSocket.readLine(ours, limit: Self.questionLimit) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            if words.first == "listening", words.count == 2, let port = UInt16(words[1]) {
                hasListened = true
                try office.listens(on: port)
                log(.watchServes, LogFact("port", port))
            } else {
                let question = WatchQuestion(rawValue: String(decoding: line, as: UTF8.self))
                let reply = question.map(office.reply) ?? WatchReply(status: 404, mediaType: "text/plain", body: "")
                UnixSocket.writeAll(ours, Array(try JSONEncoder().encode(reply)) + [UInt8(ascii: "\n")])
            }
        }
        return hasListened
    }
}
