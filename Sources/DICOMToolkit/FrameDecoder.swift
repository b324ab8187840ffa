import CDCMTK
import COpenJPEG
import DICOMCore

/// Compressed pixel data into native samples: JPEG, JPEG-LS and RLE by DCMTK, JPEG 2000 by OpenJPEG.
///
/// The codecs are old and have known defects, endless loops among them. For what others sent, call it in a
/// `CodecWorker`.
public enum FrameDecoder {
    /// Bytes of one decoded frame: four times the largest radiograph that we know of.
    public static let maxFrameByteCount = 256 << 20

    /// Decodes the first frame.
    ///
    /// - Parameter fragments: encapsulated pixel data as on the wire: the item of the Basic Offset Table, the fragments,
    ///   the delimiter (PS3.5 A.4).
    /// - Returns: rows × columns × samples, little endian, `bitsAllocated` wide, colour by pixel; `[rows, columns, samples]`.
    /// - Throws: `unsupportedTransferSyntax`, `malformedEncapsulation`, `geometryMismatch`, `frameTooLarge`,
    ///   `decodingFailed`. The size in the compressed header is compared with the geometry before memory is taken.
    public static func decode(
        frame fragments: [UInt8], transferSyntax: TransferSyntax, geometry: PixelGeometry
    ) throws(ToolkitError) -> [UInt8] {
        let byteCount = try frameByteCount(geometry)
        let pixels = try EncapsulatedPixelData(fragments)
        let ranges = try pixels.firstFrame(of: geometry.frames, encoding: transferSyntax.pixelEncoding)
        switch transferSyntax.pixelEncoding {
        case .jpeg, .jpegLS:
            let stream = pixels.joined(ranges)
            guard let header = JPEGHeader(stream) else { throw .decodingFailed }
            try check(header, against: geometry)
            return try decode([0..<stream.count], of: stream, transferSyntax, geometry, byteCount)
        case .rle:
            try checkRLE(pixels.bytes[ranges[0]], geometry)
            return try decode(ranges, of: pixels.bytes, transferSyntax, geometry, byteCount)
        case .jpeg2000:
            return try decodeJPEG2000(pixels.joined(ranges), geometry, byteCount)
        case .native, .other:
            throw .unsupportedTransferSyntax
        }
    }

    /// Bytes of one frame within all limits.
    static func frameByteCount(_ geometry: PixelGeometry) throws(ToolkitError) -> Int {
        var one = geometry
        one.frames = 1
        // The codecs know Rows and Columns as 16-bit numbers, and samples of one, two or four bytes.
        guard (1...65_535).contains(one.rows), (1...65_535).contains(one.columns),
            [1, 3, 4].contains(one.samplesPerPixel),
            [8, 16, 32].contains(one.bitsAllocated), (1...one.bitsAllocated).contains(one.bitsStored),
            (0..<one.bitsAllocated).contains(one.highBit), geometry.frames >= 1, let count = one.byteCount
        else { throw .geometryMismatch }
        guard count <= maxFrameByteCount else { throw .frameTooLarge }
        return count
    }

    private static func check(_ header: JPEGHeader, against geometry: PixelGeometry) throws(ToolkitError) {
        guard header.rows == geometry.rows, header.columns == geometry.columns,
            header.components == geometry.samplesPerPixel, (2...16).contains(header.precision),
            header.precision <= geometry.bitsAllocated
        else { throw .geometryMismatch }
    }

    /// An RLE frame begins with 64 bytes: how many segments, and where they begin (PS3.5 G.5). DCMTK 3.6.7 reads past a
    /// fragment that is shorter than they say.
    private static func checkRLE(_ fragment: ArraySlice<UInt8>, _ geometry: PixelGeometry) throws(ToolkitError) {
        let header = Array(fragment.prefix(64))
        guard header.count == 64 else { throw .decodingFailed }
        let numbers = (0..<16).map { index in
            (0..<4).reduce(0) { $0 | Int(header[index * 4 + $1]) << (8 * $1) }
        }
        guard numbers[0] == geometry.samplesPerPixel * geometry.bitsAllocated / 8, numbers[0] <= 15 else {
            throw .geometryMismatch
        }
        var previous = 63
        for offset in numbers[1...numbers[0]] {
            guard offset > previous, offset < fragment.count else { throw .decodingFailed }
            previous = offset
        }
    }

    private static func decode(
        _ ranges: [Range<Int>], of bytes: [UInt8], _ transferSyntax: TransferSyntax, _ geometry: PixelGeometry,
        _ byteCount: Int
    ) throws(ToolkitError) -> [UInt8] {
        var samples = [UInt8](repeating: 0, count: byteCount)
        let result = unsafe geometry.photometricInterpretation.withCString { photometric in
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe samples.withUnsafeMutableBufferPointer { target in
                    var values = unsafe cdcmtk_geometry(
                        rows: UInt16(geometry.rows), columns: UInt16(geometry.columns),
                        samples_per_pixel: UInt16(geometry.samplesPerPixel),
                        bits_allocated: UInt16(geometry.bitsAllocated), bits_stored: UInt16(geometry.bitsStored),
                        high_bit: UInt16(geometry.highBit), is_signed: geometry.isSigned,
                        photometric_interpretation: photometric)
                    let pointers = unsafe ranges.map { range in
                        unsafe source.baseAddress.map { unsafe $0 + range.lowerBound }
                    }
                    return unsafe cdcmtk_decode_frame(
                        &values, transferSyntax.uid.value, pointers, ranges.map(\.count), ranges.count,
                        target.baseAddress, target.count)
                }
            }
        }
        switch result {
        case 0: return samples
        case 1: throw .unsupportedTransferSyntax
        default: throw .decodingFailed
        }
    }

    private static func decodeJPEG2000(
        _ stream: [UInt8], _ geometry: PixelGeometry, _ byteCount: Int
    ) throws(ToolkitError) -> [UInt8] {
        var samples = [UInt8](repeating: 0, count: byteCount)
        var expected = copenjpeg_geometry(
            rows: UInt32(geometry.rows), columns: UInt32(geometry.columns),
            components: UInt32(geometry.samplesPerPixel), bytes_per_sample: UInt32(geometry.bitsAllocated / 8))
        let result = unsafe stream.withUnsafeBufferPointer { source in
            unsafe samples.withUnsafeMutableBufferPointer { target in
                unsafe copenjpeg_decode(source.baseAddress, source.count, &expected, target.baseAddress)
            }
        }
        switch Int(result) {
        case COPENJPEG_DECODED: return samples
        case COPENJPEG_OTHER_GEOMETRY: throw .geometryMismatch
        case COPENJPEG_NO_MEMORY: throw .internalFailure
        default: throw .decodingFailed
        }
    }
}
