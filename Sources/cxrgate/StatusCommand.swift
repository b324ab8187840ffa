import ArgumentParser
import Gateway

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What is happening now: roles, images, queue, peers, last results, alarms.",
        discussion: """
            Examples:
              cxrgate status
              cxrgate status --watch 2         again every two seconds, until Ctrl-C
            """)
    @Option(name: .long, help: "Show it again every so many seconds.") var watch: Double?
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            try await Repeating.run(every: watch) {
                try await options.ask(AdministrationRequest("status"), show: Self.text)
            }
        }
    }

    private static func text(_ status: JSONValue) -> String {
        [
            "AE title \(Table.cell(status["aeTitle"])), \(Table.cell(status["sources"])) sources, "
                + "\(Table.cell(status["destinations"])) destinations, \(Table.cell(status["diskFreeMiB"])) MiB free",
            page(status),
            section("images", status["instances"]), section("open jobs", status["jobs"]),
            "destinations:\n"
                + Table.fitted(
                    status["peers"].array.map { $0.with("success", Table.relative($0["success"])) },
                    columns: ["name", "line", "waiting", "held", "dead", "uncommitted", "success"], below: "error",
                    nothing: "no destination; results stay in the outbox"),
            rows("last results", status["lastResults"], ["when", "kind", "destination", "status"]),
            rows("roles", status["roles"], ["role", "works", "when", "restarts", "memoryMiB"]),
            section("counted since installation", status["counters"]),
            status["alarms"].array.map { "ALARM: \(Table.cell($0))" }.joined(separator: "\n"),
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func page(_ status: JSONValue) -> String {
        status["daemon"]["watch port"].text.map { "status page: http://127.0.0.1:\($0)/" } ?? ""
    }

    private static func section(_ title: String, _ value: JSONValue) -> String {
        guard case .object(let members) = value, !members.isEmpty else { return "\(title): none" }
        return "\(title):\n"
            + members.sorted { $0.key < $1.key }.map { "  \($0.key): \(Table.cell($0.value))" }
            .joined(separator: "\n")
    }

    private static func rows(_ title: String, _ value: JSONValue, _ columns: [String]) -> String {
        if value.array.isEmpty { return "" }
        let timed = value.array.map { row in
            row.with("when", Table.relative(row["at"].isNull ? row["since"] : row["at"]))
        }
        return "\(title):\n" + Table.text(timed, columns: columns, nothing: "none")
    }
}
