/// Why pixels could not be cleaned. Carries no value of a patient.
public enum PixelCleaningError: String, Error, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case damagedFont = "PIX-001"
    case maskTable = "PIX-002"
    case malformedStream = "PIX-003"
    case unsupportedPixels = "PIX-004"

    public var description: String {
        switch self {
        case .damagedFont: "PIX-001: the embedded font cannot be read; install the program again"
        case .maskTable: "PIX-002: the table of masks cannot be used; see its problems by `cxrgate check`"
        case .malformedStream: "PIX-003: the compressed stream does not have the form of its transfer syntax"
        case .unsupportedPixels:
            "PIX-004: pixels of this kind cannot be cleaned; only 8 or 16 bits allocated, gray or RGB"
        }
    }
}
