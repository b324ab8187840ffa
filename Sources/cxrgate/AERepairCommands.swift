import ArgumentParser
import Foundation
import Gateway

// Looking into one AE title, taking changes back, and moving the whole list.

extension AE {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show everything that is agreed with a peer.", discussion: "Example: cxrgate ae show PACS1")
        @Argument var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae show", ["name": name])) { Table.list($0, AE.shown) }
            }
        }
    }

    struct Doctor: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What ails a peer, and the command that would mend each.",
            discussion: "Example: cxrgate ae doctor CR1   (also for a title that is not registered)")
        @Argument var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae doctor", ["name": name])) { answer in
                    let findings = answer["findings"].array.map { finding in
                        let facts = [
                            finding["count"].isNull ? nil : "\(Table.cell(finding["count"])) times",
                            finding["from"].text.map { "from \($0)" },
                            finding["at"].isNull ? nil : "last at \(Table.cell(finding["at"], "at"))",
                        ].compactMap { $0 }.joined(separator: ", ")
                        return "- \(Table.cell(finding["finding"]))" + (facts.isEmpty ? "" : " (\(facts))")
                            + "\n    \(Table.cell(finding["mend"]))"
                    }
                    return findings.isEmpty ? "nothing is known to ail it" : findings.joined(separator: "\n")
                }
            }
        }
    }

    struct Undo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the last change of the AE titles back; asked again, do it again.",
            discussion: "Example: cxrgate ae undo")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae undo")) {
                    "as before: \(Table.cell($0["undone"]))"
                }
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the whole list as JSON.", discussion: "Example: cxrgate ae export > aes.json")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("ae export")) { Options.text(of: $0) }
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register and change what an exported list names, all or nothing.",
            discussion: "Example: cxrgate ae import aes.json --replace")
        @Argument(help: "A file that `cxrgate ae export` wrote.") var file: String
        @Flag(name: .long, help: "Also remove what the list does not name.") var replace = false
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                guard let bytes = FileManager.default.contents(atPath: file) else {
                    throw Complaint("the list cannot be read", code: CommandExit.inputOutput.rawValue)
                }
                let arguments = ["list": String(decoding: bytes, as: UTF8.self), "replace": replace ? "on" : "off"]
                try await options.ask(AdministrationRequest("ae import", arguments)) {
                    "\(Table.cell($0["changed"])) registered or changed, \(Table.cell($0["removed"])) removed"
                }
            }
        }
    }
}
