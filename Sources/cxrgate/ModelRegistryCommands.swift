import ArgumentParser
import Gateway

/// The files of a model.
struct ModelFiles: ParsableArguments {
    @Argument(help: "The weights: an ONNX file.") var weights: String
    @Option(name: .long, help: "The model card (JSON): labels, input, thresholds, population.") var card: String
    @Option(name: .long, help: "The evaluation report (JSON); without it the version cannot be promoted.")
    var evaluation: String?
}

struct ModelRegister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Take a model into the registry, and sign its passport.",
        discussion: """
            The weights are loaded by the analysis role, and must look at the known pictures, before anything is signed.
            Example: cxrgate model register weights.onnx --card card.json --evaluation report.json --reason "new training"
            """)
    @OptionGroup var files: ModelFiles
    @Option(name: .long, help: "Why; it stands in the journal, sealed.") var reason: String
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let configuration = try options.configuration()
            let model = try ModelRegistration.register(
                weights: files.weights, card: files.card, evaluation: files.evaluation, reason: reason,
                configuration: configuration)
            options.answered(model) {
                "registered \(Table.cell($0["id"])) \(Table.cell($0["version"])), \(Table.cell($0["latencyMilliseconds"])) ms "
                    + "per image here; it speaks when it is promoted"
            }
        }
    }
}

struct ModelValidate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Say whether files would be registered and could be promoted; changes nothing.",
        discussion: "Example: cxrgate model validate weights.onnx --card card.json --evaluation report.json")
    @OptionGroup var files: ModelFiles
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let configuration = try options.configuration()
            let answer = try ModelRegistration.validate(
                weights: files.weights, card: files.card, evaluation: files.evaluation, configuration: configuration)
            options.answered(answer) { answer in
                let gates = answer["gates"].array.map { "\n  - \(Table.cell($0))" }.joined()
                return Table.list(answer, ["id", "version", "sha256", "loadMilliseconds", "latencyMilliseconds"])
                    + (gates.isEmpty ? "\ncould be promoted" : "\ncould not be promoted:\(gates)")
            }
        }
    }
}

struct ModelVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify signature, hashes and known answers of one version, or of all; 1 if one fails.",
        discussion: "Example: cxrgate model verify")
    @Argument(help: "Model id.") var id: String?
    @Argument(help: "Version.") var version: String?
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            var isFine = true
            try await options.ask(AdministrationRequest("model verify", named(id, version))) { answer in
                Table.text(answer.array, columns: ["id", "version", "state", "refusal"], nothing: "no model")
            } then: { answer in
                isFine = answer.array.allSatisfy { $0["refusal"].isNull }
            }
            if !isFine { throw ExitCode.failure }
        }
    }
}

struct ModelPromote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Let a version speak of every new study; its evaluation must pass model.gates.*.",
        discussion: "Example: cxrgate model promote cxr-pneumonia 1.1.0 --reason \"accepted by the board\"")
    @Argument(help: "Model id.") var id: String
    @Argument(help: "Version.") var version: String
    @Option(name: .long, help: "Why; it stands in the journal, sealed.") var reason: String
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            try await options.ask(AdministrationRequest("model promote", named(id, version), reason: reason)) {
                "\(Table.cell($0["production"])) speaks of new studies; before it was \(Table.cell($0["from"]))"
            }
        }
    }
}

struct ModelRollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Go back to the production version before, or to a given one of the past.",
        discussion: "Example: cxrgate model rollback --reason \"too many false positives\"")
    @Argument(help: "Model id.") var id: String?
    @Argument(help: "Version.") var version: String?
    @Option(name: .long, help: "Why; it stands in the journal, sealed.") var reason: String
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            try await options.ask(AdministrationRequest("model rollback", named(id, version), reason: reason)) {
                "\(Table.cell($0["production"])) speaks of new studies again; it was \(Table.cell($0["from"]))"
            }
        }
    }
}

struct ModelRetire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire",
        abstract: "A version shall never speak again; its files stay for the studies it spoke of.",
        discussion: "Example: cxrgate model retire cxr-pneumonia 1.0.0 --reason \"replaced\"")
    @Argument(help: "Model id.") var id: String
    @Argument(help: "Version.") var version: String
    @Option(name: .long, help: "Why; it stands in the journal, sealed.") var reason: String
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            try await options.ask(AdministrationRequest("model retire", named(id, version), reason: reason)) {
                "retired \(Table.cell($0["retired"]))"
            }
        }
    }
}
