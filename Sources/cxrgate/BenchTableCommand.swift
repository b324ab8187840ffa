import ArgumentParser
import Foundation
import Gateway
import Measuring

struct BenchTable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Show a stored run of figures, and hold it against an earlier one.",
        discussion: """
            Runs are written by Tools/bench --save. With --compare the command fails if a time has grown by more than \
            20 %, memory by more than 50 %, a throughput has shrunk by more than 15 %, or a figure is missing. Figures of \
            peers are shown and not judged. Compare runs of one machine only.

            Examples:
              cxrgate bench table run.json
              cxrgate bench table run.json --compare stored.json
            """)
    @Argument(help: "A run.") var run: String
    @Option(name: .long, help: "An earlier run.") var compare: String?
    @Flag(name: .long, help: "Answer in JSON, for machines.") var json = false

    func run() async throws {
        try await complaining {
            let now = try Self.read(run)
            let stored = try compare.map(Self.read)
            let changes = now.changes(since: stored ?? now)
            if json {
                print(Options.text(of: .array(changes.map(Self.value))))
            } else {
                print(
                    ([now.machine] + now.versions.sorted { $0.key < $1.key }.map { "\($0) \($1)" }).joined(
                        separator: "\n"))
                let columns = ["figure", "value", "unit"] + (stored == nil ? [] : ["stored", "change", "verdict"])
                print(Table.text(changes.map(Self.line), columns: columns, nothing: "no figures"))
            }
            if changes.contains(where: \.isWorse) { throw ExitCode(CommandExit.failed.rawValue) }
        }
    }

    private static func read(_ path: String) throws -> FigureRun {
        try FigureRun(json: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private static func line(_ change: FigureRun.Change) -> JSONValue {
        .object([
            "figure": .string(change.figure.name), "value": .string(number(change.figure.value)),
            "unit": .string(change.figure.unit), "stored": .string(change.stored.map(number) ?? "-"),
            "change": .string(change.part.map { String(format: "%+.0f %%", $0 * 100) } ?? "-"),
            "verdict": .string(change.isWorse ? "WORSE" : change.figure.kind == .peer ? "" : "fine"),
        ])
    }

    private static func value(_ change: FigureRun.Change) -> JSONValue {
        .object([
            "name": .string(change.figure.name), "unit": .string(change.figure.unit),
            "kind": .string(change.figure.kind.rawValue), "worse": .bool(change.isWorse),
            "value": change.figure.value.isNaN ? .null : .number(change.figure.value),
            "stored": change.stored.map { .number($0) } ?? .null,
        ])
    }

    private static func number(_ value: Double) -> String {
        value.isNaN ? "missing" : String(format: abs(value) >= 100 ? "%.0f" : abs(value) >= 1 ? "%.2f" : "%.4f", value)
    }
}
