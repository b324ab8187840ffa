/// A radiograph as a person would see it: gray values between black and white, dense tissue bright.
///
/// Values are row-major `[rows][columns]`, 0 (black) … 1 (white), on a grid of 1/65536 when made by `PixelPipeline`:
/// on that grid `1 − x` is exact, so that one picture stored as MONOCHROME1 and as MONOCHROME2 gives equal bits.
public struct Picture: Hashable, Sendable {
    public let rows: Int
    public let columns: Int
    /// `[rows][columns]`, 0…1.
    public let values: [Float]
    /// The stored polarity was turned (MONOCHROME1, or Presentation LUT Shape INVERSE).
    public let wasInverted: Bool
    /// What the header said that could not be followed.
    public let remarks: Set<PictureRemark>
    /// Counts over all pixels that are not padding.
    public let facts: PictureFacts

    /// Takes values of any source, e.g. a photograph of a film, clamped to 0…1.
    public init(rows: Int, columns: Int, values: [Float]) throws(RadiographyError) {
        try Picture.check(rows: rows, columns: columns)
        guard values.count == rows * columns else {
            throw .pixelDataTooShort(expected: rows * columns, actual: values.count)
        }
        let clamped = values.map { $0 >= 0 ? min($0, 1) : 0 }
        self.init(
            rows: rows, columns: columns, values: clamped, wasInverted: false, remarks: [],
            facts: PictureFacts(bins: PixelKernels.levelCounts(clamped)))
    }

    /// Takes 8-bit gray, 0 black.
    public init(rows: Int, columns: Int, gray8: [UInt8]) throws(RadiographyError) {
        try self.init(rows: rows, columns: columns, values: gray8.map { Float($0) / 255 })
    }

    init(
        rows: Int, columns: Int, values: [Float], wasInverted: Bool, remarks: Set<PictureRemark>, facts: PictureFacts
    ) {
        self.rows = rows
        self.columns = columns
        self.values = values
        self.wasInverted = wasInverted
        self.remarks = remarks
        self.facts = facts
    }

    /// The picture in 8 bits, 0 black, 255 white.
    public var gray8: [UInt8] { values.map { UInt8($0 * 255 + 0.5) } }

    static func check(rows: Int, columns: Int) throws(RadiographyError) {
        guard rows > 0, columns > 0, rows <= 65535, columns <= 65535,
            rows * columns <= RadiographyLimits.maximumPixels
        else { throw .pictureSize(rows: rows, columns: columns) }
    }
}

/// Where a header contradicts its pixels or itself, and what was done instead.
public enum PictureRemark: String, Sendable, Hashable, CaseIterable {
    /// The window or VOI LUT would have shown one gray level only; the full range was taken.
    case windowIgnored
    /// Rescale slope or intercept was zero or no number; the stored values were taken.
    case rescaleIgnored
    /// A lookup table had no usable descriptor or data; it was left out.
    case lookupTableIgnored
    /// Every pixel was padding by the header; padding was not believed.
    case paddingIgnored
}
