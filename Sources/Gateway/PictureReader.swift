import DICOMCore
import DICOMStream
import DICOMToolkit
import Radiography

/// Reads a picture from a file as the daemon does: the same decoders (in their sandbox), the same pixel pipeline.
/// Prediction, training and evaluation look through it, so that they see the same bits.
public struct PictureReader: Sendable {
    private let executable: String

    /// Takes the path of this program, which decodes compressed DICOM pixels in a process of its own.
    public init(executable: String) { self.executable = executable }

    /// - Parameter file: a DICOM file, a baseline JPEG or a PNG.
    public func picture(_ file: [UInt8]) throws -> Picture {
        if let image = try PictureFile(file) {
            return try Picture(rows: image.rows, columns: image.columns, gray8: image.gray8)
        }
        let contents = try Part10.read(file)
        let syntax = contents.transferSyntax
        let dataSet = try DataSetParser.parse(Array(contents.dataSetBytes), transferSyntax: syntax)
        guard let geometry = PixelGeometry(dataSet), let pixels = dataSet[.pixelData]?.bytes else {
            throw GatewayError.badRequest("the file is not an image")
        }
        let samples =
            syntax.isEncapsulated
            ? try CodecWorker.decode(
                frame: pixels, transferSyntax: syntax, geometry: geometry, executable: executable,
                arguments: ["role", "codec"]) : pixels
        return try PixelPipeline.picture(native: samples, geometry: geometry, header: dataSet)
    }
}
