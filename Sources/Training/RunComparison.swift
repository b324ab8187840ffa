/// In which settings and figures runs differ.
public struct RunComparison: Sendable {
    /// What differs, and how it is in each run.
    public private(set) var rows: [(name: String, values: [String])] = []

    /// Throws if a run's configuration cannot be read.
    public init(_ runs: [RunFolder]) throws(TrainingError) {
        var configurations: [TrainingConfiguration] = []
        for run in runs {
            configurations.append(
                try TrainingFile.read(String(decoding: try run.read("config.yaml"), as: UTF8.self)))
        }
        for setting in TrainingSetting.all { add(setting.key, configurations.map { setting.value($0).yaml }) }
        let records = runs.map(\.record)
        add("state", records.map(\.state.rawValue))
        add("version", records.map(\.version))
        add("data", records.map { String(($0.dataSHA256 ?? "-").prefix(12)) })
        for name in Set(records.flatMap(\.metrics.keys)).sorted() {
            add(name, records.map { record in record.metrics[name].map { "\(($0 * 1e6).rounded() / 1e6)" } ?? "-" })
        }
    }

    private mutating func add(_ name: String, _ values: [String]) {
        if Set(values).count > 1 { rows.append((name, values)) }
    }
}
