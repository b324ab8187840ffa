import CSandbox
import Foundation
import Synchronization
import Watching

/// The watch role from its own side: locked in, with a listener on the loopback and one line to the supervisor.
public enum WatchRole {
    /// The descriptor of the link, the first that the child inherits.
    private static let linkDescriptor: Int32 = 3

    /// Gives up files, programs, other processes and the kernel's back doors, then serves until the supervisor ends.
    public static func run() throws -> Never {
        for name in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(name, SIG_IGN) }
        guard let line = UnixSocket.readLine(linkDescriptor, limit: 16),
            let port = UInt16(String(decoding: line, as: UTF8.self))
        else { throw GatewayError.badRequest("the watch role is started by the supervisor alone") }
        try check(cxr_disable_core_dumps(), "no core files")
        try check(cxr_die_with_parent(getppid()), "end with the supervisor")
        let denied =
            CXR_SANDBOX_NO_EXECUTE | CXR_SANDBOX_NO_FILES | CXR_SANDBOX_NO_PROCESSES | CXR_SANDBOX_NO_KERNEL_DOORS
        try check(cxr_sandbox_enter(UInt32(denied)), "the sandbox")
        let supervisor = SupervisorLine(linkDescriptor)
        let listener = try WatchListener(port: port, paths: WatchQuestion.allCases.map(\.rawValue)) {
            supervisor.ask($0)
        }
        supervisor.say("listening \(listener.port)")
        listener.run()
    }

    private static func check(_ result: Int32, _ what: String) throws(GatewayError) {
        if result != 0 { throw .system(what, result) }
    }
}

/// The line of the watch role to its supervisor: one question at a time, so that many callers cost no more than one.
private final class SupervisorLine: Sendable {
    private let link: Int32
    private let isBroken = Mutex(false)

    /// Seconds that the supervisor gets for an answer; one that takes longer is not alive.
    private static let patienceSeconds = 10
    private static let answerLimit = 8 << 20

    private static let silence = HTTPResponse(status: 503, body: "the supervisor does not answer\n")

    init(_ link: Int32) {
        self.link = link
        UnixSocket.setTimeout(link, seconds: Self.patienceSeconds)
    }

    func say(_ words: String) { UnixSocket.writeAll(link, Array("\(words)\n".utf8)) }

    func ask(_ path: String) -> HTTPResponse {
        isBroken.withLock { isBroken in
            if isBroken { return Self.silence }
            say(path)
            guard let line = UnixSocket.readLine(link, limit: Self.answerLimit),
                let reply = try? JSONDecoder().decode(WatchReply.self, from: Data(line))
            else {
                // An answer that came late would be taken for that to the next question: begin anew.
                isBroken = true
                let thread = Thread {
                    Thread.sleep(forTimeInterval: 1)
                    exit(1)
                }
                thread.start()
                return Self.silence
            }
            return HTTPResponse(status: reply.status, mediaType: reply.mediaType, body: reply.body)
        }
    }
}
