import ArgumentParser
import Foundation
import Gateway

/// What stands still: a part of the gateway, or one AE title.
struct PausedPart: ParsableArguments {
    @Argument(help: "reception, analysis, delivery, or the name of an AE title. Default: everything.")
    var what: String?
    @Option(name: .long, help: "Why; goes into the journal.") var reason: String?

    func request(_ verb: String) -> AdministrationRequest {
        AdministrationRequest(verb, what.map { ["what": $0] } ?? [:], reason: reason)
    }

    static func text(_ answer: JSONValue) -> String {
        answer["paused"].array.isEmpty ? "everything works" : "paused: \(Table.cell(answer["paused"]))"
    }
}

struct Pause: Question {
    static let configuration = CommandConfiguration(
        abstract: "Let a part of the gateway, or one AE title, stand still until `resume`; a restart does not end it.",
        discussion: """
            Nothing is lost: reception refuses new associations for now (transient, \
            "temporary congestion"; modalities try again), and associations under way go on to their end; analysis and \
            delivery let their queues grow. `cxrgate status` shows what is paused.

            Examples:
              cxrgate pause delivery --reason "the PACS is upgraded"
              cxrgate pause CR1                          one modality, or one destination
              cxrgate pause                              everything
            """)
    @OptionGroup var part: PausedPart
    @OptionGroup var options: Options

    func request() -> AdministrationRequest { part.request("pause") }

    func text(of answer: JSONValue) -> String { PausedPart.text(answer) }
}

struct Resume: Question {
    static let configuration = CommandConfiguration(
        abstract: "Let what was paused go on.",
        discussion: """
            Examples:
              cxrgate resume delivery
              cxrgate resume                             everything
            """)
    @OptionGroup var part: PausedPart
    @OptionGroup var options: Options

    func request() -> AdministrationRequest { part.request("resume") }

    func text(of answer: JSONValue) -> String { PausedPart.text(answer) }
}

struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pause reception, and wait until everything that was received is analysed and delivered.",
        discussion: """
            Then the gateway can be stopped without work in hand. Jobs that wait for a person (held, dead) are not waited \
            for. Reception stays paused until `cxrgate resume reception`.

            Example: cxrgate drain --timeout 600 && systemctl stop cxrgate

            Exit codes: 0 empty; 1 work is left after the timeout.
            """)
    @Option(name: .long, help: "Seconds to wait.") var timeout = 600.0
    @Option(name: .long, help: "Why; goes into the journal.") var reason: String?
    @OptionGroup var options: Options

    /// Seconds between looks.
    private static let pause = 0.5

    func run() async throws {
        try await complaining {
            let configuration = try options.configuration()
            func ask(_ request: AdministrationRequest) throws -> JSONValue {
                try Door.perform(request, configuration: configuration, sources: options.sources()).get()
            }
            _ = try ask(AdministrationRequest("pause", ["what": "reception"], reason: reason))
            let end = ContinuousClock.now + .seconds(timeout)
            var progress = ProgressLine()
            while true {
                let left = Self.open(try ask(AdministrationRequest("status")))
                if left == 0 { break }
                guard ContinuousClock.now < end else {
                    throw Complaint("\(left) images and jobs are left", code: CommandExit.failed.rawValue)
                }
                progress.say("\(left) images and jobs are left")
                try await Task.sleep(for: .seconds(Self.pause))
            }
            progress.end()
            options.answered(.object(["open": .number(0)])) { _ in
                "empty; reception is paused: cxrgate resume reception"
            }
        }
    }

    /// Images under way, and jobs that go on by themselves.
    private static func open(_ status: JSONValue) -> Int {
        func sum(_ value: JSONValue, _ isMeant: (String) -> Bool) -> Int {
            guard case .object(let members) = value else { return 0 }
            return members.filter { isMeant($0.key) }.reduce(0) { $0 + Int($1.value.number ?? 0) }
        }
        return sum(status["instances"]) { ["received", "clearing", "ready"].contains($0) }
            + sum(status["jobs"]) { !$0.hasSuffix(" dead") && !$0.hasSuffix(" held") }
    }
}

/// One line on a terminal that is written over; nothing where nobody looks.
struct ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isShown = false

    mutating func say(_ text: String) {
        guard isTerminal else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
        isShown = true
    }

    mutating func end() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
        isShown = false
    }
}
