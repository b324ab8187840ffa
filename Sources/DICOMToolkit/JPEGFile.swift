import DICOMCore

/// JPEG files of the plain kinds (baseline or progressive, 8 bits), as training sets have them. Not DICOM.
public enum JPEGFile {
    /// Decodes to 8-bit gray with the codec that also decodes JPEG Baseline objects; colour becomes its luminance
    /// (ITU-R BT.601, in the integer arithmetic that image libraries share).
    ///
    /// - Returns: samples `[rows, columns]`.
    /// - Throws: `unsupportedTransferSyntax` for other kinds of JPEG, `frameTooLarge`, `decodingFailed`.
    public static func decodeGray(_ bytes: [UInt8]) throws(ToolkitError) -> (rows: Int, columns: Int, samples: [UInt8])
    {
        guard let header = JPEGHeader(bytes) else { throw .decodingFailed }
        let transferSyntaxes: [UInt8: TransferSyntax] = [0xC0: .jpegBaseline, 0xC2: .jpegProgressive]
        guard let transferSyntax = transferSyntaxes[header.process], header.precision == 8,
            header.components == 1 || header.components == 3
        else { throw .unsupportedTransferSyntax }
        let geometry = PixelGeometry(
            rows: header.rows, columns: header.columns, samplesPerPixel: header.components, bitsAllocated: 8,
            bitsStored: 8, highBit: 7, isSigned: false,
            photometricInterpretation: header.components == 1 ? "MONOCHROME2" : "YBR_FULL")
        let samples = try FrameDecoder.decode(
            frame: encapsulated(bytes), transferSyntax: transferSyntax, geometry: geometry)
        if header.components == 1 { return (header.rows, header.columns, samples) }
        var gray = [UInt8](repeating: 0, count: header.rows * header.columns)
        for index in gray.indices {
            let red = UInt32(samples[3 * index])
            let green = UInt32(samples[3 * index + 1])
            let blue = UInt32(samples[3 * index + 2])
            gray[index] = UInt8((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16)
        }
        return (header.rows, header.columns, gray)
    }

    /// The file as one fragment behind an empty Basic Offset Table (PS3.5 A.4).
    static func encapsulated(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0]
        let even = bytes.count + bytes.count % 2
        result.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: even >> (8 * $0)) })
        result.append(contentsOf: bytes)
        if even != bytes.count { result.append(0) }
        result.append(contentsOf: [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0])
        return result
    }
}
