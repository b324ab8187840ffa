import ArgumentParser
import Gateway
import Watching

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "What the log says, and how much of it.",
        discussion: """
            Examples:
              cxrgate logs levels
              cxrgate logs level delivery debug       until the gateway is started anew
              cxrgate logs catalogue                  every event: number, level, meaning, what to do
              cxrgate logs explain 303
              cxrgate logs stats                      files of the performance log: one line for each image
              cxrgate logs clean --dry-run            what of it is beyond performance_log.*
            """,
        subcommands: [Levels.self, Level.self, Catalogue.self, Explain.self, Stats.self, Clean.self],
        defaultSubcommand: Levels.self)

    struct Levels: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show from which level on components are logged.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("logs levels")) {
                    Table.text($0.array, columns: ["component", "level"], nothing: "no components")
                }
            }
        }
    }

    struct Level: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Log a component from another level on, in the running gateway.")
        @Argument(help: "\(LogComponent.allCases.map(\.rawValue).joined(separator: ", ")).") var component: String
        @Argument(help: "\(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")).") var level: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let request = AdministrationRequest("logs level", ["component": component, "level": level])
                try await options.ask(request) {
                    "\(Table.cell($0["component"])) is logged from \(Table.cell($0["level"])) on"
                }
            }
        }
    }

    struct Catalogue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print every event that the log can hold (Markdown).")
        @OptionGroup var options: Options

        func run() async throws {
            options.answered(.array(LogEvent.allCases.map(\.described))) { _ in String(LogCatalogue.markdown.dropLast())
            }
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say what an event means and what to do about it.")
        @Argument(help: "The number that stands in the log.") var number: Int
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                guard let event = LogEvent(rawValue: number) else {
                    throw Complaint("there is no event \(number)", code: CommandExit.badData.rawValue)
                }
                options.answered(event.described) {
                    Table.list($0, ["event", "level", "component", "text", "remedy"])
                }
            }
        }
    }
}

extension LogEvent {
    fileprivate var described: JSONValue {
        .object([
            "event": .number(rawValue), "level": .string(entry.level.rawValue),
            "component": .string(entry.component.rawValue), "text": .string(entry.text),
            "remedy": .string(entry.remedy),
        ])
    }
}
