import ArgumentParser
import Gateway

struct AE: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ae", abstract: "The AE titles: who may send, and where results go.",
        discussion: """
            A change is checked as a whole, takes effect at once in a running gateway, is journalled with what was before,
            and is taken back by `cxrgate ae undo`.

            Examples:
              cxrgate ae add CR1 --role source
              cxrgate ae add PACS1 --host 10.0.0.5 --port 104 --role destination
              cxrgate ae set PACS1 --commitment on --query on --max-identity-age 43200
              cxrgate ae set CR1 --tls on --fingerprint 3f:…:9c --addresses 10.0.0.7,fd00::7
              cxrgate ae set ALERTS --results-of CR1,CR2 --findings notable --objects report
              cxrgate ae echo PACS1
              cxrgate ae doctor CR1
              cxrgate ae export > aes.json
            """,
        subcommands: [
            List.self, Add.self, Set.self, Remove.self, Show.self, Echo.self, Doctor.self, Undo.self, Export.self,
            Import.self,
        ], defaultSubcommand: List.self)

    static let shown = [
        "name", "title", "host", "port", "roles", "tls", "fingerprint", "addresses", "ignore-case", "max-associations",
        "rate", "quiet-seconds", "silent-after-hours", "duplicates", "commitment-service", "query", "commitment",
        "commitment-timeout", "max-identity-age", "sr", "results-of", "findings", "objects",
    ]

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the registered AE titles.", discussion: "Example: cxrgate ae list")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae list")) {
                    Table.text(
                        $0.array, columns: ["name", "title", "host", "port", "roles", "remarks"],
                        nothing: "no AE title is registered; add one with `cxrgate ae add`")
                }
            }
        }
    }

    struct Fields: ParsableArguments {
        @Option(name: .long, help: "AE title, if it is not the name.")
        var title: String?
        @Option(name: .long, help: "Name or address (IPv4, IPv6); for a source, an address it may send from.")
        var host: String?
        @Option(name: .long, help: "TCP port of its Storage SCP.")
        var port: UInt16?
        @Option(name: .long, help: "source, destination, or source,destination.")
        var role: String?
        @Option(name: .long, help: "Associations over TLS, and none without: on, off.")
        var tls: String?
        @Option(name: .long, help: "SHA-256 of the certificate that the peer shows, 64 hexadecimal digits.")
        var fingerprint: String?
        @Option(name: .long, help: "Source: numeric addresses it may come from, comma between, beside its host.")
        var addresses: String?
        @Option(name: .long, help: "Source: its title may differ in upper and lower case: on, off.")
        var ignoreCase: String?
        @Option(name: .long, help: "Source: associations at a time, 1…1000.")
        var maxAssociations: String?
        @Option(name: .long, help: "Source: associations per minute, 1…100000.")
        var rate: String?
        @Option(name: .long, help: "Source: quiet time before the report of a study is made, in seconds, 0…120.")
        var quietSeconds: String?
        @Option(name: .long, help: "Source: silence to be warned of, in hours; 0: never.")
        var silentAfterHours: String?
        @Option(name: .long, help: "Source: another image under a UID that was received before: hold, refuse.")
        var duplicates: String?
        @Option(name: .long, help: "Source: may ask us for Storage Commitment; needs --host and --port: on, off.")
        var commitmentService: String?
        @Option(name: .long, help: "Destination: ask whether patient and study still agree (C-FIND): on, off.")
        var query: String?
        @Option(name: .long, help: "Destination: ask it to take responsibility (Storage Commitment): on, off.")
        var commitment: String?
        @Option(name: .long, help: "Destination: ask again when it has not committed after so many seconds.")
        var commitmentTimeout: String?
        @Option(
            name: .long, help: "Destination that cannot be asked: hold results of images older than so many seconds.")
        var maxIdentityAge: String?
        @Option(name: .long, help: "Destination: best SR class: auto, 3d, comprehensive, enhanced, none.")
        var sr: String?
        @Option(name: .long, help: "Destination: only results of images that these AE titles sent, comma between.")
        var resultsOf: String?
        @Option(
            name: .long, help: "Destination: all studies, or notable: a finding is present or undetermined.")
        var findings: String?
        @Option(
            name: .long, help: "Destination: only these objects: report, heatmap, presentation-state, key-objects.")
        var objects: String?

        func arguments(_ name: String) -> [String: String] {
            var arguments = ["name": name]
            arguments["title"] = title
            arguments["host"] = host
            arguments["port"] = port.map { "\($0)" }
            arguments["role"] = role
            arguments["tls"] = tls
            arguments["fingerprint"] = fingerprint
            arguments["addresses"] = addresses
            arguments["ignore-case"] = ignoreCase
            arguments["max-associations"] = maxAssociations
            arguments["rate"] = rate
            arguments["quiet-seconds"] = quietSeconds
            arguments["silent-after-hours"] = silentAfterHours
            arguments["duplicates"] = duplicates
            arguments["commitment-service"] = commitmentService
            arguments["query"] = query
            arguments["commitment"] = commitment
            arguments["commitment-timeout"] = commitmentTimeout
            arguments["max-identity-age"] = maxIdentityAge
            arguments["sr"] = sr
            arguments["results-of"] = resultsOf
            arguments["findings"] = findings
            arguments["objects"] = objects
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
            abstract: "Change a registered AE title; an empty value takes an option back to its default.",
            discussion: "Example: cxrgate ae set PACS1 --port 11104")
        @Argument var name: String
        @OptionGroup var fields: Fields
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae set", fields.arguments(name))) {
                    Table.list($0, AE.shown)
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an AE title; refused while results have not reached it.",
            discussion: "Example: cxrgate ae remove PACS1")
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
