import Foundation

/// One row of the label table.
struct LabelledFile: Sendable {
    /// Counted from 1, the header.
    let row: Int
    let path: String
    let split: String
    /// The number of its class; for one finding 1 is present.
    let label: Int
    let patientGroup: String

    var isPneumonia: Bool { label == 1 }
}

/// The table that names each picture, its label and its patient group. Columns are found by their heading: `file`,
/// `patient_group`, the label, and `split` where it is wanted.
enum LabelTable {
    /// The built-in model's kind: one finding in the column `pneumonia`.
    static func read(directory: String) throws(TrainingError) -> [LabelledFile] {
        try read(TrainingConfiguration(dataDirectory: directory))
    }

    /// Every row, whatever its split.
    static func read(_ configuration: TrainingConfiguration) throws(TrainingError) -> [LabelledFile] {
        let url = URL(fileURLWithPath: configuration.dataDirectory).appendingPathComponent(configuration.labelTable)
        guard let data = try? Data(contentsOf: url), let table = CSVTable(String(decoding: data, as: UTF8.self)) else {
            throw .noLabels
        }
        let heading = ["file", configuration.labelColumn, "patient_group"].map { table.column($0) }
        let split = table.column("split")
        guard let file = heading[0], let label = heading[1], let group = heading[2],
            split != nil || configuration.split.isEmpty
        else { throw .badRow(row: 1) }
        var files: [LabelledFile] = []
        for (number, fields) in table.rows {
            guard fields.count == table.header.count, !fields[group].isEmpty, isBeneath(fields[file]),
                let label = configuration.label(fields[label])
            else { throw .badRow(row: number) }
            files.append(
                LabelledFile(
                    row: number, path: configuration.dataDirectory + "/" + fields[file],
                    split: split.map { fields[$0] } ?? "", label: label, patientGroup: fields[group]))
        }
        return files
    }

    /// Whether a path stays in its folder.
    static func isBeneath(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix("/") && !path.contains("\0") && !path.split(separator: "/").contains("..")
    }
}

extension TrainingConfiguration {
    /// The class of a cell of the label column; `nil` if it is none.
    fileprivate func label(_ cell: String) -> Int? {
        if classes.isEmpty { return ["0", "1"].firstIndex(of: cell) }
        return classes.firstIndex(of: cell.isEmpty ? blankClass : cell)
    }

    /// Rows of the label table that are used.
    func uses(_ file: LabelledFile) -> Bool { split.isEmpty || file.split == split }
}
