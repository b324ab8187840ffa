import ArgumentParser
import DICOMCore
import DICOMStream
import Foundation
import Gateway
import Radiography
import Training

/// What `data stats` and `data split` read.
struct DataFolderOptions: ParsableArguments {
    @Argument(help: "Folder of JPEG, PNG or DICOM files, with or without a label table.") var folder: String
    @Option(name: .long, help: "Label table (CSV) in the folder; without it the folders are the classes.")
    var labels = "labels.csv"
    @Option(name: .long, help: "Column with the class.") var label = "pneumonia"
    @Option(
        name: .long,
        help: "Regular expression with one group that finds the patient in a file's name, e.g. '(person[0-9]+)_'.")
    var groupPattern: String?
    @Flag(name: .long, help: "Answer in JSON, for machines.") var json = false

    /// Reads the folder and every picture in it. DICOM files without another patient get a number for theirs.
    func survey(_ each: (Int, DataItem, PictureSurvey?) -> Void) throws -> PictureFolder {
        var pictures = try PictureFolder(folder, table: labels, label: label, groupPattern: groupPattern)
        let reader = PictureReader(executable: Executable.path)
        var numbers: [String: Int] = [:]
        for index in pictures.items.indices {
            var survey: PictureSurvey?
            do {
                let bytes = try Files.read("\(folder)/\(pictures.items[index].file)")
                survey = try PictureSurvey(try reader.picture(bytes))
                if pictures.items[index].group == nil, let patient = Self.patient(bytes) {
                    // The table shall not hold the patient's id.
                    pictures.items[index].group = "dicom-\(numbers[patient, default: numbers.count + 1])"
                    numbers[patient] = numbers[patient] ?? numbers.count + 1
                }
            } catch {
                survey = nil
            }
            each(index, pictures.items[index], survey)
        }
        return pictures
    }

    private static func patient(_ bytes: [UInt8]) -> String? {
        guard let contents = try? Part10.read(bytes),
            let dataSet = try? DataSetParser.parse(
                Array(contents.dataSetBytes), transferSyntax: contents.transferSyntax),
            let id = dataSet.text(.patientID), !id.isEmpty
        else { return nil }
        return id
    }

    /// Runs `body`; what is wrong with the folder or the options decides the exit code.
    static func complaining(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as TrainingError {
            throw Complaint("\(error)", code: error.exit.rawValue)
        }
    }
}

extension DataCommand {
    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count and measure the pictures of a folder: classes, sizes, gray levels, what is there twice.",
            discussion: """
                Examples:
                  cxrgate data stats kermany
                  cxrgate data stats pictures/ --csv stats.csv --json
                """)
        @OptionGroup var source: DataFolderOptions
        @Option(name: .long, help: "Also write one line for each class to this CSV file.") var csv: String?

        func run() async throws {
            try await complaining {
                try DataFolderOptions.complaining {
                    var survey = DataSurvey()
                    _ = try source.survey { index, item, picture in
                        if let picture { survey.add(item, picture) } else { survey.addUnreadable(place: index + 1) }
                    }
                    if let csv { try Files.write(Array(survey.csv.utf8), to: csv) }
                    let value = Self.value(survey)
                    print(source.json ? Options.text(of: value) : Self.text(survey, value))
                    if !survey.unreadable.isEmpty {
                        throw Complaint(
                            "\(survey.unreadable.count) of the files cannot be decoded; places in the order of the "
                                + "table or of names: \(survey.unreadable.prefix(20).map(String.init).joined(separator: ", "))",
                            code: CommandExit.badData.rawValue)
                    }
                }
            }
        }

        private static func value(_ survey: DataSurvey) -> JSONValue {
            func figures(_ part: DataSurvey.Part) -> JSONValue {
                .object(
                    Dictionary(part.figures.map { ($0.name, $0.value.map { JSONValue.number($0) } ?? .null) }) { $1 })
            }
            let twice = survey.duplicates
            return .object([
                "all": figures(survey.all), "classes": .object(survey.byClass.mapValues(figures)),
                "splits": .object(survey.bySplit.mapValues { .number($0) }),
                "withoutPatient": .number(survey.withoutPatient),
                "unreadable": .array(survey.unreadable.map { .number($0) }),
                "duplicates": .object([
                    "sets": .number(twice.sets), "acrossSplits": .number(twice.acrossSplits),
                    "acrossLabels": .number(twice.acrossLabels), "acrossPatients": .number(twice.acrossPatients),
                ]),
            ])
        }

        private static func text(_ survey: DataSurvey, _ value: JSONValue) -> String {
            let columns = [
                "class", "pictures", "patients", "rows_median", "columns_median", "gray_mean", "gray_deviation",
                "black_part",
            ]
            func row(_ name: String, _ part: DataSurvey.Part) -> JSONValue {
                let figures = part.figures.map { figure in
                    (figure.name, figure.value.map { JSONValue.number(($0 * 1000).rounded() / 1000) } ?? .null)
                }
                return .object(Dictionary(figures) { $1 }.merging(["class": .string(name)]) { $1 })
            }
            let rows =
                survey.byClass.sorted { $0.key < $1.key }.map { row($0.key.isEmpty ? "(none)" : $0.key, $0.value) }
                + [row("(all)", survey.all)]
            let duplicates = value["duplicates"]
            return Table.text(rows, columns: columns, nothing: "no pictures") + "\n"
                + Table.list(value, ["splits", "withoutPatient"]) + "\n"
                + Table.list(duplicates, ["sets", "acrossSplits", "acrossLabels", "acrossPatients"])
        }
    }

    struct Split: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Divide pictures into training, validation and test: by patient, and equal pictures together.",
            discussion: """
                Writes a label table for cxrgate train. No patient, and no picture (by its decoded pixels), is in two parts; \
                shares are exact as far as that allows, for each class.

                Examples:
                  cxrgate data split kermany --shares train=0.8,validation=0.1,test=0.1 --seed 7 --output split.csv
                  cxrgate data split pictures --positive PNEUMONIA --group-pattern '^(p[0-9]+)' --output split.csv
                  cxrgate train --data pictures --set data.labels=split.csv --set data.label=label
                """)
        @OptionGroup var source: DataFolderOptions
        @Option(name: .long, help: "Parts and their shares, which add up to 1.")
        var shares = "train=0.8,validation=0.1,test=0.1"
        @Option(name: .long, help: "Same seed, same parts.") var seed: UInt64 = 1
        @Option(name: .long, help: "Name of the table to write into the folder.") var output = "split.csv"
        @Option(name: .long, help: "The class that is written as 1, all others as 0, into the column label.")
        var positive: String?

        func run() async throws {
            try await complaining {
                try DataFolderOptions.complaining { try split() }
            }
        }

        private func split() throws {
            let parts = try self.parts()
            guard !output.contains("/"), !output.isEmpty, output != source.labels else {
                throw ValidationError("--output is a new name in the folder; \(source.labels) is not overwritten")
            }
            var prints: [[UInt8]] = []
            var unreadable = 0
            let folder = try source.survey { index, _, picture in
                if picture == nil { unreadable += 1 }
                prints.append(picture?.sha256 ?? Array("\(index)".utf8))
            }
            guard unreadable == 0 else {
                throw Complaint(
                    "\(unreadable) of the files cannot be decoded; cxrgate data stats says which",
                    code: CommandExit.badData.rawValue)
            }
            let classes = Set(folder.items.map(\.label)).sorted()
            if let positive, !classes.contains(positive) {
                throw Complaint("no picture is of the class of --positive", code: CommandExit.badData.rawValue)
            }
            let groups = folder.items.enumerated().map { $0.element.group ?? "row-\($0.offset + 2)" }
            let deal = PatientDeal(
                groups: groups, fingerprints: prints,
                labels: folder.items.map { classes.firstIndex(of: $0.label) ?? 0 },
                shares: parts.map(\.share), seed: seed)
            let labels = folder.items.map { item in positive.map { item.label == $0 ? "1" : "0" } ?? item.label }
            let table = folder.table(
                splits: deal.part.map { parts[$0].name }, labels: labels,
                labelColumn: positive != nil || folder.header.isEmpty ? "label" : source.label)
            try Files.write(Array(table.utf8), to: "\(source.folder)/\(output)")
            answer(folder, deal, parts, groups)
        }

        private func parts() throws -> [(name: String, share: Double)] {
            let parts = shares.split(separator: ",").map { part -> (name: String, share: Double) in
                let words = part.split(separator: "=").map(String.init)
                return (words.first ?? "", words.count == 2 ? Double(words[1]) ?? .nan : .nan)
            }
            let sum = parts.reduce(0) { $0 + $1.share }
            guard parts.count >= 2, Set(parts.map(\.name)).count == parts.count,
                parts.allSatisfy({ $0.share > 0 && $0.share < 1 && !$0.name.isEmpty }), abs(sum - 1) < 1e-6
            else { throw ValidationError("--shares is like train=0.8,validation=0.2; the shares add up to 1") }
            return parts
        }

        private func answer(
            _ folder: PictureFolder, _ deal: PatientDeal, _ parts: [(name: String, share: Double)], _ groups: [String]
        ) {
            let rows = parts.enumerated().map { number, part in
                let own = deal.part.indices.filter { deal.part[$0] == number }
                return JSONValue.object([
                    "part": .string(part.name), "pictures": .number(own.count),
                    "share": .number((Double(own.count) / Double(max(1, deal.part.count)) * 10_000).rounded() / 10_000),
                    "patients": .number(Set(own.map { groups[$0] }).count),
                    "classes": .object(
                        Dictionary(grouping: own) { folder.items[$0].label }.mapValues { .number($0.count) }),
                ])
            }
            let unknown = folder.items.count { $0.group == nil }
            if unknown > 0 {
                FileHandle.standardError.write(
                    Foundation.Data(
                        ("cxrgate: nothing says the patient of \(unknown) pictures; each counts as one. "
                            + "See --group-pattern, or a column patient_group\n").utf8))
            }
            print(
                source.json
                    ? Options.text(of: .array(rows))
                    : Table.text(rows, columns: ["part", "pictures", "share", "patients", "classes"], nothing: ""))
        }
    }
}
