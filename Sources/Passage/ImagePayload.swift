import DICOMCore

/// What a sealed image file holds, in the order in which it is written while the image arrives.
///
/// Sections are length-prefixed (4 bytes big-endian): facts as JSON; the de-identified header (explicit VR little
/// endian); the pixel description; runs of pixel bytes, ended by a run of length 0; the de-identified trailer.
/// Specified in `Conformance/Formats/Image.md`.
public struct ImagePayload: Sendable {
    /// How the runs of pixel bytes are to be read.
    public struct PixelDescription: Sendable, Codable, Hashable {
        /// Transfer syntax in which the pixels arrived.
        public let transferSyntax: String
        /// Samples went through the lossless packer.
        public let isPacked: Bool
        /// Bytes of native pixel data before packing; `nil` for encapsulated pixels.
        public let nativeByteCount: Int?

        public init(transferSyntax: String, isPacked: Bool, nativeByteCount: Int?) {
            self.transferSyntax = transferSyntax
            self.isPacked = isPacked
            self.nativeByteCount = nativeByteCount
        }
    }

    public let facts: AnalysisFacts
    public let header: [UInt8]
    public let pixels: PixelDescription
    public let pixelBytes: [UInt8]
    public let trailer: [UInt8]

    public init(
        facts: AnalysisFacts, header: [UInt8], pixels: PixelDescription, pixelBytes: [UInt8], trailer: [UInt8]
    ) {
        self.facts = facts
        self.header = header
        self.pixels = pixels
        self.pixelBytes = pixelBytes
        self.trailer = trailer
    }

    /// Length prefix of a section or run.
    public static func prefix(_ count: Int) -> [UInt8] {
        let count = UInt32(count)
        return [UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }
}
