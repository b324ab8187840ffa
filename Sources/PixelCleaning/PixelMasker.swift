import DICOMCore

/// Covers boxes of a frame for good: the pixels below them are gone.
public enum PixelMasker {
    /// Fills the boxes with the ground of the image in uncompressed little-endian samples of one frame.
    ///
    /// The ground is the Pixel Padding Value where the header declares one, else the stored value that is shown darkest
    /// of those that occur; black in colour. Throws `unsupportedPixels`.
    public static func mask(
        _ boxes: [PixelBox], in samples: inout [UInt8], geometry: PixelGeometry, header: DataSet
    ) throws(PixelCleaningError) {
        let width = geometry.bitsAllocated / 8
        let pixels = geometry.rows * geometry.columns
        guard width == 1 || width == 2, [1, 3].contains(geometry.samplesPerPixel),
            geometry.samplesPerPixel == 1 || width == 1,
            samples.count >= pixels * width * geometry.samplesPerPixel
        else { throw .unsupportedPixels }
        let isPlanar = geometry.samplesPerPixel == 3 && header.uint16(.planarConfiguration) == 1
        let fill = geometry.samplesPerPixel == 1 ? ground(samples, geometry, header) : 0
        for box in boxes.map({ $0.grown(by: 0, rows: geometry.rows, columns: geometry.columns) }) where !box.isEmpty {
            for row in box.top..<box.bottom {
                for column in box.left..<box.right {
                    let pixel = row * geometry.columns + column
                    if geometry.samplesPerPixel == 3 {
                        for channel in 0..<3 {
                            let isChroma = geometry.photometricInterpretation.hasPrefix("YBR") && channel > 0
                            samples[isPlanar ? channel * pixels + pixel : pixel * 3 + channel] = isChroma ? 128 : 0
                        }
                    } else if width == 2 {
                        samples[pixel * 2] = UInt8(fill & 255)
                        samples[pixel * 2 + 1] = UInt8(fill >> 8)
                    } else {
                        samples[pixel] = UInt8(fill & 255)
                    }
                }
            }
        }
    }

    /// The cell, as it is stored, that stands for nothing.
    private static func ground(_ samples: [UInt8], _ geometry: PixelGeometry, _ header: DataSet) -> Int {
        let cell = SampleCell(geometry)
        let mask = cell.count - 1
        if let padding = header.uint16(.pixelPaddingValue) { return (Int(padding) & mask) << cell.shift }
        let counts = PixelLoops.sampledCounts(samples, cell, pixels: geometry.rows * geometry.columns)
        let present = counts.indices.filter { counts[$0] > 0 }
        func value(_ code: Int) -> Int { cell.isSigned && code >= cell.count / 2 ? code - cell.count : code }
        let isInverted =
            geometry.photometricInterpretation == "MONOCHROME1" || header.text(.presentationLUTShape) == "INVERSE"
        let darkest =
            isInverted
            ? present.max { value($0) < value($1) } : present.min { value($0) < value($1) }
        return (darkest ?? 0) << cell.shift
    }
}
