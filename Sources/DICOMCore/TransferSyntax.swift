/// How the bytes of a data set are laid out, and how its pixels are compressed.
///
/// Source: PS3.5 10, PS3.6 Annex A.
public struct TransferSyntax: Hashable, Sendable, CustomStringConvertible {
    /// How pixel data lie inside the pixel data element.
    public enum PixelEncoding: Sendable, Hashable { case native, jpeg, jpegLS, jpeg2000, rle, other }

    public let uid: UID

    public init(_ uid: UID) { self.uid = uid }

    public static let implicitVRLittleEndian = TransferSyntax("1.2.840.10008.1.2")
    public static let explicitVRLittleEndian = TransferSyntax("1.2.840.10008.1.2.1")
    public static let deflatedExplicitVRLittleEndian = TransferSyntax("1.2.840.10008.1.2.1.99")
    public static let explicitVRBigEndian = TransferSyntax("1.2.840.10008.1.2.2")
    public static let jpegBaseline = TransferSyntax("1.2.840.10008.1.2.4.50")
    public static let jpegExtended = TransferSyntax("1.2.840.10008.1.2.4.51")
    /// Retired in DICOM, alive in pictures; decoded, never received.
    public static let jpegProgressive = TransferSyntax("1.2.840.10008.1.2.4.55")
    public static let jpegLossless = TransferSyntax("1.2.840.10008.1.2.4.57")
    public static let jpegLosslessSV1 = TransferSyntax("1.2.840.10008.1.2.4.70")
    public static let jpegLSLossless = TransferSyntax("1.2.840.10008.1.2.4.80")
    public static let jpegLSNearLossless = TransferSyntax("1.2.840.10008.1.2.4.81")
    public static let jpeg2000Lossless = TransferSyntax("1.2.840.10008.1.2.4.90")
    public static let jpeg2000 = TransferSyntax("1.2.840.10008.1.2.4.91")
    public static let rleLossless = TransferSyntax("1.2.840.10008.1.2.5")

    /// Everything that the gateway receives and can decode, the most wanted first.
    public static let receivable: [TransferSyntax] = [
        .explicitVRLittleEndian, .implicitVRLittleEndian, .jpegLosslessSV1, .jpegLossless, .jpegLSLossless,
        .jpegLSNearLossless, .jpeg2000Lossless, .jpeg2000, .rleLossless, .jpegBaseline, .jpegExtended,
    ]

    public var isExplicitVR: Bool { self != .implicitVRLittleEndian }
    public var isLittleEndian: Bool { self != .explicitVRBigEndian }
    public var isDeflated: Bool { self == .deflatedExplicitVRLittleEndian }

    public var pixelEncoding: PixelEncoding {
        switch self {
        case .implicitVRLittleEndian, .explicitVRLittleEndian, .deflatedExplicitVRLittleEndian, .explicitVRBigEndian:
            .native
        case .jpegBaseline, .jpegExtended, .jpegProgressive, .jpegLossless, .jpegLosslessSV1: .jpeg
        case .jpegLSLossless, .jpegLSNearLossless: .jpegLS
        case .jpeg2000Lossless, .jpeg2000: .jpeg2000
        case .rleLossless: .rle
        default: .other
        }
    }

    /// Pixels lie in fragments behind an offset table (PS3.5 A.4).
    public var isEncapsulated: Bool { pixelEncoding != .native }

    public var description: String { uid.value }
}
