import ArgumentParser
import Foundation
import Gateway
import Logging

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway in the foreground; Ctrl-C stops it cleanly.",
        discussion: """
            Without any configuration it starts on its defaults: port 11112, AE title CXRGATE, a data directory of its \
            own, fresh keys and the built-in model. Unknown callers are refused; results are kept until a destination \
            is added.

            Example:
              CXR_DICOM_PORT=4242 cxrgate serve --data-dir /srv/cxrgate
            """)

    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let configuration = try await options.configuration()
            let log = GatewayLog.bootstrap(component: "supervisor")
            let supervisor = try Supervisor(
                configuration: configuration, executable: Executable.path, log: log)
            let port = try supervisor.start()
            Terminal.say(
                """
                cxrgate \(Product.version) receives on port \(port) as \(configuration.aeTitle)
                data: \(configuration.dataDirectory)
                a side branch, not an archive: the modality must also send the original to the PACS
                unknown callers are refused; register one: cxrgate ae add NAME --role source
                results wait in the outbox until there is a destination; stop with Ctrl-C
                """)
            let failure = TerminationSignals.wait(orFailureOf: supervisor)
            supervisor.stop()
            if let failure { throw failure }
        }
    }
}

/// Standard output without a buffer: what is said is seen at once, also through a pipe.
enum Terminal {
    static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}

/// Waits for Ctrl-C or a service manager's wish to stop.
struct TerminationSignals {
    private static var wanted: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in [SIGINT, SIGTERM] { unsafe sigaddset(&set, signal) }
        return set
    }

    /// Keeps the signals for ``wait(orFailureOf:)``. Called before the process has a second thread, so that all inherit
    /// it; a shell that starts us in the background has SIGINT ignored, which would hide it.
    static func hold() {
        var set = wanted
        signal(SIGINT, SIG_DFL)
        signal(SIGPIPE, SIG_IGN)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Returns `nil` after a signal, or why the gateway cannot go on.
    static func wait(orFailureOf supervisor: Supervisor) -> GatewayError? {
        let failure = FailureBox()
        let thread = Thread {
            failure.error = supervisor.waitForFailure()
            kill(getpid(), SIGTERM)
        }
        thread.start()
        var set = wanted
        var signal: Int32 = 0
        unsafe sigwait(&set, &signal)
        return failure.error
    }
}

/// Written by one thread before it raises the signal that the other waits for.
private final class FailureBox: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: GatewayError?
    var error: GatewayError? {
        get { lock.withLock { stored } }
        set { lock.withLock { stored = newValue } }
    }
}
