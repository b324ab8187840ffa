/// What a header says about its pixels.
///
/// Source: PS3.3 C.7.6.3 (Image Pixel).
public struct PixelGeometry: Hashable, Sendable {
    public var rows: Int
    public var columns: Int
    public var frames: Int
    public var samplesPerPixel: Int
    public var bitsAllocated: Int
    public var bitsStored: Int
    public var highBit: Int
    /// Two's complement samples (Pixel Representation = 1).
    public var isSigned: Bool
    /// `MONOCHROME1`, `MONOCHROME2`, `RGB`, …
    public var photometricInterpretation: String

    public init(
        rows: Int, columns: Int, frames: Int = 1, samplesPerPixel: Int = 1, bitsAllocated: Int, bitsStored: Int,
        highBit: Int, isSigned: Bool, photometricInterpretation: String
    ) {
        self.rows = rows
        self.columns = columns
        self.frames = frames
        self.samplesPerPixel = samplesPerPixel
        self.bitsAllocated = bitsAllocated
        self.bitsStored = bitsStored
        self.highBit = highBit
        self.isSigned = isSigned
        self.photometricInterpretation = photometricInterpretation
    }

    /// Reads the Image Pixel attributes; `nil` if a mandatory one is missing or impossible.
    public init?(_ header: DataSet) {
        guard let rows = header.uint16(.rows), let columns = header.uint16(.columns), rows > 0, columns > 0,
            let allocated = header.uint16(.bitsAllocated), [8, 16, 32].contains(allocated),
            let photometric = header.text(.photometricInterpretation)
        else { return nil }
        let stored = header.uint16(.bitsStored) ?? allocated
        let highBit = header.uint16(.highBit) ?? (stored &- 1)
        guard stored >= 1, stored <= allocated, highBit < allocated, highBit + 1 >= stored else { return nil }
        let frames = header.text(.numberOfFrames).flatMap { Int($0) } ?? 1
        let samples = Int(header.uint16(.samplesPerPixel) ?? 1)
        guard frames >= 1, samples >= 1, samples <= 4 else { return nil }
        self.init(
            rows: Int(rows), columns: Int(columns), frames: frames, samplesPerPixel: samples,
            bitsAllocated: Int(allocated), bitsStored: Int(stored), highBit: Int(highBit),
            isSigned: header.uint16(.pixelRepresentation) == 1, photometricInterpretation: photometric)
    }

    /// Bytes of the uncompressed pixel data, without padding. `nil` if the product overflows.
    public var byteCount: Int? {
        var product = rows
        for factor in [columns, frames, samplesPerPixel, bitsAllocated / 8] {
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            if overflow { return nil }
            product = next
        }
        return product
    }
}
