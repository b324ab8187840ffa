import ArgumentParser
import Foundation
import Gateway
import Training

struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model on labelled pictures; each training has a folder of its own.",
        discussion: """
            The data folder holds a label table (CSV: file, split, patient_group, the label) and the pictures that it \
            names: JPEG, PNG or DICOM. cxrgate data split makes such a table. Pictures are held out by patient.

            Ctrl-C ends the training with a checkpoint; --resume goes on from it, and from a crash, and ends with the same \
            weights, bit by bit. A second Ctrl-C does not wait.

            Examples:
              cxrgate train --config Config/training/kermany.yaml --data kermany
              cxrgate train --data mine --set network.family=dense --set "network.blocks=[4, 4, 4, 4]" --epochs 30
              cxrgate train --resume 20260101-120000-cxr-pneumonia
              cxrgate train --config Config/training/kermany.yaml --data kermany --folds 5
              cxrgate train --settings
            """)
    @Option(name: .long, help: "Training configuration (YAML); without it every setting has its default.")
    var config: String?
    @Option(name: .long, help: "Folder with the label table and the pictures; same as --set data.folder=…")
    var data: String?
    @Option(name: .long, help: "Also write model.onnx, model.json and history.csv to this folder.") var output: String?
    @Option(name: .long, help: "Folder of all runs.") var runs = "runs"
    @Option(name: .long, help: "Name of the run. Default: card.id.") var name: String?
    @Option(name: .long) var epochs: Int?
    @Option(name: .long) var seed: UInt64?
    @Option(name: .long, help: "Input side in pixels.") var size: Int?
    @Option(name: .customLong("set"), help: "A setting over the file, as key=value; may be repeated.")
    var overrides: [String] = []
    @Option(name: .long, help: "Id of a run that was stopped; its own configuration holds.") var resume: String?
    @Option(name: .long, help: "Cross-validate with so many folds (2…20), by patient, one record for each.")
    var folds: Int?
    @Flag(name: .long, help: "List every setting with its range and default.") var settings = false
    @Flag(name: .long, help: "Answer in JSON, for machines.") var json = false

    func run() async throws {
        try await complaining {
            if settings { return showSettings() }
            do throws(TrainingError) {
                try train()
            } catch {
                throw Complaint("\(error)", code: error.exit.rawValue)
            }
        }
    }

    private func train() throws(TrainingError) {
        let store = RunsCommand.store(runs)
        let run: RunFolder
        let configuration: TrainingConfiguration
        let stop = StopSignal()
        if let resume {
            run = try store.open(resume)
            guard run.record.state != .finished else {
                throw .badConfiguration(problems: ["resume: this run is finished"])
            }
            guard run.record.state != .running else {
                throw .badConfiguration(problems: ["resume: this run is still at work"])
            }
            configuration = try TrainingFile.read(
                String(decoding: try run.read("config.yaml"), as: UTF8.self), overrides: given)
            var record = run.record
            record.state = .running
            record.failure = nil
            record.process = getpid()
            try run.keep(record)
        } else {
            configuration = try TrainingFile.read(try text(), overrides: given)
            run = try store.create(
                name: name ?? configuration.card.id, at: Date(), version: Product.version, configuration: configuration,
                process: getpid())
        }
        note("run \(run.record.id)")
        let work = TrainingWork(run: run, configuration: configuration, stop: stop, isTerminal: isatty(2) == 1)
        do throws(TrainingError) {
            if let folds {
                try work.crossValidate(folds)
            } else {
                let report = try work.train()
                if let output { try copy(report, from: run, to: output) }
            }
        } catch {
            var record = run.record
            record.state = work.wasStopped ? .interrupted : .failed
            record.failure = error.code
            record.ended = Date().formatted(.iso8601)
            try run.keep(record)
            throw error
        }
        answer(run.record)
    }

    /// The settings that the command line names, the file's overridden.
    private var given: [(key: String, value: String)] {
        var given: [(key: String, value: String)] = []
        if let data {
            given.append(("data.folder", "\"\(data.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""))
        }
        if let epochs { given.append(("training.epochs", "\(epochs)")) }
        if let seed { given.append(("training.seed", "\(seed)")) }
        if let size { given.append(("network.size", "\(size)")) }
        for override in overrides {
            let parts = override.split(separator: "=", maxSplits: 1).map(String.init)
            given.append((parts.first ?? "", parts.count == 2 ? parts[1] : ""))
        }
        return given
    }

    private func text() throws(TrainingError) -> String {
        guard let config else { return "{}" }
        guard let data = FileManager.default.contents(atPath: config) else {
            throw .badConfiguration(problems: ["the file of --config cannot be read"])
        }
        return String(decoding: data, as: UTF8.self)
    }

    private func copy(
        _ report: TrainingReport, from run: RunFolder, to output: String
    ) throws(TrainingError) {
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            for name in ["model.onnx", "model.json", "history.csv"] {
                try Files.write(try run.read(name), to: "\(output)/\(name)")
            }
        } catch let error as TrainingError {
            throw error
        } catch {
            throw .cannotWrite
        }
    }

    private func answer(_ record: RunRecord) {
        let value = RunsCommand.value(record)
        print(json ? Options.text(of: value) : RunsCommand.text(record))
    }

    private func note(_ line: String) { FileHandle.standardError.write(Foundation.Data("\(line)\n".utf8)) }

    private func showSettings() {
        let rows = TrainingSetting.all.map { setting in
            JSONValue.object([
                "key": .string(setting.key), "default": .string(setting.defaultValue.yaml),
                "range": .string(setting.range), "meaning": .string(setting.help),
            ])
        }
        print(
            json
                ? Options.text(of: .array(rows))
                : Table.text(rows, columns: ["key", "default", "range", "meaning"], nothing: ""))
    }
}

extension TrainingError {
    /// How a command ends that meets it.
    var exit: CommandExit {
        switch self {
        case .badConfiguration: .configuration
        case .cannotWrite, .cannotRead: .inputOutput
        case .noLabels, .badRow, .undecodable, .undecodableRow, .tooFewPictures, .badCheckpoint, .noRun: .badData
        case .otherTraining: .refused
        case .diverged, .engine, .stopped: .failed
        }
    }
}
