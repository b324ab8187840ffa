import ArgumentParser
import Gateway

struct Quarantine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Images that are held until a person decides.",
        discussion: "Example: cxrgate quarantine release ID --reason \"looked at, nothing burned in\"",
        subcommands: [List.self, Show.self, Release.self, Reject.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the held images.", discussion: "Example: cxrgate quarantine list")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("quarantine list")) {
                    Table.text(
                        $0.array, columns: ["id", "reason", "source", "received"], nothing: "nothing is held")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show why an image is held.", discussion: "Example: cxrgate quarantine show ID")
        @Argument var id: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("quarantine show", ["id": id])) {
                    Table.list($0, ["id", "study", "state", "reason", "source", "bytes", "received", "pixels"])
                }
            }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a held image go on.")
        @Argument var id: String
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("quarantine release", ["id": id], reason: reason)) {
                    "released \(Table.cell($0["released"]))"
                }
            }
        }
    }

    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse a held image for good.",
            discussion: "Example: cxrgate quarantine reject ID --reason \"a name is burned in\"")
        @Argument var id: String
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("quarantine reject", ["id": id], reason: reason)) {
                    "rejected \(Table.cell($0["rejected"]))"
                }
            }
        }
    }
}
