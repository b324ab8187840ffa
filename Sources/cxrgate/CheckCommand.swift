import ArgumentParser
import Foundation
import Gateway
import Sealing

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Find every problem at once: configuration, keys, disk, model, peers.")
    @OptionGroup var options: Options

    func run() async throws {
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
