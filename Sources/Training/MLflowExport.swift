import Durability
import Foundation

/// Runs in the folder layout of MLflow's file store, so that `mlflow ui --backend-store-uri DIR` shows them. Only files
/// are written; nothing of MLflow is needed. The same run becomes the same MLflow run, however often it is exported.
///
/// Source: MLflow, mlflow/store/tracking/file_store.py.
public struct MLflowExport {
    private let root: String
    private let disk: any Disk

    /// Of the one experiment.
    static let experiment = "1"

    public init(root: String, disk: any Disk) {
        self.root = root
        self.disk = disk
    }

    /// Writes one run. `absolute` is the root as a path from `/`, which MLflow wants for artefacts.
    public func write(_ run: RunFolder, absolute: String) throws(TrainingError) {
        let record = run.record
        let id = String(Digest.text(try Digest.of(Array(record.id.utf8))).prefix(32))
        let folder = "\(root)/\(MLflowExport.experiment)/\(id)"
        let started = MLflowExport.milliseconds(record.started) ?? 0
        let ended = record.ended.flatMap { MLflowExport.milliseconds($0) }
        do {
            try makeDirectories([root, "\(root)/\(MLflowExport.experiment)", folder])
            try makeDirectories(["artifacts", "metrics", "params", "tags"].map { "\(folder)/\($0)" })
            try file("\(root)/\(MLflowExport.experiment)/meta.yaml", experimentText(absolute, started))
            for (name, value) in try parameters(run) { try file("\(folder)/params/\(name)", value) }
            for (name, lines) in try metrics(run, ended ?? started) {
                try file("\(folder)/metrics/\(name)", lines.joined(separator: "\n") + "\n")
            }
            for (name, value) in tags(record) { try file("\(folder)/tags/\(name)", value) }
            for name in record.files.keys.sorted() {
                try DurableFile.write(
                    try run.read(name), to: "\(folder)/artifacts/\(name)", disk: disk, replacing: true)
            }
            try file("\(folder)/meta.yaml", runText(record, id, absolute, started, ended))
        } catch let error as TrainingError {
            throw error
        } catch {
            throw .cannotWrite
        }
    }

    private func experimentText(_ absolute: String, _ time: Int64) -> String {
        """
        artifact_location: "\(MLflowExport.address(absolute))/\(MLflowExport.experiment)"
        creation_time: \(time)
        experiment_id: '\(MLflowExport.experiment)'
        last_update_time: \(time)
        lifecycle_stage: active
        name: cxrgate

        """
    }

    private func runText(
        _ record: RunRecord, _ id: String, _ absolute: String, _ started: Int64, _ ended: Int64?
    ) -> String {
        // MLflow's RunStatus: RUNNING 1, FINISHED 3, FAILED 4, KILLED 5.
        let status =
            switch record.state {
            case .running: 1
            case .finished: 3
            case .failed: 4
            case .interrupted: 5
            }
        return """
            artifact_uri: "\(MLflowExport.address(absolute))/\(MLflowExport.experiment)/\(id)/artifacts"
            end_time: \(ended.map { "\($0)" } ?? "null")
            entry_point_name: ''
            experiment_id: '\(MLflowExport.experiment)'
            lifecycle_stage: active
            run_id: \(id)
            run_name: \(record.id)
            run_uuid: \(id)
            source_name: cxrgate
            source_type: 4
            source_version: '\(record.version)'
            start_time: \(started)
            status: \(status)
            tags: []
            user_id: ''

            """
    }

    /// Every setting but the folder, which is nobody's business elsewhere.
    private func parameters(_ run: RunFolder) throws(TrainingError) -> [(String, String)] {
        let configuration = try TrainingFile.read(String(decoding: try run.read("config.yaml"), as: UTF8.self))
        return TrainingSetting.all.filter { $0.key != "data.folder" }.map { ($0.key, $0.value(configuration).yaml) }
    }

    /// Lines of time, value and step: each epoch's from the history, the final ones from the record.
    private func metrics(_ run: RunFolder, _ time: Int64) throws(TrainingError) -> [(String, [String])] {
        var metrics: [(String, [String])] = []
        if let bytes = try? run.read("history.csv"), let table = CSVTable(String(decoding: bytes, as: UTF8.self)) {
            for name in ["training_loss", "validation_loss", "validation_auroc", "learning_rate"] {
                guard let column = table.column(name), let epoch = table.column("epoch") else { continue }
                let rows = table.rows.filter { $0.fields.count == table.header.count }
                metrics.append((name, rows.map { "\(time) \($0.fields[column]) \($0.fields[epoch])" }))
            }
        }
        return metrics + run.record.metrics.sorted { $0.key < $1.key }.map { ($0.key, ["\(time) \($0.value) 0"]) }
    }

    private func tags(_ record: RunRecord) -> [(String, String)] {
        [
            ("mlflow.runName", record.id), ("mlflow.source.name", "cxrgate"), ("mlflow.source.type", "LOCAL"),
            ("cxrgate.version", record.version), ("cxrgate.configuration_sha256", record.configurationSHA256),
            ("cxrgate.data_sha256", record.dataSHA256 ?? ""), ("cxrgate.state", record.state.rawValue),
        ]
    }

    private func makeDirectories(_ paths: [String]) throws(DiskError) {
        for path in paths { try disk.makeDirectory(path) }
    }

    private func file(_ path: String, _ text: String) throws(DiskError) {
        try DurableFile.write(Array(text.utf8), to: path, disk: disk, replacing: true)
    }

    static func milliseconds(_ time: String) -> Int64? {
        (try? Date(time, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970 * 1000) }
    }

    /// A path as a file URL.
    private static func address(_ path: String) -> String { URL(fileURLWithPath: path).absoluteString.trimmed }
}

extension String {
    /// Without slashes at the end.
    fileprivate var trimmed: String { hasSuffix("/") ? String(dropLast()).trimmed : self }
}
