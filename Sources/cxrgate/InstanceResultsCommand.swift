import ArgumentParser
import Foundation
import Gateway

extension Instance {
    struct Results: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the results of DICOM files: report, heat map, presentation state, key objects.",
            discussion: """
                The same network, templates and checks as in the daemon; nothing is queued, sent or journalled, and the \
                UIDs are not those of the path. The files show the patient of the source.

                Examples:
                  cxrgate instance results chest.dcm --output-dir out
                  cxrgate instance results chest.dcm --output-dir out --layout side_by_side --report-class enhanced
                """)
        @Argument(help: "DICOM files to read.") var files: [String]
        @Option(name: .long, help: "Existing directory to write to.") var outputDir: String
        @Option(name: .long, help: "overlay or side_by_side.") var layout = "overlay"
        @Option(name: .long, help: "comprehensive_3d, comprehensive or enhanced.") var reportClass = "comprehensive_3d"
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let station = try ResultStation(
                    executable: Executable.path, layout: layout, reportClass: reportClass)
                var isBad = false
                let rows = files.enumerated().map { number, file -> JSONValue in
                    do {
                        let now = Int64(Foundation.Date().timeIntervalSince1970 * 1000)
                        let (objects, summary) = try station.make(try Files.read(file), at: now)
                        var row: [String: JSONValue] = ["file": .string(file), "summary": summary, "error": .null]
                        for object in objects {
                            let path = "\(outputDir)/\(number)-\(object.kind).dcm"
                            try Files.write(object.file, to: path)
                            row[object.kind] = .string(path)
                            if !object.problems.isEmpty { isBad = true }
                            row["\(object.kind) problems"] = .array(object.problems.map { .string($0) })
                        }
                        return .object(row)
                    } catch {
                        isBad = true
                        return .object(["file": .string(file), "error": .string("\(error)")])
                    }
                }
                options.answered(.array(rows)) {
                    Table.text($0.array, columns: ["file", "report", "capture", "error"], nothing: "no files")
                }
                if isBad { throw ExitCode(CommandExit.badData.rawValue) }
            }
        }
    }

    struct Validate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask the gate before delivery about a report: may it leave?",
            discussion: """
                Prints every finding with its code. Without --source the report's own patient and study attributes are \
                taken as the source's, and the images of its evidence as those analysed.

                Examples:
                  cxrgate instance validate report.dcm --source chest.dcm
                  cxrgate instance validate foreign-report.dcm
                """)
        @Argument(help: "DICOM file with a structured report.") var report: String
        @Option(name: .long, help: "DICOM file of the image that it speaks of; several times for several images.")
        var source: [String] = []
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let problems = try ResultGate.problems(
                    report: try Files.read(report), sources: try source.map { try Files.read($0) })
                options.answered(.array(problems.map { .string($0) })) { _ in
                    problems.isEmpty ? "may leave" : problems.joined(separator: "\n")
                }
                if !problems.isEmpty { throw ExitCode(CommandExit.refused.rawValue) }
            }
        }
    }
}
