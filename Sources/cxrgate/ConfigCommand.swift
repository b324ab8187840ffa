import ArgumentParser
import Foundation
import Gateway

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "The configuration: what holds and why, and whether it is right.",
        discussion: """
            The environment (CXR_DICOM_PORT for dicom.port) overrides the file; what nobody mentions has its default.

            Examples:
              cxrgate config show --origin             every key, its value, and who says so
              cxrgate config show dicom                the keys of one section
              cxrgate config check                     every problem at once, each with what to do about it
              cxrgate config check new.yaml            the same of a file that is not in use yet
              cxrgate config diff new.yaml             what it would change, and when
              cxrgate config apply new.yaml --reason "more time for the PACS"
              cxrgate config history                   what was applied, by whom
              cxrgate config rollback                  back to what held before
              cxrgate config example > gateway.yaml    every key with its meaning and default
              cxrgate config schema > schema.json      the same for editors (JSON Schema)
            """,
        subcommands: [
            Show.self, Check.self, Diff.self, Apply.self, History.self, Rollback.self, Example.self, Schema.self,
        ], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the values that hold, by key: those of the running gateway, if one runs.",
            discussion: """
                A value in the column NEXT waits for the next start.

                Example: cxrgate config show dicom --origin
                """)
        @Argument(help: "A key, or a section.") var key: String?
        @Flag(name: .long, help: "Say of each where it comes from.") var origin = false
        @Flag(name: .long, help: "What file and environment say here, whatever a running gateway works with.")
        var files = false
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let rows = try running().filter { row in
                    guard let key, let name = row["key"].text else { return true }
                    return name == key || name.hasPrefix(key + ".")
                }
                guard !rows.isEmpty else {
                    throw Complaint("there is no key or section of this name", code: CommandExit.badData.rawValue)
                }
                options.answered(.array(rows)) {
                    let waits = rows.contains { !$0["next"].isNull }
                    let columns = ["key", "value"] + (waits ? ["next"] : []) + (origin ? ["origin"] : [])
                    return Table.text($0.array, columns: columns, nothing: "")
                }
            }
        }

        /// Of the running gateway, or else what a start would take.
        private func running() throws -> [JSONValue] {
            let reading = options.reading()
            let configuration = try reading.checked()
            let request = AdministrationRequest("config show")
            if !files, let answer = try AdministrationClient.ask(request, socket: configuration.socketPath) {
                return try answer.get().array
            }
            return ConfigurationCatalogue.keys.map { reading.row($0).with("next", .null) }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find every problem of the configuration; changes nothing.",
            discussion: """
                Example: cxrgate config check /etc/cxrgate/gateway.yaml

                Exit codes: 0 it can be used; 78 it cannot.
                """)
        @Argument(help: "A file that is not in use yet. Default: the one that is.") var file: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                var options = options
                if let file { options.config = file }
                let reading = options.reading()
                let value = JSONValue.object([
                    "problems": .array(reading.problems.map(\.json)),
                    "warnings": .array(reading.warnings.map { .string($0) }),
                ])
                options.answered(value) { _ in
                    let lines = reading.problems.map { "PROBLEM  \($0)" } + reading.warnings.map { "warning  \($0)" }
                    return lines.isEmpty ? "the configuration can be used" : lines.joined(separator: "\n")
                }
                if !reading.problems.isEmpty { throw ExitCode(CommandExit.configuration.rawValue) }
            }
        }
    }

    struct Example: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a configuration file with every key, its meaning and its default.",
            discussion: "Example: cxrgate config example > /etc/cxrgate/gateway.yaml")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                options.answered(.string(ConfigurationExample.text)) { _ in
                    String(ConfigurationExample.text.dropLast())
                }
            }
        }
    }

    struct Schema: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the JSON Schema of the configuration file.",
            discussion: "Example: cxrgate config schema > gateway.schema.json")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                options.answered(ConfigurationSchema.value) { _ in String(ConfigurationSchema.text.dropLast()) }
            }
        }
    }
}
