import ArgumentParser
import Evaluation
import Foundation
import Gateway
import Sealing

struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure predictions against labels: figures with 95 % intervals, plots, subgroups.",
        discussion: """
            Both tables are CSV with a heading. Predictions: a key (file, filepath, path, id, key, image) and a score \
            within 0…1 (score, probability, prediction), or one column prob_NAME for each class. Labels: the same key and \
            a label (label, truth, target, class, pneumonia): 0 or 1, or the name of a class. Every case stands once in \
            each table; a row without a partner is counted and refused.

            A score at or above the threshold is positive. Intervals: DeLong for AUROC, Wilson for proportions, a seeded \
            bootstrap for the rest; with --cluster a bootstrap over clusters for all. Memory does not grow with the number \
            of cases; sorting goes through nameless files in TMPDIR.

            Examples:
              cxrgate evaluate --predictions p.csv --labels labels.csv --rule 'sensitivity>=0.95' --out report/
              cxrgate evaluate --predictions p.csv --labels labels.csv --by age,sex,view,device --json
              cxrgate evaluate --data kermany --where split=val --cluster patient_group --out report/
            """)
    @Option(name: .long, help: "CSV of predictions.") var predictions: String?
    @Option(name: .long, help: "CSV of labels. With --data: labels.csv in that folder if left out.")
    var labels: String?
    @Option(name: .long, help: "Folder of pictures that the labels name: the model predicts them itself.")
    var data: String?
    @Option(name: .long, help: "With --data: a folder with model.onnx and model.json; the built-in model if left out.")
    var model: String?
    @Option(name: .long, help: "A threshold within 0…1; 0.5 if there is no rule, the model's own with --data.")
    var threshold: Double?
    @Option(name: .long, help: "youden, f1, sensitivity>=X, specificity>=X, ppv>=X or npv>=X.") var rule: String?
    @Flag(name: .long, help: "Show the confusion matrix as shares of each truth.") var normalize = false
    @Option(name: .long, help: "Columns of the labels that make subgroups, with commas.") var by: String?
    @Option(name: .long, help: "Names of the classes with commas, negative first.") var classes: String?
    @Option(name: .long, help: "Column of the labels whose equal values belong together, as one patient's images.")
    var cluster: String?
    @Option(name: .customLong("where"), help: "COLUMN=VALUE: only labels with this value. May be repeated.")
    var filters: [String] = []
    @Option(name: .long, help: "Heading of the key in both tables.") var keyColumn: String?
    @Option(name: .long, help: "Heading of the score.") var scoreColumn: String?
    @Option(name: .long, help: "Heading of the label.") var labelColumn: String?
    @Option(name: .long, help: "Bins of the reliability curve.") var bins = 15
    @Option(name: .long, help: "Replicates of the bootstrap.") var replicates = 1000
    @Option(name: .long, help: "Seed of the bootstrap.") var seed: UInt64 = 1
    @Option(name: .long, help: "history.csv of a training, to be drawn; that beside the model if left out.")
    var history: String?
    @Option(name: .long, help: "Folder for evaluation.json, metrics.csv and report.html.") var out: String?
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let job = try EvaluationJob(
                source: try source(), bins: bins, replicates: replicates, seed: seed, threshold: threshold, rule: rule)
            var outcome = try outcome(job)
            if let path = history ?? model.map({ "\($0)/history.csv" }),
                history != nil || FileManager.default.fileExists(atPath: path)
            {
                outcome.history = TrainingHistory(csv: String(decoding: try Files.read(path), as: UTF8.self))
            }
            if let out { try outcome.write(to: out) }
            let value = try JSONDecoder().decode(JSONValue.self, from: Foundation.Data(outcome.report.json()))
            options.answered(value) { _ in
                EvaluationText(outcome.report.result, isNormalised: normalize, saliency: outcome.report.saliency).text
            }
        }
    }

    private func outcome(_ job: EvaluationJob) throws -> EvaluationOutcome {
        switch (predictions, data) {
        case (let predictions?, nil):
            guard let labels, model == nil else {
                throw Complaint(
                    "--predictions needs --labels; --model goes with --data", code: CommandExit.usage.rawValue)
            }
            return try job.compare(predictions: predictions, labels: labels)
        case (nil, let data?):
            return try job.predict(data: data, labels: labels ?? "\(data)/labels.csv", model: model)
        default:
            throw Complaint(
                "give --predictions with --labels, or --data with a folder of labelled pictures",
                code: CommandExit.usage.rawValue)
        }
    }

    private func source() throws -> CaseSource {
        var source = CaseSource(folder: FileManager.default.temporaryDirectory.path)
        source.classes = Self.names(classes)
        source.by = Self.names(by)
        source.cluster = cluster
        source.keyColumn = keyColumn
        source.scoreColumn = scoreColumn
        source.labelColumn = labelColumn
        source.filters = try filters.map(Self.filter)
        return source
    }

    /// What stands between commas.
    static func names(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// `COLUMN=VALUE`.
    static func filter(_ text: String) throws -> CaseSource.Filter {
        guard let equals = text.firstIndex(of: "=") else {
            throw Complaint("--where wants COLUMN=VALUE", code: CommandExit.usage.rawValue)
        }
        return .init(column: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
}
