import ArgumentParser
import DICOMToolkit
import Foundation
import Gateway
import Sealing
import Training

struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train the built-in kind of model on labelled JPEGs; writes model.onnx and model.json.",
        discussion: """
            The folder holds labels.csv (file, split, pneumonia, subtype, patient_group, …) and the pictures that it \
            names. Validation is held out by patient group.

            Example:
              cxrgate train --data kermany --output out --epochs 24 --seed 20260101
            """)
    @Option(name: .long, help: "Folder with labels.csv and the pictures.") var data: String
    @Option(name: .long, help: "Folder to write model.onnx, model.json and history.csv to.") var output: String
    @Option(name: .long) var epochs: Int?
    @Option(name: .long) var seed: UInt64?
    @Option(name: .long, help: "Input side in pixels.") var size: Int?
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            var configuration = TrainingConfiguration(dataDirectory: data)
            configuration.epochs = epochs ?? configuration.epochs
            configuration.seed = seed ?? configuration.seed
            configuration.inputSize = size ?? configuration.inputSize
            let trainer = Trainer { path in
                let image = try JPEGFile.decodeGray(Files.read(path))
                return try GrayImage(rows: image.rows, columns: image.columns, pixels: image.samples)
            }
            let report = try trainer.run(configuration: configuration) { epoch in
                FileHandle.standardError.write(Foundation.Data("\(epoch)\n".utf8))
            }
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            let hash = Hexadecimal.text(try SHA256.hash(report.onnx))
            try Files.write(report.onnx, to: "\(output)/model.onnx")
            try Files.write(report.passport(.paediatricPneumonia, sha256: hash), to: "\(output)/model.json")
            try Files.write(Array(report.historyCSV.utf8), to: "\(output)/history.csv")
            let validation = report.validation
            options.answered(
                .object([
                    "auroc": .number(validation.auroc), "sensitivity": .number(validation.sensitivity),
                    "specificity": .number(validation.specificity), "images": .number(validation.images),
                    "patients": .number(validation.patients), "bestEpoch": .number(report.bestEpoch),
                    "sha256": .string(hash),
                ])
            ) {
                Table.list(
                    $0, ["auroc", "sensitivity", "specificity", "images", "patients", "bestEpoch", "sha256"])
            }
        }
    }
}
