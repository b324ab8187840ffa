import Explanation
import ModelCard
import Passage
import Radiography

extension Prediction {
    /// Looks at a file as the daemon would, and keeps what explains the first finding.
    ///
    /// - Parameter file: a DICOM file, a baseline JPEG or a PNG.
    public func look(_ file: [UInt8]) throws -> PredictedPicture {
        let picture = try picture(file)
        let (findings, run) = try classifier.classify(picture, remarks: [])
        let evidence = try GradCAM.evidence(in: run, logit: 0, layer: card.explanationLayer)
        return PredictedPicture(
            probabilities: findings.findings.map(\.probability), rows: evidence.shape[0],
            columns: evidence.shape[1], evidence: evidence.values, fullScale: card.explanationFullScale,
            picture: picture)
    }
}

/// What a model said of a picture, and where it looked.
public struct PredictedPicture: Sendable {
    /// One for each label of the model; 0…1.
    public let probabilities: [Double]
    /// The explanation's grid, laid over the whole picture.
    public let rows: Int
    public let columns: Int
    /// Grad-CAM evidence in logits, `[rows][columns]`, negative parts included.
    public let evidence: [Float]
    /// Evidence that a heat map shows at full scale.
    public let fullScale: Float
    let picture: Picture

    /// The picture squashed to a square, its percentiles spread over 0…1; `[side][side]`.
    public func grid(side: Int) -> [Float] {
        PixelPipeline.networkInput(picture, width: side, height: side, mean: 0, std: 1)
    }

    /// A small PNG of the picture, its longer side `longest` pixels.
    public func thumbnail(longest: Int) -> (png: [UInt8], rows: Int, columns: Int) {
        let scale = Double(longest) / Double(max(picture.rows, picture.columns))
        let rows = max(1, Int((Double(picture.rows) * scale).rounded()))
        let columns = max(1, Int((Double(picture.columns) * scale).rounded()))
        let gray = PixelPipeline.networkInput(picture, width: columns, height: rows, mean: 0, std: 1)
        let png = PNGEncoder.encode(rows: rows, columns: columns, gray8: gray.map { UInt8($0 * 255 + 0.5) })
        return (png, rows, columns)
    }
}
