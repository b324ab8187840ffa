import DICOMToolkit
import Radiography

/// A picture outside DICOM: baseline JPEG, or PNG of 8 bits.
public struct PictureFile: Sendable {
    public let rows: Int
    public let columns: Int
    /// Gray, row by row, 0…255.
    public let gray8: [UInt8]

    /// Reads a file whose first bytes say that it is a JPEG or a PNG; `nil` for anything else. Throws if it is damaged.
    public init?(_ file: [UInt8]) throws {
        if file.starts(with: [0xFF, 0xD8]) {
            let image = try JPEGFile.decodeGray(file)
            (rows, columns, gray8) = (image.rows, image.columns, image.samples)
        } else if file.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            let image = try PNGDecoder.decode(file)
            (rows, columns, gray8) = (image.rows, image.columns, image.gray8)
        } else {
            return nil
        }
    }
}
