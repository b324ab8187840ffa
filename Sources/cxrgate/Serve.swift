import ArgumentParser
import Foundation
import Gateway
import Sealing
import Synchronization
import Watching

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway in the foreground; Ctrl-C stops it cleanly.",
        discussion: """
            Without any configuration it starts on its defaults: port 11112, AE title CXRGATE, a data directory of its \
            own, fresh keys and the built-in model. Unknown callers are refused; results are kept until a destination \
            is added.

            Examples:
              CXR_DICOM_PORT=4242 cxrgate serve --data-dir /srv/cxrgate
              cxrgate serve --roles reception                  takes images; their analysis waits in the queue
            """)

    @Option(
        name: .long, help: "Only these roles, with commas between: reception (always), analysis, filing.",
        transform: Self.roles)
    var roles: [Role] = Supervisor.roles
    @OptionGroup var options: Options

    private static func roles(_ text: String) throws -> [Role] {
        let names = text.split(separator: ",").map(String.init)
        let roles = Supervisor.roles.filter { names.contains($0.rawValue) }
        guard roles.count == names.count, roles.contains(.reception) else {
            throw ValidationError("--roles is reception, and analysis and filing as wanted")
        }
        return roles
    }

    func run() async throws {
        try await complaining {
            let log = GatewayLog.make(process: "supervisor")
            let supervisor = try Supervisor(
                sources: options.sources(), executable: Executable.path, roles: roles, log: log)
            let configuration = supervisor.configuration
            if let correction = ProcessEnvironment.correction {
                log(.kernelsCorrected, LogFact("what", OwnWords(withoutPatientData: correction)))
            }
            let port = try supervisor.start()
            Terminal.say(
                """
                cxrgate \(Product.version) receives on port \(port) as \(configuration.aeTitle)
                data: \(configuration.dataDirectory)
                a side branch, not an archive: the modality must also send the original to the PACS
                unknown callers are refused; register one: cxrgate ae add NAME --role source
                results wait in the outbox until there is a destination; stop with Ctrl-C
                """)
            let manager = ServiceNotice()
            manager?.ready("receives on port \(port) as \(configuration.aeTitle)")
            manager?.watch { supervisor.isResponding() }
            let failure = TerminationSignals.wait(orFailureOf: supervisor)
            manager?.stopping()
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

    /// One line about what goes on, over the one before.
    static func note(_ text: String) {
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }
}

/// Waits for Ctrl-C or a service manager's wish to stop: a signal handler that does nothing but write to a pipe, which
/// works whichever thread the kernel picks.
enum TerminationSignals {
    /// Reading and writing end. Set once, before the handlers are there.
    private nonisolated(unsafe) static var pipe: (reading: Int32, writing: Int32) = (-1, -1)

    /// Called before anything else happens in the process.
    static func hold() throws {
        unsafe pipe = try UnixPipe.make()
        signal(SIGPIPE, SIG_IGN)
        for name in [SIGINT, SIGTERM] { signal(name) { _ in TerminationSignals.ring() } }
    }

    /// Returns `nil` after a signal, or why the gateway cannot go on.
    static func wait(orFailureOf supervisor: Supervisor) -> GatewayError? {
        let failure = FailureBox()
        let thread = Thread {
            failure.error = supervisor.waitForFailure()
            ring()
        }
        thread.start()
        var byte: UInt8 = 0
        while unsafe read(pipe.reading, &byte, 1) < 0, errno == EINTR {}
        return failure.error
    }

    private static func ring() {
        var byte: UInt8 = 1
        _ = unsafe write(pipe.writing, &byte, 1)
    }
}

/// Written by one thread before it rings for the other.
private final class FailureBox: Sendable {
    private let stored = Mutex<GatewayError?>(nil)
    var error: GatewayError? {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
