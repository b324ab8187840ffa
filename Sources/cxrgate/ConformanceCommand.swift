import ArgumentParser
import Foundation
import Gateway

struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Documents for those who connect, written from the running configuration.",
        discussion: """
            Examples:
              cxrgate conformance > statement.md              the DICOM Conformance Statement (PS3.2 Annex N)
              cxrgate conformance statement --html > s.html   the same as one page for a browser
              cxrgate conformance contexts --json             every presentation context that it claims
              cxrgate conformance network                     ports, AE titles, outgoing connections on one page
            """,
        subcommands: [Statement.self, Contexts.self, Network.self], defaultSubcommand: Statement.self)

    struct Statement: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write the DICOM Conformance Statement.")
        @Flag(name: .long, help: "As HTML instead of Markdown.") var html = false
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let statement = ConformanceStatement(try options.configuration())
                print(html ? statement.html : statement.markdown, terminator: "")
            }
        }
    }

    struct Contexts: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the presentation contexts that the statement claims.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let contexts = ConformanceStatement(try options.configuration()).contexts
                options.answered(contexts) { contexts in
                    let rows = ["accepted", "proposed"].flatMap { kind in
                        contexts[kind].array.map { $0.with("kind", .string(kind)) }
                    }
                    return Table.text(rows, columns: ["kind", "role", "abstractSyntax", "condition"], nothing: "none")
                }
            }
        }
    }

    struct Network: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the page for whoever opens firewalls: ports, AE titles, outgoing connections.")
        @Flag(name: .long, help: "As HTML instead of Markdown.") var html = false
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let sheet = NetworkSheet(try options.configuration())
                print(html ? try sheet.html() : try sheet.markdown(), terminator: "")
            }
        }
    }
}
