import ArgumentParser
import Evaluation
import Foundation
import Gateway

struct Feedback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback", abstract: "What was true of images that the model looked at, and how it agrees.",
        discussion: """
            The table is CSV with a heading: the name of an image or study (job, accession, uid or pseudonym), finding \
            (a label of the model) and truth (0 or 1). It comes from a file or from standard input; names are looked up \
            by keyed pseudonyms and not kept.

            Examples:
              cxrgate feedback import readings.csv
              reporting-system-export | cxrgate feedback import -
              cxrgate feedback show
            """,
        subcommands: [Import.self, Show.self], defaultSubcommand: Show.self)

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take in what was true; a truth that differs from an earlier one replaces it.")
        @Argument(help: "CSV; - for standard input.") var file: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let configuration = try options.configuration()
                let table = try FeedbackTable(path: file)
                var total = FeedbackTotal()
                while let (lines, rows) = try table.next(Administration.feedbackLines) {
                    let answer = try Door.perform(
                        AdministrationRequest("feedback import", ["by": table.by, "lines": lines]),
                        configuration: configuration
                    ).get()
                    total.add(answer, rows: rows)
                }
                options.answered(total.value) {
                    Table.list($0, ["added", "changed", "same", "unknownImage", "unknownFinding", "rows"])
                }
                if total.isIncomplete { throw ExitCode(CommandExit.badData.rawValue) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Agreement by model, sender and finding, with 95 % intervals.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("feedback show")) { answer in
                    func text(_ value: JSONValue) -> JSONValue {
                        guard let middle = value["value"].number, let low = value["low"].number,
                            let high = value["high"].number
                        else { return .string("-") }
                        return .string(
                            "\(Digits.text(middle, 3)) [\(Digits.text(low, 2))…\(Digits.text(high, 2))]")
                    }
                    let rows = answer.array.map { row in
                        ["agreement", "sensitivity", "specificity"].reduce(row) { $0.with($1, text(row[$1])) }
                    }
                    return Table.text(
                        rows,
                        columns: [
                            "model", "source", "finding", "images", "positives", "undetermined", "agreement",
                            "sensitivity", "specificity",
                        ], nothing: "no feedback yet; see cxrgate feedback import --help")
                }
            }
        }
    }
}

/// Counts over all parts of a table.
private struct FeedbackTotal {
    private var counts: [String: Double] = [:]
    /// Rows of the table that nothing was found for.
    private var rows: [Int] = []
    private static let shown = 20

    mutating func add(_ answer: JSONValue, rows: [Int]) {
        for name in ["added", "changed", "same", "unknownImage", "unknownFinding"] {
            counts[name, default: 0] += answer[name].number ?? 0
        }
        self.rows += answer["withoutImage"].array.compactMap { $0.number.map { rows[Int($0) - 1] } }
    }

    var isIncomplete: Bool { counts["unknownImage", default: 0] + counts["unknownFinding", default: 0] > 0 }

    var value: JSONValue {
        var members = counts.mapValues { JSONValue.number($0) }
        members["rows"] = .array(rows.prefix(Self.shown).map { .number($0) })
        return .object(members)
    }
}
