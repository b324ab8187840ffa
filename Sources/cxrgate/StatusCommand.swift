import ArgumentParser
import Gateway

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What is happening now: images, queue, peers.")
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            try await options.ask(AdministrationRequest("status")) { status in
                func section(_ title: String, _ value: JSONValue) -> String {
                    guard case .object(let members) = value, !members.isEmpty else { return "\(title): none" }
                    return "\(title):\n"
                        + members.sorted { $0.key < $1.key }.map { "  \($0.key): \(Table.cell($0.value))" }
                        .joined(separator: "\n")
                }
                return [
                    "AE title \(Table.cell(status["aeTitle"])), \(Table.cell(status["sources"])) sources, "
                        + "\(Table.cell(status["destinations"])) destinations",
                    section("images", status["instances"]), section("open jobs", status["jobs"]),
                    "results on their way:\n"
                        + Table.text(
                            status["peers"].array,
                            columns: ["name", "line", "waiting", "held", "dead", "uncommitted", "error"],
                            nothing: "no destination; results stay in the outbox"),
                    section("counted since installation", status["counters"]),
                    status["alarms"].array.map { "ALARM: \(Table.cell($0))" }.joined(separator: "\n"),
                ].filter { !$0.isEmpty }.joined(separator: "\n")
            }
        }
    }
}

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
                    Table.text(
                        trace["jobs"].array, columns: ["kind", "state", "attempts", "changed", "destination", "error"],
                        nothing: "no jobs"),
                    Table.text(
                        trace["journal"].array, columns: ["index", "at", "kind", "actor", "outcome", "details"],
                        nothing: "no journal entries"),
                ].joined(separator: "\n\n")
            }
        }
    }
}
