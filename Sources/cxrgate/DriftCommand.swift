import ArgumentParser
import Foundation
import Gateway

/// `model drift`: which source changed, since when, in what.
struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Whether the images of each source are still as they were.",
        discussion: """
            The first images of a source (drift.reference_images) become its reference. The last ones (drift.window, its \
            half and its quarter) are compared with it by PSI, Kolmogorov-Smirnov and Wasserstein distance. An alarm names \
            source, feature, devices (keyed pseudonyms) and when it began; drift.false_alarms_per_quarter bounds how often \
            there is one without cause. A source without a reference yet is compared with the others for gross differences.

            Examples:
              cxrgate model drift
              cxrgate model drift show --json
              cxrgate model drift --all --html drift.html
              cxrgate model drift accept DX3 --reason "new detector, acceptance test of 2026-03-02"
            """,
        subcommands: [Show.self, Accept.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show sources, references, alarms and plots.")
        @Option(name: .long, help: "Id of a model, or id and version in quotes; all if left out.") var model: String?
        @Flag(name: .long, help: "Also alarms that have ended.") var all = false
        @Option(name: .long, help: "Also write a page with plots into this file, which must not exist.")
        var html: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                var arguments: [String: String] = [:]
                arguments["model"] = model
                if all { arguments["all"] = "yes" }
                try await options.ask(AdministrationRequest("model drift", arguments)) { answer in
                    DriftText.text(answer)
                }
                guard let html else { return }
                let request = AdministrationRequest("model drift", arguments)
                let answer = try Door.perform(request, configuration: try options.configuration()).get()
                do {
                    try Foundation.Data(DriftPage.page(answer).utf8).write(
                        to: URL(fileURLWithPath: html), options: .withoutOverwriting)
                } catch {
                    throw Complaint("the page could not be written; is the file there already?", code: 74)
                }
            }
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "The images of a source are as they should be: make the last ones its reference, and end its alarms.")
        @Argument(help: "AE title of the source.") var source: String
        @Option(name: .long, help: "Id and version of the model, where several watch the source.") var model: String?
        @Option(name: .long, help: "How many of the last images.") var images: Int?
        @Option(name: .long, help: "Why; goes into the journal. No names, no numbers of patients.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                var arguments = ["source": source]
                arguments["model"] = model
                arguments["images"] = images.map { "\($0)" }
                try await options.ask(AdministrationRequest("model drift accept", arguments, reason: reason)) {
                    answer in
                    "\(Table.cell(answer["images"])) images of \(source) are its reference now; SHA-256 "
                        + Table.cell(answer["sha256"])
                }
            }
        }
    }
}

/// `model resume`: after drift has paused a model.
struct ModelResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a model look again that drift has paused (drift.stop: critical).",
        discussion: "Example: cxrgate model resume cxr-pneumonia --reason \"detector of DX3 repaired\"")
    @Argument(help: "Id of the model.") var model: String
    @Option(name: .long, help: "Why; goes into the journal. No names, no numbers of patients.") var reason: String
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            try await options.ask(AdministrationRequest("model resume", ["model": model], reason: reason)) {
                "\(Table.cell($0["resumed"])) looks at images again"
            }
        }
    }
}
