import ArgumentParser
import Gateway

struct Queue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "The work that waits, and the work that failed.",
        discussion: """
            Examples:
              cxrgate queue list --state dead
              cxrgate queue list --watch 2         again every two seconds, until Ctrl-C
              cxrgate queue retry                  every dead job
              cxrgate queue discard JOB --reason "PACS rejects this study"
            """,
        subcommands: [List.self, Show.self, Retry.self, Discard.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the jobs that are not done.")
        @Option(name: .long, help: "waiting, leased, held, dead or done.") var state: String?
        @Option(name: .long, help: "Show it again every so many seconds.") var watch: Double?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await Repeating.run(every: watch) {
                    try await options.ask(AdministrationRequest("queue list", state.map { ["state": $0] } ?? [:])) {
                        Table.fitted(
                            $0.array.map { $0.with("due", Table.relative($0["due"])).with("tries", $0["attempts"]) },
                            columns: ["id", "kind", "state", "tries", "due", "destination"], below: "error",
                            nothing: "nothing waits")
                    }
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one job.", discussion: "Example: cxrgate queue show JOB")
        @Argument var id: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("queue show", ["id": id])) {
                    Table.list(
                        $0, ["id", "kind", "subject", "destination", "state", "attempts", "due", "made", "error"])
                }
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Try dead jobs again: one, or all of them.")
        @Argument var id: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("queue retry", id.map { ["id": $0] } ?? [:])) {
                    "\(Table.cell($0["retried"])) to be tried again"
                }
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give up a dead job.")
        @Argument var id: String
        @Option(name: .long, help: "Why; goes into the journal. No names, no numbers of patients.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("queue discard", ["id": id], reason: reason)) {
                    "discarded \(Table.cell($0["discarded"]))"
                }
            }
        }
    }
}
