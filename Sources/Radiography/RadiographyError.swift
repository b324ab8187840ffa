/// Why pixels cannot become a picture, or a picture cannot be drawn on. Carries numbers of the format only, never a
/// value of a patient.
public enum RadiographyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Fewer bytes than rows × columns × samples of the first frame.
    case pixelDataTooShort(expected: Int, actual: Int)
    /// Bits Allocated other than 8 or 16.
    case unsupportedBitsAllocated(Int)
    /// A Photometric Interpretation that is neither gray, RGB nor YBR_FULL.
    case unsupportedPhotometricInterpretation
    /// More pixels than `RadiographyLimits.maximumPixels`, or none.
    case pictureSize(rows: Int, columns: Int)
    /// A heat map without cells, or with another number of values than rows × columns.
    case malformedHeatMap(rows: Int, columns: Int, values: Int)
    /// The embedded font cannot be read: a damaged build.
    case damagedFont
    /// Bytes that are not a PNG file of the supported kinds.
    case unreadablePNG

    /// A stable code for logs and documents.
    public var code: String {
        switch self {
        case .pixelDataTooShort: "RAD-001"
        case .unsupportedBitsAllocated: "RAD-002"
        case .unsupportedPhotometricInterpretation: "RAD-003"
        case .pictureSize: "RAD-004"
        case .malformedHeatMap: "RAD-005"
        case .damagedFont: "RAD-006"
        case .unreadablePNG: "RAD-007"
        }
    }

    public var description: String {
        switch self {
        case .pixelDataTooShort(let expected, let actual):
            "\(code) pixel data holds \(actual) bytes, one frame needs \(expected); ask the sender for the whole object"
        case .unsupportedBitsAllocated(let bits):
            "\(code) \(bits) bits allocated; radiographs have 8 or 16"
        case .unsupportedPhotometricInterpretation:
            "\(code) this photometric interpretation is not one of a radiograph; the image is not eligible"
        case .pictureSize(let rows, let columns):
            "\(code) a picture of \(rows) × \(columns) is empty or above the limit; the image is not eligible"
        case .malformedHeatMap(let rows, let columns, let values):
            "\(code) a heat map of \(rows) × \(columns) with \(values) values; check the model's explanation layer"
        case .damagedFont:
            "\(code) the embedded font cannot be read; install the program again"
        case .unreadablePNG:
            "\(code) not a PNG file with 8 or 16 bits of gray or 8 bits of RGB; convert the file"
        }
    }
}

/// The quantities that bound this module, each with its reason.
public enum RadiographyLimits {
    /// The largest detectors have about 4300 × 4300 pixels; four times that many still fit in memory as floats.
    public static let maximumPixels = 80_000_000
    /// Explanation layers have 7 to 64 cells a side; the outline of a much finer map would take long to draw.
    public static let maximumHeatMapSide = 512
    /// A structured report with more regions than this is not read by anybody; the largest are kept.
    public static let maximumRegions = 4
    /// A region smaller than this part of the picture is noise of the explanation layer's grid.
    public static let minimumRegionFraction: Float = 0.001
    /// Vertices of one region; an explanation layer has at most a few hundred cells along its outline.
    public static let maximumVertices = 200
}
