import ArgumentParser
import Foundation
import Gateway
import Sealing

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Find every problem at once: configuration, keys, disk, model, peers.",
        discussion: """
            Examples:
              cxrgate check                    before the first start, and after every change
              cxrgate check --brief            is the running gateway well? 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
            """)
    @Flag(name: .long, help: "One line and exit code 0, 1, 2 or 3, for Nagios, Zabbix and their like.") var brief =
        false
    @OptionGroup var options: Options

    func run() async throws {
        if brief { return try await BriefCheck(options: options).run() }
        try await complaining {
            let reading = options.reading()
            let findings = Check.run(try reading.checked(), warnings: reading.warnings)
            let value = JSONValue.array(
                findings.map {
                    .object(["what": .string($0.what), "fine": .bool($0.isFine), "message": .string($0.message)])
                })
            options.answered(value) {
                $0.array.map { finding in
                    let isFine = finding["fine"] == .bool(true)
                    return "\(isFine ? "ok     " : "PROBLEM")  \(Table.cell(finding["what"])): "
                        + Table.cell(finding["message"])
                }.joined(separator: "\n")
            }
            if findings.contains(where: { !$0.isFine }) { throw ExitCode(CommandExit.failed.rawValue) }
        }
    }
}
