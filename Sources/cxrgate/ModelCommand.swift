import ArgumentParser
import Foundation
import Gateway

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "The models that this gateway has, and which of them speaks.",
        discussion: """
            A registered version is never changed or replaced. Its passport (card, hashes, known answers, evaluation) is
            signed by the gateway and verified at every load. A version speaks when it was promoted: from the next study
            on, without a restart; each study keeps the version that spoke first. Every step is journalled with who and why.

            Examples:
              cxrgate model validate weights.onnx --card card.json --evaluation report.json
              cxrgate model register weights.onnx --card card.json --evaluation report.json --reason "better at the bases"
              cxrgate model promote cxr-pneumonia 1.1.0 --reason "accepted by the board on Monday"
              cxrgate model rollback --reason "too many false positives in supine images"
              cxrgate model ab start night-shift cxr-pneumonia 1.2.0 --reason "to see it on our own images"
              cxrgate model ab status
            """,
        subcommands: [
            List.self, Show.self, ModelRegister.self, ModelValidate.self, ModelVerify.self, ModelPromote.self,
            ModelRollback.self, ModelRetire.self, ModelAB.self,
            PerformanceCommand.self, DriftCommand.self, ModelResumeCommand.self, CalibrateCommand.self,
        ],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the models.", discussion: "Example: cxrgate model list --json")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("model list")) {
                    Table.text(
                        $0.array, columns: ["id", "version", "state", "made", "latencyMilliseconds", "refusal"],
                        nothing: "no model")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Show a model: passport, card, evaluation, and what it costs here; that in production if left out.",
            discussion: "Example: cxrgate model show cxr-pneumonia 1.0.0")
        @Argument(help: "Model id.") var id: String?
        @Argument(help: "Version.") var version: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("model show", named(id, version))) { model in
                    let shown = [
                        "id", "version", "state", "origin", "passport", "refusal", "sha256", "weightsBytes",
                        "loadMilliseconds", "latencyMilliseconds", "memoryBytes", "made",
                    ]
                    let card = model["card"]
                    let labels = Table.text(
                        card["labels"].array, columns: ["name", "code", "lowerThreshold", "threshold"],
                        nothing: "no labels")
                    return [
                        Table.list(model, shown), labels,
                        "population: \(Table.cell(card["population"]))", "input: \(Table.cell(card["input"]))",
                        "explained by: \(Table.cell(card["explanationLayer"]))",
                        "trained on: \(Table.cell(card["trainingData"]))",
                        "evaluation: \(Table.cell(model["evaluation"]))",
                        Table.text(model["history"].array, columns: ["at", "verb", "actor"], nothing: "no history"),
                    ].joined(separator: "\n\n")
                }
            }
        }
    }
}

/// The arguments that name a version; empty for none.
func named(_ id: String?, _ version: String?) -> [String: String] {
    var arguments: [String: String] = [:]
    arguments["id"] = id
    arguments["version"] = version
    return arguments
}
