import ArgumentParser
import DICOMCore
import Foundation
import Gateway
import Measuring

struct BenchDeidentify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deidentify",
        abstract: "Measure what de-identification costs: of a header, and from file to file beside others.",
        discussion: """
            Of a header, from bytes to bytes on one thread: parsing, the whole profile with every row of the table, \
            encoding; and the same with the verifier. The header is a Computed Radiography header of 87 elements. \
            Bounds: 0.3 ms, and 0.6 ms with the verifier.

            With --against, from file to file as well: a folder of images of 10 MB with that header, de-identified \
            by `cxrgate instance deidentify` and by the others in turn, a process each. What a start costs is \
            measured with one file, and taken off. Ratios are medians over neighbouring rounds: they hold on a \
            machine that is busy with other work, too. The disk counts: --folder /dev/shm measures without one. Who is not \
            installed is named. The Python ones: pip install dicognito dicom-anonymizer deid dcmanon.

            Examples:
              cxrgate bench deidentify
              cxrgate bench deidentify --rounds 10000 --json
              cxrgate bench deidentify --against all --python peers/bin/python --folder /dev/shm
            """)
    @Option(name: .long, help: "How often a header, 1…1000000.") var rounds = 2000
    @Option(
        name: .long,
        help:
            "Others, from file to file: all, or \(DeidentifierKind.allCases.map(\.rawValue).joined(separator: ", ")).",
        transform: Self.peers)
    var against: [DeidentifierKind] = []
    @Option(name: .long, help: "The Python that has them.") var python = "/usr/bin/python3"
    @Option(name: .long, help: "Files in the folder, 2…1000.") var files = 24
    @Option(name: .long, help: "Runs of each over the folder, 1…1000.") var runs = 5
    @Option(name: .long, help: "Where files are read and written.") var folder = NSTemporaryDirectory()
    @OptionGroup var options: Options

    private static func peers(_ text: String) throws -> [DeidentifierKind] {
        if text == "all" { return DeidentifierKind.allCases }
        return try text.split(separator: ",").map { name in
            guard let kind = DeidentifierKind(rawValue: String(name)) else {
                throw ValidationError("no such de-identifier: \(name)")
            }
            return kind
        }
    }

    func validate() throws {
        guard (1...1_000_000).contains(rounds) else { throw ValidationError("--rounds is 1 to 1000000") }
        guard (2...1_000).contains(files) else { throw ValidationError("--files is 2 to 1000") }
        guard (1...1_000).contains(runs) else { throw ValidationError("--runs is 1 to 1000") }
    }

    func run() async throws {
        try await complaining {
            let result = try DeidentificationBench.run(
                settings: try options.configuration().deidentification, rounds: rounds)
            let rows = against.isEmpty ? [] : try contest()
            let verdicts = DeidentificationContest.judge(rows)
            let (plain, verified) = (result.deidentifyMilliseconds, result.withVerifierMilliseconds)
            options.answered(
                .object([
                    "elements": .number(result.elements), "rounds": .number(result.rounds),
                    "deidentify_ms": .string(String(format: "%.4f", plain)),
                    "with_verifier_ms": .string(String(format: "%.4f", verified)),
                    "files": .array(rows.map(Self.value)), "claims": .array(verdicts.map(Self.value)),
                ])
            ) { _ in
                let header = String(
                    format: "%d elements: %.3f ms de-identified, %.3f ms with the verifier (median of %d)",
                    result.elements, plain, verified, result.rounds)
                return ([header] + (rows.isEmpty ? [] : [Self.table(rows)]) + verdicts.map(Self.sentence))
                    .joined(separator: "\n")
            }
        }
    }

    private func contest() throws -> [DeidentificationContest.Row] {
        let parent = "\(folder)/cxrgate-bench-\(Identifier.random())"
        try FileManager.default.createDirectory(
            atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // What cannot be removed lies in a temporary folder.
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let contest = DeidentificationContest(
            executable: Executable.path, python: python, folder: parent, files: files, rounds: runs)
        return try contest.measure(against: against, file: DeidentificationBench.typicalFile) { text in
            if isatty(STDERR_FILENO) != 0 { Terminal.note(text) }
        }
    }

    private static func table(_ rows: [DeidentificationContest.Row]) -> String {
        let lines = rows.map { row -> JSONValue in
            let isMeasured = row.trouble == nil
            return .object([
                "file to file": .string(row.name),
                "ms each": .string(isMeasured ? String(format: "%.2f", row.milliseconds) : "-"),
                "CPU ms each": .string(isMeasured ? String(format: "%.2f", row.processorMilliseconds) : "-"),
                "not measured": .string(row.trouble ?? ""),
            ])
        }
        return Table.text(lines, columns: ["file to file", "ms each", "CPU ms each", "not measured"], nothing: "")
    }

    private static func sentence(_ verdict: DeidentificationContest.Verdict) -> String {
        String(format: "  %.2f× as fast as ", verdict.ratio) + verdict.peer.rawValue
            + String(format: ", %.2f× by processor time", verdict.processorRatio)
            + String(format: " (bound %.1f×): ", verdict.peer.must) + (verdict.isMet ? "met" : "MISSED")
    }

    private static func value(_ row: DeidentificationContest.Row) -> JSONValue {
        .object([
            "name": .string(row.name), "trouble": .optional(row.trouble),
            "milliseconds": row.trouble == nil ? .number(row.milliseconds) : .null,
            "processor_milliseconds": row.trouble == nil ? .number(row.processorMilliseconds) : .null,
        ])
    }

    private static func value(_ verdict: DeidentificationContest.Verdict) -> JSONValue {
        .object([
            "peer": .string(verdict.peer.rawValue), "ratio": .number(verdict.ratio),
            "processor_ratio": .number(verdict.processorRatio), "must": .number(verdict.peer.must),
            "met": .bool(verdict.isMet),
        ])
    }
}
