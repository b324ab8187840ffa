import Foundation
import Inference
import ModelCard
import Radiography

/// Calibrates what is judged from the image alone, on a folder of training radiographs: `labels.csv` with the columns
/// `file`, `split` and `patient_group`, as training has it. Only rows of the split `train` are read; of the patient groups
/// in it one of five sets the bounds, by a hash of its name.
public struct TrustStation: Sendable {
    private let classifier: Classifier

    public init() throws { classifier = try Classifier(.builtIn()) }

    /// What calibration made, and what the other pictures of a folder come to under it.
    public struct Answer: Sendable {
        public let profile: [UInt8]
        public let summary: JSONValue
    }

    /// - Parameter progress: called with the number of pictures done and in all.
    public func calibrate(folder: String, progress: (Int, Int) -> Void) throws -> Answer {
        let rows = try Self.rows(folder)
        var calibration = TrustCalibration()
        for (index, row) in rows.enumerated() {
            let file = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(row.file)")))
            guard let image = try PictureFile(file) else {
                throw GatewayError.badRequest("row \(row.number) is no picture")
            }
            let picture = try Picture(rows: image.rows, columns: image.columns, gray8: image.gray8)
            let seen = try classifier.look(picture)
            calibration.add(
                input: seen.input, width: classifier.card.input.width, height: classifier.card.input.height,
                features: seen.features, isHeldOut: row.isHeldOut)
            progress(index + 1, rows.count)
        }
        guard let profile = calibration.profile(modelHash: classifier.card.sha256) else {
            throw GatewayError.badRequest("calibration wants 300 training radiographs at least")
        }
        return Answer(
            profile: Array(try JSONEncoder.sorted.encode(profile)),
            summary: .object([
                "model": .string(classifier.card.title), "images": .number(profile.images),
                "heldOut": .number(profile.heldOut), "farBound": .number(Double(profile.farBound)),
            ]))
    }

    private struct LabelRow {
        let number: Int
        let file: String
        let isHeldOut: Bool
    }

    private static func rows(_ folder: String) throws -> [LabelRow] {
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(folder)/labels.csv")), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first, let file = header.firstIndex(of: "file"),
            let split = header.firstIndex(of: "split"), let group = header.firstIndex(of: "patient_group")
        else { throw GatewayError.badRequest("labels.csv wants the columns file, split and patient_group") }
        return try lines.enumerated().dropFirst().compactMap { index, fields in
            guard fields.count == header.count, !fields[file].hasPrefix("/"),
                !fields[file].split(separator: "/").contains("..")
            else { throw GatewayError.badRequest("labels.csv, row \(index + 1): not as its heading says") }
            guard fields[split] == "train" else { return nil }
            // FNV-1a of the group's name.
            let hash = fields[group].utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
            return LabelRow(number: index + 1, file: fields[file], isHeldOut: (hash >> 8) % 5 == 0)
        }
    }
}
