/// Writes PNG files: gray or RGB, 8 bits, stored without compression (any reader takes that; files are for looking at,
/// not for keeping).
///
/// Source: RFC 2083 (PNG), RFC 1950 (zlib), RFC 1951 (deflate, stored blocks).
public enum PNGEncoder {
    public static func encode(_ image: RGBImage) -> [UInt8] {
        encode(rows: image.rows, columns: image.columns, colourType: 2, bytesPerRow: image.columns * 3, image.samples)
    }

    public static func encode(_ picture: Picture) -> [UInt8] {
        encode(rows: picture.rows, columns: picture.columns, gray8: picture.gray8)
    }

    /// `gray8` is `[rows][columns]`; its length is checked.
    public static func encode(rows: Int, columns: Int, gray8: [UInt8]) -> [UInt8] {
        encode(rows: rows, columns: columns, colourType: 0, bytesPerRow: columns, gray8)
    }

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private static func encode(
        rows: Int, columns: Int, colourType: UInt8, bytesPerRow: Int, _ samples: [UInt8]
    ) -> [UInt8] {
        precondition(samples.count == rows * bytesPerRow, "samples are not rows × columns")
        var file = signature
        chunk(
            "IHDR", bigEndian(UInt32(length: columns)) + bigEndian(UInt32(length: rows)) + [8, colourType, 0, 0, 0],
            &file)
        var lines: [UInt8] = []
        lines.reserveCapacity(samples.count + rows)
        for row in 0..<rows {
            lines.append(0)
            lines.append(contentsOf: samples[(row * bytesPerRow)..<((row + 1) * bytesPerRow)])
        }
        chunk("IDAT", stored(lines), &file)
        chunk("IEND", [], &file)
        return file
    }

    /// A zlib stream of stored blocks.
    private static func stored(_ data: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        stream.reserveCapacity(data.count + data.count / 65535 * 5 + 16)
        var start = 0
        repeat {
            let end = min(start + 65535, data.count)
            let length = UInt16(end - start)
            stream.append(end == data.count ? 1 : 0)
            for value in [length, ~length] { stream += [UInt8(value & 0xFF), UInt8(value >> 8)] }
            stream.append(contentsOf: data[start..<end])
            start = end
        } while start < data.count
        return stream + bigEndian(Checksum.adler32(data))
    }

    private static func chunk(_ name: String, _ data: [UInt8], _ file: inout [UInt8]) {
        let named = Array(name.utf8) + data
        file += bigEndian(UInt32(length: data.count))
        file += named
        file += bigEndian(Checksum.crc32(named))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
}

extension UInt32 {
    /// A size that fits because pictures are limited.
    fileprivate init(length: Int) { self = UInt32(truncatingIfNeeded: length) }
}

/// The two checksums of a PNG file.
enum Checksum {
    private static let crcTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    static func crc32(_ data: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in data { value = crcTable[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8) }
        return ~value
    }

    static func adler32(_ data: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in data {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        return b << 16 | a
    }
}
