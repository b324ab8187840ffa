import ArgumentParser
import Gateway

struct AE: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ae", abstract: "The AE titles: who may send, and where results go.",
        discussion: """
            A change takes effect at once in a running gateway, and is journalled.

            Examples:
              cxrgate ae add CR1 --role source
              cxrgate ae add PACS1 --host 10.0.0.5 --port 104 --role destination
              cxrgate ae echo PACS1
            """,
        subcommands: [List.self, Add.self, Set.self, Remove.self, Echo.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the registered AE titles.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae list")) {
                    Table.text(
                        $0.array, columns: ["name", "title", "host", "port", "roles"],
                        nothing: "no AE title is registered; add one with `cxrgate ae add`")
                }
            }
        }
    }

    struct Fields: ParsableArguments {
        @Option(name: .long, help: "AE title, if it is not the name.")
        var title: String?
        @Option(name: .long, help: "Address; for a source, the only one it may send from.")
        var host: String?
        @Option(name: .long, help: "TCP port of its Storage SCP.")
        var port: UInt16?
        @Option(name: .long, help: "source, destination, or source,destination.")
        var role: String?

        func arguments(_ name: String) -> [String: String] {
            var arguments = ["name": name]
            arguments["title"] = title
            arguments["host"] = host
            arguments["port"] = port.map { "\($0)" }
            arguments["role"] = role
            return arguments
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register an AE title.",
            discussion: "Example: cxrgate ae add PACS1 --host 10.0.0.5 --port 104 --role destination")
        @Argument(help: "What it is called; also its AE title unless --title says otherwise.") var name: String
        @OptionGroup var fields: Fields
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae add", fields.arguments(name))) {
                    "registered \(Table.cell($0["name"])) as \(Table.cell($0["roles"]))"
                }
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a registered AE title.", discussion: "Example: cxrgate ae set PACS1 --port 11104")
        @Argument var name: String
        @OptionGroup var fields: Fields
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae set", fields.arguments(name))) {
                    Table.list($0, ["name", "title", "host", "port", "roles"])
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an AE title.")
        @Argument var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae remove", ["name": name])) {
                    "removed \(Table.cell($0["removed"]))"
                }
            }
        }
    }

    struct Echo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask a registered AE with C-ECHO whether it is there.")
        @Argument var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae echo", ["name": name])) {
                    "\(Table.cell($0["name"])) answers in \(Table.cell($0["milliseconds"])) ms"
                }
            }
        }
    }
}
