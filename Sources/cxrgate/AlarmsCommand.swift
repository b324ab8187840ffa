import ArgumentParser
import Gateway

struct Alarms: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a person should look at, the worst first, and what to do about it.",
        discussion: """
            Ends with 1 if there is one. For Nagios and Zabbix: cxrgate check --brief
            Examples:
              cxrgate alarms
              cxrgate alarms --watch 5
            """)
    @Option(name: .long, help: "Show it again every so many seconds.") var watch: Double?
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            try await Repeating.run(every: watch) {
                var isQuiet = true
                try await options.ask(AdministrationRequest("alarms list")) { alarms in
                    Table.fitted(
                        alarms.array.map { alarm in
                            alarm.with("when", Table.relative(alarm["since"]))
                                .with(
                                    "words",
                                    .string("\(Table.cell(alarm["text"])). To do: \(Table.cell(alarm["remedy"]))"))
                        }, columns: ["severity", "alarm", "of", "when"], below: "words", nothing: "no alarm")
                } then: { alarms in
                    isQuiet = alarms.array.isEmpty
                }
                if watch == nil, !isQuiet { throw ExitCode(CommandExit.failed.rawValue) }
            }
        }
    }
}
