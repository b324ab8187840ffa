import ArgumentParser
import Gateway

struct Results: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "What was sent, when and to whom; and taking it back.",
        discussion: """
            Examples:
              cxrgate results show STUDY                          the results of one study, by its pseudonym
              cxrgate results recall --model cxr-pneumonia --from 2026-03-01          count what fits
              cxrgate results recall --model cxr-pneumonia --from 2026-03-01 --confirm 12 --reason "wrong threshold"

            A recall sends the PACS a rejection note (IHE IOCM) for each study that has such results: it hides our objects
            and touches no other. More than one study wants a second person (`cxrgate actions approve`).
            """,
        subcommands: [Show.self, Recall.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the results of a study: kind, revision, model, and what each destination answered.")
        @Argument(help: "Pseudonym of a study, or the id of an image, a result or a job.") var id: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("results show", ["id": id])) {
                    Table.text(
                        $0.array,
                        columns: ["id", "kind", "revision", "state", "made", "model", "delivered", "waiting"],
                        nothing: "no results yet")
                }
            }
        }
    }

    struct Recall: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take results back. Counts only, unless the count is confirmed.")
        @Option(name: .long, help: "Model: its id, or 'id version'.") var model: String?
        @Option(name: .long, help: "Analysed at or after: 2026-01-31 or 2026-01-31T13:45, local time.")
        var from: String?
        @Option(name: .long, help: "Analysed before.") var to: String?
        @Option(name: .long, help: "AE title that sent the images.") var source: String?
        @Option(name: .long, help: "Pseudonym of one study.") var study: String?
        @Option(name: .long, help: "Id of one image.") var instance: String?
        @Option(name: .long, help: "The count of results that was shown; without it nothing is done.")
        var confirm: Int?
        @Option(name: .long, help: "Why; goes into the journal. No names, no numbers of patients.")
        var reason: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                var arguments: [String: String] = [:]
                arguments["model"] = model
                arguments["from"] = from
                arguments["to"] = to
                arguments["source"] = source
                arguments["study"] = study
                arguments["instance"] = instance
                arguments["confirm"] = confirm.map { "\($0)" }
                try await options.ask(AdministrationRequest("results recall", arguments, reason: reason)) { answer in
                    let what = Table.list(answer, ["results", "images", "studies", "destinations"])
                    if answer["action"] != .null {
                        return "more than one study: a second person must agree: cxrgate actions approve "
                            + Table.cell(answer["action"])
                    }
                    return answer["recall"] == .null
                        ? what + "\nnothing was done; add --confirm \(Table.cell(answer["results"])) and --reason"
                        : what + "\ntaken back; the destinations get rejection notes"
                }
            }
        }
    }
}
