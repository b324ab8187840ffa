import ArgumentParser
import Foundation
import Gateway
import ModelCard

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "The models that this gateway has.",
        subcommands: [
            List.self, Show.self, PerformanceCommand.self, DriftCommand.self,
            ModelResumeCommand.self, CalibrateCommand.self,
        ],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the models.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let card = try ModelPackage.builtIn().card
                options.answered(.array([describe(card)])) {
                    Table.text($0.array, columns: ["id", "version", "labels", "sha256"], nothing: "no model")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the passport of a model.")
        @Argument(help: "Model id; the built-in one if left out.") var id: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let package = try ModelPackage.builtIn()
                guard id == nil || id == package.card.id else { throw GatewayError.notFound("model \(id ?? "")") }
                let json = try JSONDecoder().decode(
                    JSONValue.self, from: try JSONEncoder().encode(package.card))
                options.answered(json) { card in
                    guard case .object(let members) = card else { return "" }
                    return Table.list(card, members.keys.sorted())
                }
            }
        }
    }

    private static func describe(_ card: ModelCard) -> JSONValue {
        .object([
            "id": .string(card.id), "version": .string(card.version),
            "labels": .array(card.labels.map { .string($0.name) }), "sha256": .string(card.sha256),
        ])
    }
}
