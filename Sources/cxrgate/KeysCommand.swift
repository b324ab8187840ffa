import ArgumentParser
import Foundation
import Gateway
import Sealing

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The keys of this installation; never shown, only named.",
        discussion: """
            Examples:
              cxrgate keys list                                        age and use of each key
              cxrgate keys rotate all --reason "yearly"                new keys while images flow
              cxrgate keys rotate journal                              the old key introduces the new one
            """,
        subcommands: [Init.self, List.self, Rotate.self, Shred.self, Escrow.self], defaultSubcommand: List.self)

    static func table(_ keys: JSONValue) -> String {
        Table.text(
            keys.array, columns: ["name", "kind", "opens", "state", "made", "studies", "id"], nothing: "no keys")
    }

    struct Init: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: "Make the keys of a new installation; existing ones are never overwritten.",
            discussion: "Example: cxrgate keys init")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                options.answered(try KeyRing.initialize(try options.configuration())) { Keys.table($0) }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys by name, with their age and how many studies each opens.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                options.answered(try KeyRing.list(try options.configuration())) { Keys.table($0) }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a role a new key pair while images flow; the old private key is destroyed at the end.",
            discussion: """
                Sealed files stay as they are: only the rows that hold the studies' keys are sealed anew. \
                A backup of the database from before can be opened only with an escrow of the keys from before.

                Example: cxrgate keys rotate analysis --reason "a copy of the disk was lost"
                """)
        @Argument(help: "analysis, patient, results, all (of these three), or journal.") var key: String
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("keys rotate", ["key": key], reason: reason)) {
                    Table.text($0.array, columns: ["name", "state"], nothing: "nothing to rotate")
                }
            }
        }
    }
}
