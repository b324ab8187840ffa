import Evaluation
import Foundation
import Gateway
import ModelCard
import Sealing

/// One evaluation: its settings, and the two ways to come by predictions.
struct EvaluationJob {
    var source: CaseSource
    let bins: Int
    let bootstrap: Bootstrap
    /// What decides; `nil` leaves it to the model's passport, or one half.
    let rule: ThresholdRule?

    init(
        source: CaseSource, bins: Int, replicates: Int, seed: UInt64, threshold: Double?, rule: String?
    ) throws {
        self.source = source
        self.bins = bins
        bootstrap = try Bootstrap(seed: seed, replicates: replicates)
        guard threshold == nil || rule == nil else {
            throw Complaint("--threshold and --rule exclude each other", code: CommandExit.usage.rawValue)
        }
        self.rule = try threshold.map { try ThresholdRule(threshold: $0) } ?? rule.map { try ThresholdRule($0) }
    }

    /// Joins two tables.
    func compare(predictions: String, labels: String) throws -> EvaluationOutcome {
        EvaluationOutcome(
            report: try report(
                predictions: predictions, labels: labels, rule: rule ?? .fixed(0.5), model: nil))
    }

    /// Predicts the pictures that the labels name, by the daemon's own path; `model` is a folder with a passport and
    /// weights.
    func predict(
        data: String, labels: String, model: String?, showsPictures: Bool = true
    ) throws -> EvaluationOutcome {
        let prediction = try Prediction(model.map(Self.package), executable: Executable.path)
        guard let label = prediction.card.labels.first, prediction.card.labels.count == 1 else {
            throw Complaint(
                "evaluate --data knows models of one finding; write predictions with cxrgate predict and give both tables",
                code: CommandExit.usage.rawValue)
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let table = "\(folder)/predictions.csv"
        var gallery = EvaluationGallery(data: data, prediction: prediction)
        try gallery.predict(labels: labels, source: source, to: table)
        let card = prediction.card
        let subject = EvaluationReport.Subject(id: card.id, version: card.version, sha256: card.sha256)
        let first = try report(
            predictions: table, labels: labels, rule: rule ?? .fixed(label.threshold), model: subject)
        let seen = try gallery.pictures(
            of: first.result, labels: labels, source: source, isWanted: showsPictures)
        var outcome = EvaluationOutcome(
            report: first.with(label: label.name, scores: gallery.scores, saliency: seen.saliency))
        outcome.predictions = try Files.read(table)
        outcome.pictures = seen.pictures
        return outcome
    }

    /// The model in a folder.
    static func package(_ folder: String) throws -> ModelPackage {
        try ModelPackage(card: Files.read("\(folder)/model.json"), onnx: Files.read("\(folder)/model.onnx"))
    }

    private func report(
        predictions: String, labels: String, rule: ThresholdRule, model: EvaluationReport.Subject?
    ) throws -> EvaluationReport {
        let table = try source.read(
            predictions: DelimitedRows(.predictions, path: predictions), labels: DelimitedRows(.labels, path: labels))
        let settings = try EvaluationSettings(rule: rule, bins: bins, bootstrap: bootstrap)
        return EvaluationReport(
            product: "cxrgate \(Product.version)", model: model,
            predictionsSHA256: try Self.hash(of: predictions), labelsSHA256: try Self.hash(of: labels),
            made: ISO8601DateFormatter().string(from: Date()),
            result: try Evaluation.measure(table, settings: settings, source: source))
    }

    private static func hash(of path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw Complaint("\(path) cannot be read", code: CommandExit.inputOutput.rawValue)
        }
        let stream = try SHA256Stream()
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { try stream.update(Array(piece)) }
        return Hexadecimal.text(try stream.finish())
    }
}

/// A report and what lies beside it.
struct EvaluationOutcome {
    let report: EvaluationReport
    /// `predictions.csv`, where the product predicted.
    var predictions: [UInt8]?
    var pictures = EvaluationPictures()
    var history: TrainingHistory?

    init(report: EvaluationReport) { self.report = report }

    /// Writes the files, readable by their owner alone.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Files.write(report.json(), to: "\(folder)/evaluation.json")
        try Files.write(Array(report.csv.utf8), to: "\(folder)/metrics.csv")
        try Files.write(
            Array(HTMLReport(report, pictures: pictures, history: history).text.utf8), to: "\(folder)/report.html")
        if let predictions { try Files.write(predictions, to: "\(folder)/predictions.csv") }
    }
}
