import Foundation

/// One row of `labels.csv`.
struct LabelledFile: Sendable {
    /// Counted from 1, the header.
    let row: Int
    let path: String
    let split: String
    let isPneumonia: Bool
    let patientGroup: String
}

/// The table that names each picture, its finding and its patient group. Columns are found by their heading.
enum LabelTable {
    static func read(directory: String) throws(TrainingError) -> [LabelledFile] {
        let url = URL(fileURLWithPath: directory).appendingPathComponent("labels.csv")
        guard let data = try? Data(contentsOf: url) else { throw .noLabels }
        return try parse(String(decoding: data, as: UTF8.self), directory: directory)
    }

    static func parse(_ text: String, directory: String) throws(TrainingError) -> [LabelledFile] {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let header = lines.first?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) else {
            throw .noLabels
        }
        func column(_ name: String) throws(TrainingError) -> Int {
            guard let index = header.firstIndex(of: name) else { throw .badRow(row: 1) }
            return index
        }
        let file = try column("file")
        let split = try column("split")
        let label = try column("pneumonia")
        let group = try column("patient_group")
        var rows: [LabelledFile] = []
        for (index, line) in lines.enumerated().dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == header.count, ["0", "1"].contains(fields[label]), !fields[group].isEmpty,
                !fields[file].isEmpty, !fields[file].hasPrefix("/"), !fields[file].split(separator: "/").contains("..")
            else { throw .badRow(row: index + 1) }
            rows.append(
                LabelledFile(
                    row: index + 1, path: directory + "/" + fields[file], split: fields[split],
                    isPneumonia: fields[label] == "1", patientGroup: fields[group]))
        }
        return rows
    }
}
