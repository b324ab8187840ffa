import ArgumentParser
import Gateway

struct ModelAB: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ab", abstract: "A second model beside the one in production.",
        discussion: """
            By default in a shadow: both models look, only the one in production speaks, and what the second says stays
            in this node. With --live the second one speaks of its share of the patients; that wants a second person
            (`cxrgate actions approve`). The same patient always gets the same model. Nothing is promoted by itself.
            """,
        subcommands: [Start.self, Status.self, Stop.self], defaultSubcommand: Status.self)

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start an experiment against what is in production.",
            discussion: """
                Examples:
                  cxrgate model ab start autumn cxr-pneumonia 1.2.0 --reason "to see it on our own images"
                  cxrgate model ab start winter cxr-pneumonia 1.2.0 --live --share 0.5 --reason "half a percent first"
                """)
        @Argument(help: "Name of the experiment; each is used once.") var name: String
        @Argument(help: "Id of the second model.") var id: String
        @Argument(help: "Its version.") var version: String
        @Flag(name: .long, help: "The second model speaks of its share of the patients.") var live = false
        @Option(
            name: .long,
            help: "Percent of the patients, in steps of 0.01. Default: 100 in a shadow; needed with --live.")
        var share: String?
        @Option(name: .long, help: "Days after which it ends.") var days = "7"
        @Option(name: .long, help: "Studies that are wanted for a comparison.") var studies = "1000"
        @Option(name: .long, help: "Confidence of a decision, 0.5 to below 1.") var confidence = "0.95"
        @Option(name: .long, help: "Why; it stands in the journal, sealed.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                guard !live || share != nil else { throw GatewayError.badRequest("--live wants --share") }
                var arguments = named(id, version)
                arguments["name"] = name
                arguments["mode"] = live ? "split" : "shadow"
                arguments["share"] = share
                arguments["days"] = days
                arguments["studies"] = studies
                arguments["confidence"] = confidence
                try await options.ask(AdministrationRequest("model ab start", arguments, reason: reason)) { answer in
                    answer["action"].isNull
                        ? "started \(Table.cell(answer["started"])) as \(Table.cell(answer["mode"]))"
                        : "action \(Table.cell(answer["action"])) waits for a second person: cxrgate actions approve"
                }
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What the experiments have shown.", discussion: "Example: cxrgate model ab status --json")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("model ab status")) { answer in
                    if answer.array.isEmpty { return "no experiment" }
                    return answer.array.map { experiment in
                        Table.list(
                            experiment,
                            ["name", "mode", "state", "control", "treatment", "sharePercent", "studies", "advice"])
                            + "\n"
                            + Table.text(
                                experiment["labels"].array,
                                columns: [
                                    "label", "images", "agreement", "kappa", "withFeedback", "aurocControl",
                                    "aurocTreatment", "aurocP", "decided",
                                ], nothing: "nothing compared yet")
                    }.joined(separator: "\n\n")
                }
            }
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the experiment that runs.",
            discussion: "Example: cxrgate model ab stop --reason \"seen enough\"")
        @Option(name: .long, help: "Why; it stands in the journal, sealed.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("model ab stop", reason: reason)) {
                    "stopped \(Table.cell($0["stopped"]))"
                }
            }
        }
    }
}
