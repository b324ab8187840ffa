import ArgumentParser
import Foundation
import Gateway

/// A file that is to become the configuration: its text travels, so that a daemon reads what the person sees.
struct ConfigurationFileArgument: ParsableArguments {
    @Argument(help: "Configuration file. Default: the one that the gateway started with.") var file: String?

    func arguments(_ options: Options) throws -> [String: String] {
        let path = URL(fileURLWithPath: file ?? options.sources().path).standardizedFileURL.path
        return ["path": path, "text": String(decoding: try Files.read(path), as: UTF8.self)]
    }
}

extension ConfigCommand {
    /// Changes, one line each.
    static func table(_ changes: JSONValue) -> String {
        Table.text(changes.array, columns: ["key", "before", "after", "effect"], nothing: "nothing is different")
    }

    struct Diff: Question {
        static let configuration = CommandConfiguration(
            abstract: "Show what a file would change in the running gateway, and when.",
            discussion: "Example: cxrgate config diff new.yaml")
        @OptionGroup var file: ConfigurationFileArgument
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("config diff", try file.arguments(options))
        }

        func text(of answer: JSONValue) -> String {
            ConfigCommand.table(answer)
        }
    }

    struct Apply: Question {
        static let configuration = CommandConfiguration(
            abstract: "Make a file the configuration of the running gateway: all of it, or nothing.",
            discussion: """
                The whole file is checked first. What can change at once does; the rest waits for the next start. Ports and \
                destinations that answered before must answer after, or everything is taken back by itself. No association \
                is lost. Who, why, and each value before and after go into the journal. The environment still stands above.

                What gives rights or weakens protection (administration.*, roles.*, deidentification.profile, \
                journal.on_failure) waits for a second person: cxrgate actions approve.

                Without a running gateway the file holds from the next start. When the configuration file itself is \
                changed later, it has the word again.

                Example: cxrgate config apply new.yaml --reason "more time for the PACS"

                Exit codes: 0 done; 77 taken back or not permitted; 78 the file cannot be used.
                """)
        @OptionGroup var file: ConfigurationFileArgument
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String?
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            let request = AdministrationRequest("config apply", try file.arguments(options), reason: reason)
            return request
        }

        func text(of answer: JSONValue) -> String {
            ConfigCommand.applied(answer)
        }
    }

    struct History: Question {
        static let configuration = CommandConfiguration(
            abstract: "Show what was applied, when and by whom; the latest first.",
            discussion: "Example: cxrgate config history")
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("config history")
        }

        func text(of history: JSONValue) -> String {
            if history.array.isEmpty { return "nothing was applied; the file holds" }
            return history.array.map { revision in
                Table.list(revision, ["revision", "at", "by", "what"]) + "\n"
                    + ConfigCommand.table(revision["changes"])
            }.joined(separator: "\n\n")
        }
    }

    struct Rollback: Question {
        static let configuration = CommandConfiguration(
            abstract: "Go back to the configuration before the last, or to any that was applied.",
            discussion: """
                Examples:
                  cxrgate config rollback --reason "the PACS did not like it"
                  cxrgate config rollback 0                 back to the configuration file
                """)
        @Argument(help: "Revision, as `config history` shows it; 0 is the file.") var revision: Int?
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String?
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            let arguments = revision.map { ["revision": "\($0)"] } ?? [:]
            return AdministrationRequest("config rollback", arguments, reason: reason)
        }

        func text(of answer: JSONValue) -> String {
            ConfigCommand.applied(answer)
        }
    }

    static func applied(_ answer: JSONValue) -> String {
        let changes = table(answer["changes"])
        if answer["action"] != .null {
            return changes + "\nwaits for a second person: cxrgate actions approve \(Table.cell(answer["action"]))"
        }
        return answer["revision"] == .null ? changes : changes + "\nrevision \(Table.cell(answer["revision"]))"
    }
}
