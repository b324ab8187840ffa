import ArgumentParser
import Durability
import Foundation
import Gateway
import Training

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Trainings: what was tried, with what, and what came of it.",
        discussion: """
            Examples:
              cxrgate runs list
              cxrgate runs show 20260101-120000-cxr-pneumonia
              cxrgate runs compare 20260101-120000-cxr-pneumonia 20260102-090000-cxr-pneumonia
              cxrgate runs export --mlflow mlruns && mlflow ui --backend-store-uri mlruns
            """,
        subcommands: [List.self, Show.self, Compare.self, Export.self], defaultSubcommand: List.self)

    struct Place: ParsableArguments {
        @Option(name: .long, help: "Folder of all runs.") var runs = "runs"
        @Flag(name: .long, help: "Answer in JSON, for machines.") var json = false

        func answered(_ value: JSONValue, _ text: @autoclosure () -> String) {
            print(json ? Options.text(of: value) : text())
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the runs, the oldest first.")
        @OptionGroup var place: Place

        func run() async throws {
            let rows = RunsCommand.store(place.runs).list().map { record in
                RunsCommand.value(record).with("auroc", .optional(RunsCommand.auroc(record)))
            }
            place.answered(
                .array(rows),
                Table.text(
                    rows, columns: ["id", "state", "started", "trainingImages", "auroc", "version"], nothing: "no runs")
            )
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a run, and whether its files are still what they were.")
        @Argument(help: "Id of the run.") var id: String
        @OptionGroup var place: Place

        func run() async throws {
            try await RunsCommand.complaining {
                let run = try RunsCommand.store(place.runs).open(id)
                let changed = try run.changedFiles()
                let history = (try? run.read("history.csv")).map { String(decoding: $0, as: UTF8.self) }
                place.answered(
                    RunsCommand.value(run.record).with("changed", .array(changed.map { .string($0) })),
                    [RunsCommand.text(run.record), history ?? "", changedText(changed)].filter { !$0.isEmpty }
                        .joined(separator: "\n"))
                if !changed.isEmpty { throw TrainingError.cannotRead }
            }
        }

        private func changedText(_ names: [String]) -> String {
            names.isEmpty ? "" : "changed since the run ended: \(names.joined(separator: ", "))"
        }
    }

    struct Compare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show in which settings and figures two or more runs differ.")
        @Argument(help: "Ids of the runs.") var ids: [String]
        @OptionGroup var place: Place

        func validate() throws {
            if ids.count < 2 { throw ValidationError("two runs or more are wanted") }
        }

        func run() async throws {
            try await RunsCommand.complaining {
                let store = RunsCommand.store(place.runs)
                let comparison = try RunComparison(try ids.map { id throws(TrainingError) in try store.open(id) })
                let rows = comparison.rows.map { row in
                    JSONValue.object(
                        Dictionary(uniqueKeysWithValues: zip(ids, row.values).map { ($0, JSONValue.string($1)) })
                            .merging(["what": .string(row.name)]) { first, _ in first })
                }
                place.answered(
                    .array(rows), Table.text(rows, columns: ["what"] + ids, nothing: "the runs differ in nothing"))
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write runs in the file layout of MLflow; the data folder's path stays behind.")
        @Option(name: .long, help: "Folder to write to, e.g. mlruns.") var mlflow: String
        @Argument(help: "Ids of the runs; all if none is named.") var ids: [String] = []
        @OptionGroup var place: Place

        func run() async throws {
            try await RunsCommand.complaining {
                let store = RunsCommand.store(place.runs)
                let wanted = ids.isEmpty ? store.list().map(\.id) : ids
                let export = MLflowExport(root: mlflow, disk: RealDisk())
                let absolute = URL(fileURLWithPath: mlflow).standardizedFileURL.path
                for id in wanted { try export.write(try store.open(id), absolute: absolute) }
                place.answered(.array(wanted.map { .string($0) }), "\(wanted.count) runs written to \(mlflow)")
            }
        }
    }

    static func store(_ root: String) -> RunStore {
        RunStore(root: root, disk: RealDisk()) { kill($0, 0) == 0 || errno == EPERM }
    }

    /// Runs `body`; a failure of a run goes to standard error, and its kind decides the exit code.
    private static func complaining(_ body: () throws -> Void) async throws {
        do {
            try body()
        } catch let error as TrainingError {
            FileHandle.standardError.write(Foundation.Data("cxrgate: \(error)\n".utf8))
            throw ExitCode(error.exit.rawValue)
        }
    }

    private static func auroc(_ record: RunRecord) -> String? {
        (record.metrics["auroc"] ?? record.metrics["mean_auroc"]).map { "\(($0 * 10_000).rounded() / 10_000)" }
    }

    static func value(_ record: RunRecord) -> JSONValue {
        guard let bytes = try? JSONEncoder().encode(record),
            let value = try? JSONDecoder().decode(JSONValue.self, from: bytes)
        else { return .null }
        return value
    }

    static func text(_ record: RunRecord) -> String {
        let value = value(record)
        let names = [
            "id", "state", "failure", "started", "ended", "version", "seed", "trainingImages", "validationImages",
            "parameters", "dataSHA256", "configurationSHA256",
        ].filter { !value[$0].isNull }
        let metrics = record.metrics.keys.sorted()
        return Table.list(value, names) + (metrics.isEmpty ? "" : "\n" + Table.list(value["metrics"], metrics))
    }
}
