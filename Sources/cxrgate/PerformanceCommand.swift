import ArgumentParser
import Foundation
import Gateway

/// `model performance`.
struct PerformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "performance", abstract: "How the models fare: volume, latency, scores, errors by source.",
        discussion: """
            Counted by hour as images are finished, and kept when log files go. Latencies are read from counts, within 2.2 %.

            Examples:
              cxrgate model performance
              cxrgate model performance --model cxr-pneumonia --since 7d
              cxrgate model performance --since 2026-01-31 --json
            """)
    @Option(name: .long, help: "Id of a model, or id and version in quotes; all if left out.") var model: String?
    @Option(name: .long, help: "How far back: 24h, 7d, or a day as 2026-01-31 (UTC).") var since: String?
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            var arguments: [String: String] = [:]
            arguments["model"] = model
            if let since {
                guard let start = Self.start(since, now: Date()) else {
                    throw Complaint("--since wants hours (24h), days (7d) or a day (2026-01-31)", code: 64)
                }
                arguments["since"] = "\(Int64(start.timeIntervalSince1970 * 1000))"
            }
            try await options.ask(AdministrationRequest("model performance", arguments)) { answer in
                answer.array.isEmpty
                    ? "no image has reached a model in that time"
                    : answer.array.map(Self.text).joined(separator: "\n\n")
            }
        }
    }

    /// `nil` for words that name no time.
    static func start(_ words: String, now: Date) -> Date? {
        if let number = Double(words.dropLast()), number >= 0, number < 100_000, let unit = words.last {
            if unit == "h" { return now.addingTimeInterval(-number * 3600) }
            if unit == "d" { return now.addingTimeInterval(-number * 86_400) }
        }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyy-MM-dd"
        return formatter.date(from: words)
    }

    private static func text(_ model: JSONValue) -> String {
        let latencies = ["waited", "open", "clear", "classify", "explain", "seal", "total"].compactMap { name in
            let row = model["milliseconds"][name]
            return row.isNull
                ? nil
                : JSONValue.object([
                    "stage": .string(name), "p50 ms": milliseconds(row["p50"]), "p95 ms": milliseconds(row["p95"]),
                    "p99 ms": milliseconds(row["p99"]),
                ])
        }
        let sources = model["sources"].array.map { $0.with("errors", .string(percent($0["errorShare"]))) }
        return [
            "\(Table.cell(model["model"])): \(Table.cell(model["images"])) images, \(Table.cell(model["analysed"])) "
                + "analysed, positive \(percent(model["positiveShare"]))",
            Table.text(latencies, columns: ["stage", "p50 ms", "p95 ms", "p99 ms"], nothing: "no latencies"),
            "scores 0…1:\n" + Plot.histogram(model["scores"].array.map { Int($0.number ?? 0) }, from: 0, to: 1),
            Table.text(
                sources, columns: ["source", "images", "analysed", "failed", "errors", "present", "outcomes"],
                nothing: "no sources"),
        ].joined(separator: "\n\n")
    }

    private static func milliseconds(_ value: JSONValue) -> JSONValue {
        value.number.map { .string(String(format: $0 < 10 ? "%.2f" : "%.0f", $0)) } ?? .null
    }

    private static func percent(_ share: JSONValue) -> String {
        share.number.map { String(format: "%.1f %%", $0 * 100) } ?? "-"
    }
}
