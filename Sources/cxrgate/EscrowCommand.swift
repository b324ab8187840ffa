import ArgumentParser
import Foundation
import Gateway
import Sealing

extension Keys {
    struct Escrow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "All keys in one file under a passphrase, for the hospital's safe.",
            discussion: """
                Without the keys nothing that was sealed can be opened again. Three steps, two persons:
                  cxrgate keys escrow request --reason "yearly"      says an ID
                  cxrgate actions approve ID                         another person
                  cxrgate keys escrow export ID FILE                 the first person; passphrase on standard input
                And on a new machine, before its first start:
                  cxrgate keys escrow open FILE
                """,
            subcommands: [Request.self, Export.self, Open.self])

        struct Request: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Ask for an escrow; a second person approves.")
            @Option(name: .long, help: "Why; goes into the journal.") var reason: String
            @OptionGroup var options: Options

            func run() async throws {
                try await complaining {
                    try await options.ask(AdministrationRequest("keys escrow request", reason: reason)) {
                        "waits for a second person: cxrgate actions approve \(Table.cell($0["action"]))"
                    }
                }
            }
        }

        struct Export: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Write the escrow that was approved; the passphrase is read from standard input.")
            @Argument(help: "The approved action.") var id: String
            @Argument(help: "Where to; must not exist.") var file: String
            @OptionGroup var options: Options

            func run() async throws {
                try await complaining {
                    guard !FileManager.default.fileExists(atPath: file) else {
                        throw Complaint("\(file) is there already", code: 64)
                    }
                    let passphrase = try StandardInput.line("passphrase")
                    let request = AdministrationRequest(
                        "keys escrow export", ["action": id, "passphrase": passphrase])
                    let answer = try Door.perform(request, configuration: try options.configuration()).get()
                    guard let bytes = answer["escrow"].text.flatMap({ Foundation.Data(base64Encoded: $0) }) else {
                        throw Complaint("the gateway gave no escrow", code: 70)
                    }
                    try Files.write(Array(bytes), to: file)
                    options.answered(.object(["file": .string(file), "bytes": .number(bytes.count)])) {
                        "wrote \(Table.cell($0["bytes"])) bytes"
                    }
                }
            }
        }

        struct Open: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Bring the keys of an escrow into a data directory that has none.")
            @Argument var file: String
            @OptionGroup var options: Options

            func run() async throws {
                try await complaining {
                    let passphrase = try StandardInput.line("passphrase")
                    let configuration = try options.configuration()
                    try KeyEscrow.restore(try Files.read(file), passphrase: passphrase, configuration: configuration)
                    options.answered(.object(["opened": .bool(true)])) { _ in "the keys are there" }
                }
            }
        }
    }
}
