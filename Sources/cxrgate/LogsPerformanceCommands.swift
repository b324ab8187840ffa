import ArgumentParser
import Gateway

// The performance log on disk. The journal is not a log and has its own rules.

extension Logs {
    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the files, their sizes and times, and the limits.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("logs stats")) { answer in
                    Logs.table(answer["files"]) + "\n"
                        + "in all \(Table.cell(answer["bytes"])) bytes; limits: "
                        + "\(Table.cell(answer["limits"]["fileMB"])) MB a file, "
                        + "\(Table.cell(answer["limits"]["filesPerModel"])) files a model, "
                        + "\(Table.cell(answer["limits"]["days"])) days"
                }
            }
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove files beyond the limits. The newest file of a model always stays.")
        @Flag(name: .long, help: "Only say what would go.") var dryRun = false
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("logs clean", dryRun ? ["dryRun": "yes"] : [:])) { answer in
                    let count = answer["files"].array.count
                    let words = dryRun ? "would go" : "removed"
                    return count == 0
                        ? "nothing is beyond the limits"
                        : Logs.table(answer["files"])
                            + "\n\(count) \(words), \(Table.cell(answer["bytes"])) bytes"
                }
            }
        }
    }

    private static func table(_ files: JSONValue) -> String {
        let rows = files.array.map { $0.with("received", $0["first"]).with("changed", $0["last"]) }
        return Table.text(rows, columns: ["file", "bytes", "received", "changed"], nothing: "no files yet")
    }
}
