import DICOMCore

/// What lies in pixel data beside the pixels.
public enum ResidueKind: String, Sendable, Codable, Hashable, CaseIterable {
    /// A comment in a JPEG, JPEG-LS or JPEG 2000 stream.
    case comment
    /// An application segment that no decoder needs.
    case application
    /// Bytes behind the end of the image.
    case trailing
    /// Bits of the cells outside Bits Stored, other than copies of the sign.
    case unusedBits = "unused-bits"
    /// Something in places of the stream that its standard leaves empty.
    case reserved
}

/// Pixel data without residue.
public struct CleanedPixels: Sendable {
    /// The same image in the same transfer syntax; decodes to the same samples.
    public let bytes: [UInt8]
    /// What was found, each kind once, in the order of ``ResidueKind``. Empty: `bytes` are the ones that came.
    public let found: [ResidueKind]

    init(_ bytes: [UInt8], _ found: Set<ResidueKind>) {
        self.bytes = bytes
        self.found = ResidueKind.allCases.filter { found.contains($0) }
    }
}

/// Finds and takes out whatever could carry text in the bytes of one frame besides its pixels. Lossless: only what no
/// decoder looks at goes.
///
/// Printable bytes among the pixels themselves say nothing (gray values 32 to 126 are ordinary) and are not searched.
public enum StreamResidue {
    /// `pixels` is the value of Pixel Data as it came: native samples, or the items with their delimiter (PS3.5 A.4).
    /// Throws `malformedStream` for what is not of its transfer syntax, and for several frames: nothing is known then.
    public static func clean(
        _ pixels: [UInt8], transferSyntax: TransferSyntax, geometry: PixelGeometry
    ) throws(PixelCleaningError) -> CleanedPixels {
        switch transferSyntax.pixelEncoding {
        case .native: return NativeResidue.clean(pixels, geometry: geometry)
        case .jpeg, .jpegLS, .jpeg2000, .rle: break
        case .other: throw .malformedStream
        }
        guard geometry.frames == 1 else { throw .malformedStream }
        let items = try Encapsulation(pixels)
        var found = items.found
        let stream: [UInt8]
        switch transferSyntax.pixelEncoding {
        case .jpeg2000: stream = try JPEG2000Residue.clean(items.stream, &found)
        case .rle: stream = try RLEResidue.clean(items.stream, geometry: geometry, &found)
        default: stream = try JPEGResidue.clean(items.stream, &found)
        }
        return found.isEmpty ? CleanedPixels(pixels, []) : CleanedPixels(Encapsulation.wrapped(stream), found)
    }
}
