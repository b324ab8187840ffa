import ArgumentParser
import Evaluation
import Foundation
import Gateway

struct Accept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Prove a model on the site's own cases before it goes live.",
        discussion: """
            Everything stays on this computer; the report holds counts and figures alone: no file, no picture, no row, no \
            subgroup of fewer than \(AcceptanceReport.smallestGroup) cases.

            Example:
              cxrgate accept run --data our-cases --by age,sex,view,device --cluster patient --out acceptance/
            """,
        subcommands: [Run.self])

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the model on labelled cases; ends with 77 if what the site wants is not met.")
        @Option(name: .long, help: "Folder of DICOM files, JPEGs or PNGs that the labels name.") var data: String
        @Option(name: .long, help: "CSV of labels; labels.csv in the folder if left out.") var labels: String?
        @Option(name: .long, help: "A folder with model.onnx and model.json; the built-in model if left out.")
        var model: String?
        @Option(name: .long, help: "A threshold within 0…1; the model's own if there is no rule.") var threshold:
            Double?
        @Option(name: .long, help: "A rule, as cxrgate evaluate has them.") var rule: String?
        @Option(name: .long, help: "Columns of the labels that make subgroups, with commas.") var by: String?
        @Option(name: .long, help: "Column of the labels whose equal values belong together.") var cluster: String?
        @Option(name: .customLong("where"), help: "COLUMN=VALUE: only labels with this value. May be repeated.")
        var filters: [String] = []
        @Option(name: .long, help: "Cases that the site wants.") var minimumCases = 50
        @Option(name: .long, help: "AUROC that the site wants.") var minimumAuroc = 0.9
        @Option(name: .long, help: "Sensitivity that the site wants.") var minimumSensitivity = 0.9
        @Option(name: .long, help: "Specificity that the site wants.") var minimumSpecificity = 0.8
        @Option(name: .long, help: "Replicates of the bootstrap.") var replicates = 1000
        @Option(name: .long, help: "Seed of the bootstrap.") var seed: UInt64 = 1
        @Option(name: .long, help: "Folder for acceptance.json and acceptance.html.") var out: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let minimum = try AcceptanceMinimum(
                    cases: minimumCases, auroc: minimumAuroc, sensitivity: minimumSensitivity,
                    specificity: minimumSpecificity)
                var source = CaseSource(folder: FileManager.default.temporaryDirectory.path)
                source.hidesGroups = true
                source.by = Evaluate.names(by)
                source.cluster = cluster
                source.filters = try filters.map(Evaluate.filter)
                let job = try EvaluationJob(
                    source: source, bins: 15, replicates: replicates, seed: seed, threshold: threshold, rule: rule)
                let outcome = try job.predict(
                    data: data, labels: labels ?? "\(data)/labels.csv", model: model, showsPictures: false)
                let report = AcceptanceReport(outcome.report, minimum: minimum)
                try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
                try Files.write(report.json(), to: "\(out)/acceptance.json")
                try Files.write(Array(report.html.utf8), to: "\(out)/acceptance.html")
                let value = try JSONDecoder().decode(JSONValue.self, from: Foundation.Data(report.json()))
                options.answered(value) { value in
                    let text = EvaluationText(report.result, isNormalised: false, saliency: report.saliency).text
                    let criteria = Table.text(
                        value["criteria"].array, columns: ["name", "wanted", "found", "low", "isMet"], nothing: "")
                    return "\(text)\n\n\(criteria)\n\n"
                        + (report.isMet ? "All criteria are met." : "Not all criteria are met.")
                }
                if !report.isMet { throw ExitCode(CommandExit.refused.rawValue) }
            }
        }
    }
}
