import ArgumentParser
import Evaluation
import Foundation
import Gateway
import ModelCard

struct Predict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a model on files, as the gateway would.",
        discussion: """
            A file that cannot be read gets a row with its reason, the others go on, and the command ends with 65. The \
            table of --out is what cxrgate evaluate --predictions reads.

            Examples:
              cxrgate predict chest1.dcm chest2.jpeg --json
              cxrgate predict --in cases --out predictions.csv
            """)
    @Argument(help: "DICOM files, baseline JPEGs or PNGs.") var files: [String] = []
    @Option(
        name: .long, help: "A folder: every file below it, hidden ones left out; named in the table relative to it.")
    var `in`: String?
    @Option(name: .long, help: "A folder with model.onnx and model.json; the built-in model if left out.")
    var model: String?
    @Option(
        name: .long, help: "CSV to write: file, status, score (or prob_NAME of each label), presence, model, error.")
    var out: String?
    @Flag(name: .long, help: "With --json: also the network's input, logits, and Grad-CAM evidence in logits.")
    var raw = false
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let named = try files.map { ($0, $0) } + (self.in.map(Self.below) ?? [])
            guard !named.isEmpty else {
                throw Complaint("there are no files to predict", code: CommandExit.usage.rawValue)
            }
            let prediction = try Prediction(model.map(EvaluationJob.package), executable: Executable.path)
            var failures = 0
            let rows = named.map { name, path -> JSONValue in
                do {
                    let answer = try prediction.predict(try Files.read(path), isRaw: raw)
                    let first = answer["findings"].array.first ?? .null
                    return .object([
                        "file": .string(name), "status": .string("ok"), "probability": first["probability"],
                        "presence": first["presence"], "label": first["label"], "findings": answer["findings"],
                        "model": answer["model"], "input": answer["input"], "logits": answer["logits"],
                        "evidence": answer["evidence"], "error": .null,
                    ])
                } catch {
                    failures += 1
                    return .object([
                        "file": .string(name), "status": .string("failed"), "error": .string("\(error)"),
                    ])
                }
            }
            if let out {
                try Files.write(Array(Self.table(rows, labels: prediction.card.labels.map(\.name)).utf8), to: out)
            }
            options.answered(.array(rows)) {
                out == nil
                    ? Table.text(
                        $0.array, columns: ["file", "label", "probability", "presence", "error"], nothing: "no files")
                    : "\(rows.count - failures) files predicted, \(failures) failed"
            }
            if failures > 0 { throw ExitCode(CommandExit.badData.rawValue) }
        }
    }

    /// Every file below a folder, by its path relative to it, sorted.
    private static func below(_ folder: String) throws -> [(name: String, path: String)] {
        guard
            let walk = FileManager.default.enumerator(
                at: URL(fileURLWithPath: folder), includingPropertiesForKeys: [.isRegularFileKey],
                options: [.skipsHiddenFiles])
        else { throw Complaint("\(folder) cannot be read", code: CommandExit.inputOutput.rawValue) }
        let root = URL(fileURLWithPath: folder).standardizedFileURL.path
        var found: [(name: String, path: String)] = []
        for case let url as URL in walk {
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            let path = url.standardizedFileURL.path
            found.append((path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path, path))
        }
        return found.sorted { $0.name < $1.name }
    }

    private static func table(_ rows: [JSONValue], labels: [String]) -> String {
        let scores = labels.count == 1 ? ["score"] : labels.map { "prob_\($0)" }
        let heading = ["file", "status"] + scores + ["presence", "model", "error"]
        let lines = rows.map { row -> [String] in
            let findings = row["findings"].array
            let values = scores.indices.map { index in
                index < findings.count ? findings[index]["probability"].number.map { "\($0)" } ?? "" : ""
            }
            return [row["file"].text ?? "", row["status"].text ?? ""] + values
                + [row["presence"].text ?? "", row["model"].text ?? "", row["error"].text ?? ""]
        }
        return ([heading] + lines).map { $0.map(EvaluationReport.quoted).joined(separator: ",") + "\n" }.joined()
    }
}
