import Evaluation
import Foundation
import Gateway

/// Predicts labelled pictures, and gathers those that a report shows.
struct EvaluationGallery {
    private let data: String
    private let prediction: Prediction
    /// Where each positive case's evidence lies, by the row of its label: a few numbers a picture.
    private var positives: [Int: (score: Double, share: ThoraxMask.Share)] = [:]
    private var negativeScores: [Double] = []

    /// The scores of all cases.
    var scores: EvaluationReport.Scores {
        .init(positive: positives.values.map(\.score), negative: negativeScores)
    }

    /// Side of the square on which lungs are looked for.
    private static let maskSide = 96
    /// Longer side of a small picture in a report.
    private static let thumbnailSide = 176

    init(data: String, prediction: Prediction) {
        self.data = data
        self.prediction = prediction
    }

    /// Writes `file,score` for every label that takes part. A picture that cannot be read is counted; any refuses the
    /// evaluation, because leaving it out would flatter.
    mutating func predict(labels: String, source: CaseSource, to path: String) throws {
        var text = "file,score\n"
        var (failures, first) = (0, [Int]())
        try source.forEachLabel(DelimitedRows(.labels, path: labels)) { row, key, truth in
            do {
                let seen = try prediction.look(Files.read(try file(key)))
                text += "\(EvaluationReport.quoted(key)),\(seen.probabilities[0])\n"
                guard truth == 1 else {
                    negativeScores.append(seen.probabilities[0])
                    return
                }
                let mask = ThoraxMask(seen.grid(side: Self.maskSide), side: Self.maskSide)
                positives[row] = (
                    seen.probabilities[0], mask.share(of: seen.evidence, rows: seen.rows, columns: seen.columns)
                )
            } catch {
                failures += 1
                if first.count < 5 { first.append(row) }
            }
        }
        guard failures == 0 else {
            throw Complaint(
                "\(failures) pictures cannot be predicted (labels, rows \(first.map { String($0) }.joined(separator: ", ")))"
                    + "; try cxrgate predict on them, or leave them out of the labels",
                code: CommandExit.badData.rawValue)
        }
        try Files.write(Array(text.utf8), to: path)
    }

    /// A file below the data folder.
    private func file(_ key: String) throws -> String {
        guard !key.hasPrefix("/"), !key.split(separator: "/").contains("..") else {
            throw Complaint("a label names a file outside the data folder", code: CommandExit.badData.rawValue)
        }
        return "\(data)/\(key)"
    }

    /// The worst errors and a sheet of true positives, and where all true positives' evidence lies.
    func pictures(
        of result: EvaluationResult, labels: String, source: CaseSource, isWanted: Bool
    ) throws -> (pictures: EvaluationPictures, saliency: SaliencyFigures) {
        let truePositives = positives.filter { $0.value.score >= result.threshold ?? 0.5 }.keys.sorted()
        let saliency = SaliencyFigures(truePositives.compactMap { positives[$0]?.share })
        guard isWanted else { return (EvaluationPictures(), saliency) }
        let sheet = EvaluationPictures.spread(truePositives, count: EvaluationLimits.contactSheet)
        let wanted = Set(sheet + result.worstErrors.map(\.labelRow))
        var shown: [Int: EvaluationPictures.Picture] = [:]
        try source.forEachLabel(DelimitedRows(.labels, path: labels)) { row, key, _ in
            guard wanted.contains(row) else { return }
            let seen = try prediction.look(Files.read(try file(key)))
            let small = seen.thumbnail(longest: Self.thumbnailSide)
            shown[row] = EvaluationPictures.Picture(
                labelRow: row, score: seen.probabilities[0], png: small.png, rows: small.rows, columns: small.columns,
                heat: seen.evidence.map { $0 / seen.fullScale }, heatRows: seen.rows, heatColumns: seen.columns)
        }
        let pictures = EvaluationPictures(
            worst: result.worstErrors.compactMap { error in shown[error.labelRow].map { (error, $0) } },
            sheet: sheet.compactMap { shown[$0] })
        return (pictures, saliency)
    }
}
