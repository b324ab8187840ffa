import Durability
import Foundation

/// One run's folder.
public final class RunFolder {
    public let folder: String
    public private(set) var record: RunRecord
    private let disk: any Disk

    init(folder: String, record: RunRecord, disk: any Disk) {
        self.folder = folder
        self.record = record
        self.disk = disk
    }

    /// Writes a file whole, over one that was there.
    public func write(_ name: String, _ bytes: [UInt8]) throws(TrainingError) {
        try written {
            try DurableFile.write(bytes, to: "\(folder)/\(name)", disk: disk, replacing: true)
        }
    }

    public func read(_ name: String) throws(TrainingError) -> [UInt8] {
        guard let bytes = try? disk.read("\(folder)/\(name)") else { throw .cannotRead }
        return bytes
    }

    /// Whether a training may go on from here.
    public var checkpoint: [UInt8]? { try? disk.read("\(folder)/\(RunStore.checkpointName)") }

    public func keep(_ record: RunRecord) throws(TrainingError) {
        self.record = record
        try write(RunStore.recordName, try TrainingReport.json(record))
    }

    /// Writes what a training has left; the record with the hash of each file comes last, so that a finished run is
    /// whole.
    public func finish(_ report: TrainingReport, ended: String) throws(TrainingError) {
        let hash = Digest.text(try Digest.of(report.onnx))
        let files: [(String, [UInt8])] = [
            ("config.yaml", try read("config.yaml")),
            ("history.csv", Array(TrainingReport.historyCSV(report.history).utf8)),
            ("scores.csv", Array(TrainingReport.scoresCSV(report.scores).utf8)),
            ("metrics.json", try TrainingReport.json(report.validation)),
            ("model.onnx", report.onnx),
            ("model.json", try report.passport(sha256: hash)),
        ]
        var record = record
        for (name, bytes) in files {
            try write(name, bytes)
            record.files[name] = Digest.text(try Digest.of(bytes))
        }
        record.state = .finished
        record.ended = ended
        record.metrics = Dictionary(report.validation.named.map { ($0.name, $0.value) }) { first, _ in first }
        record.metrics["best_epoch"] = Double(report.bestEpoch)
        try keep(record)
        try written {
            if checkpoint != nil { try disk.unlink("\(folder)/\(RunStore.checkpointName)") }
        }
    }

    /// Closes a cross-validation: the means over its folds, and the hash of each fold's record.
    public func finish(_ folds: [CrossValidation.Fold], ended: String) throws(TrainingError) {
        var record = record
        let names =
            folds.map { CrossValidation.recordName($0.number) } + folds.map { CrossValidation.scoresName($0.number) }
        for name in names + ["config.yaml"] { record.files[name] = Digest.text(try Digest.of(try read(name))) }
        for fold in folds {
            for figure in fold.test.named {
                record.metrics["mean_\(figure.name)", default: 0] += figure.value / Double(folds.count)
            }
        }
        for name in folds.first?.test.named.map(\.name) ?? [] {
            let values = folds.compactMap { fold in fold.test.named.first { $0.name == name }?.value }
            record.metrics["least_\(name)"] = values.min()
            record.metrics["greatest_\(name)"] = values.max()
        }
        record.state = .finished
        record.ended = ended
        try keep(record)
    }

    /// Writes what one fold showed. Throws `cannotWrite`.
    public func keep(_ fold: CrossValidation.Fold, _ scores: [TrainingReport.Score]) throws(TrainingError) {
        try write(CrossValidation.scoresName(fold.number), Array(TrainingReport.scoresCSV(scores).utf8))
        try write(CrossValidation.recordName(fold.number), try TrainingReport.json(fold))
    }

    /// The folds that are there.
    public func folds(of count: Int) -> [CrossValidation.Fold] {
        (1...count).compactMap { number in
            guard let bytes = try? read(CrossValidation.recordName(number)) else { return nil }
            return try? JSONDecoder().decode(CrossValidation.Fold.self, from: Data(bytes))
        }
    }

    /// Names of files that are not what they were when the run was finished.
    public func changedFiles() throws(TrainingError) -> [String] {
        var changed: [String] = []
        for (name, hash) in record.files.sorted(by: { $0.key < $1.key }) {
            guard RunStore.isName(name), let bytes = try? read(name), Digest.text(try Digest.of(bytes)) == hash else {
                changed.append(name)
                continue
            }
        }
        return changed
    }
}

extension TrainingReport {
    /// Sorted and indented JSON with a line feed.
    static func json(_ value: some Encodable) throws(TrainingError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value)) + [0x0A]
        } catch {
            throw .cannotWrite
        }
    }
}

/// A failure of the disk is one of the run's.
func written<Result>(_ body: () throws -> Result) throws(TrainingError) -> Result {
    do {
        return try body()
    } catch let error as TrainingError {
        throw error
    } catch {
        throw .cannotWrite
    }
}
