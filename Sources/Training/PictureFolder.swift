import Foundation

/// One labelled picture of a data folder, before it is decoded.
public struct DataItem: Sendable, Hashable {
    /// Below the folder.
    public let file: String
    public let label: String
    /// Of its patient; `nil` where nothing says it.
    public var group: String?
    public let split: String
    /// All fields of its row, where the folder has a table.
    public let fields: [String]
}

/// The pictures of a data folder: those that a label table names, or all files of known kinds, where the folder that a
/// file lies in is its class.
public struct PictureFolder: Sendable {
    public let path: String
    /// The table's heading; empty without a table.
    public let header: [String]
    public var items: [DataItem]

    /// Endings of files that are taken from a folder without a table.
    static let endings: Set<String> = ["jpg", "jpeg", "png", "dcm", "dicom"]
    /// A folder with more is not one that fits into memory for training.
    static let mostFiles = 2_000_000

    /// - Parameters:
    ///   - table: name of the label table in the folder; where it is absent, the folders are the classes.
    ///   - label: the table's column with the class.
    ///   - groupPattern: a regular expression with one group; what it finds in a file's name is the patient.
    public init(
        _ path: String, table: String = "labels.csv", label: String = "pneumonia", groupPattern: String? = nil
    ) throws(TrainingError) {
        self.path = path
        let tablePath = URL(fileURLWithPath: path).appendingPathComponent(table)
        if let data = try? Data(contentsOf: tablePath) {
            guard let csv = CSVTable(String(decoding: data, as: UTF8.self)) else { throw .noLabels }
            header = csv.header
            items = try PictureFolder.items(csv, label: label)
        } else {
            header = []
            items = try PictureFolder.walk(path)
        }
        guard !items.isEmpty else { throw .noLabels }
        if let groupPattern { try group(groupPattern) }
    }

    private static func items(_ table: CSVTable, label: String) throws(TrainingError) -> [DataItem] {
        guard let file = table.column("file"), let label = table.column(label) else { throw .badRow(row: 1) }
        let (group, split) = (table.column("patient_group"), table.column("split"))
        var items: [DataItem] = []
        for (number, fields) in table.rows {
            guard fields.count == table.header.count, LabelTable.isBeneath(fields[file]) else {
                throw .badRow(row: number)
            }
            let name = group.map { fields[$0] } ?? ""
            items.append(
                DataItem(
                    file: fields[file], label: fields[label], group: name.isEmpty ? nil : name,
                    split: split.map { fields[$0] } ?? "", fields: fields))
        }
        return items
    }

    /// Files in the order of their names, so that the same folder gives the same table. Links are not followed.
    private static func walk(_ path: String) throws(TrainingError) -> [DataItem] {
        guard let walker = FileManager.default.enumerator(atPath: path) else { throw .noLabels }
        var names: [String] = []
        while let name = walker.nextObject() as? String {
            guard endings.contains((name as NSString).pathExtension.lowercased()),
                walker.fileAttributes?[.type] as? FileAttributeType == .typeRegular
            else { continue }
            names.append(name)
            guard names.count <= mostFiles else { throw .tooFewPictures }
        }
        return names.sorted().map { name in
            let folders = name.split(separator: "/").dropLast()
            let split = folders.count > 1 ? String(folders.first ?? "") : ""
            return DataItem(
                file: name, label: folders.last.map(String.init) ?? "", group: nil, split: split, fields: [])
        }
    }

    private mutating func group(_ pattern: String) throws(TrainingError) {
        guard let expression = try? NSRegularExpression(pattern: pattern), expression.numberOfCaptureGroups == 1 else {
            throw .badConfiguration(problems: ["group-pattern: a regular expression with one group is wanted"])
        }
        for index in items.indices {
            let name = items[index].file.split(separator: "/").last.map(String.init) ?? ""
            let whole = NSRange(name.startIndex..., in: name)
            guard let match = expression.firstMatch(in: name, range: whole),
                let range = Range(match.range(at: 1), in: name)
            else { continue }
            items[index].group = String(name[range])
        }
    }

    /// The table with other splits: every column as it was, or a new table where there was none.
    public func table(splits: [String], labels: [String], labelColumn: String) -> String {
        let base = header.isEmpty ? ["file", "split", labelColumn, "patient_group"] : header
        let added = ["split", "patient_group", labelColumn].filter { !base.contains($0) }
        let heading = base + added
        var text = heading.map(CSVTable.quoted).joined(separator: ",") + "\n"
        for (index, item) in items.enumerated() {
            let own: [String: String] = [
                "file": item.file, "split": splits[index], labelColumn: labels[index],
                "patient_group": item.group ?? "row-\(index + 2)",
            ]
            let fields = heading.enumerated().map { place, name in
                own[name] ?? (place < item.fields.count ? item.fields[place] : "")
            }
            text += fields.map(CSVTable.quoted).joined(separator: ",") + "\n"
        }
        return text
    }
}
