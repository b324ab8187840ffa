import ArgumentParser
import Gateway

struct Trace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What happened to one image, step by step; no patient data.",
        discussion: "Example: cxrgate trace JOB   (the id of a job, an image or a result)")
    @Argument var id: String
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            try await options.ask(AdministrationRequest("trace", ["id": id])) { trace in
                [
                    Table.list(trace["instance"], ["id", "state", "reason", "source", "received", "changed"]),
                    Table.fitted(
                        trace["jobs"].array, columns: ["kind", "state", "attempts", "changed", "destination"],
                        below: "error", nothing: "no jobs"),
                    Table.fitted(
                        trace["journal"].array.map { $0.with("facts", .string(Table.cell($0["details"]))) },
                        columns: ["index", "at", "kind", "actor", "outcome"], below: "facts",
                        nothing: "no journal entries"),
                ].joined(separator: "\n\n")
            }
        }
    }
}
