import ArgumentParser
import Foundation
import Gateway

struct Predict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the model on files, as the gateway would.",
        discussion: "Example: cxrgate predict chest1.dcm chest2.jpeg --json")
    @Argument(help: "DICOM files, baseline JPEGs or PNGs.") var files: [String]
    @Flag(name: .long, help: "With --json: also the network's input, logits, and Grad-CAM evidence in logits.")
    var raw = false
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let prediction = try Prediction(executable: Executable.path)
            var failures = 0
            let rows = files.map { file -> JSONValue in
                do {
                    let answer = try prediction.predict(try Files.read(file), isRaw: raw)
                    let first = answer["findings"].array.first ?? .null
                    return .object([
                        "file": .string(file), "probability": first["probability"], "presence": first["presence"],
                        "label": first["label"], "findings": answer["findings"], "input": answer["input"],
                        "logits": answer["logits"], "evidence": answer["evidence"], "error": .null,
                    ])
                } catch {
                    failures += 1
                    return .object(["file": .string(file), "error": .string("\(error)")])
                }
            }
            options.answered(.array(rows)) {
                Table.text(
                    $0.array, columns: ["file", "label", "probability", "presence", "error"], nothing: "no files")
            }
            if failures > 0 { throw ExitCode(CommandExit.badData.rawValue) }
        }
    }
}
