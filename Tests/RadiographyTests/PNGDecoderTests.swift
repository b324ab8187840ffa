import Testing

@testable import Radiography

@Suite("PNG files of others")
struct PNGDecoderTests {
    /// A 32 × 24 RGB picture, written by libpng with filters and a dynamic code.
    private static let foreign: [UInt8] = [
        137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 32, 0, 0, 0, 24,
        8, 2, 0, 0, 0, 20, 49, 104, 99, 0, 0, 0, 215, 73, 68, 65, 84, 120, 218, 181, 210, 237, 14, 130,
        32, 20, 128, 225, 183, 178, 47, 43, 21, 68, 45, 117, 221, 255, 101, 246, 163, 36, 75, 177, 131, 225, 246, 204,
        225, 193, 237, 29, 204, 21, 192, 126, 65, 209, 17, 96, 181, 28, 27, 88, 47, 164, 31, 216, 44, 225, 43, 16,
        5, 55, 12, 108, 195, 26, 13, 236, 2, 114, 5, 130, 253, 167, 19, 129, 67, 16, 211, 129, 227, 92, 137, 93,
        255, 12, 196, 158, 82, 136, 161, 181, 19, 73, 224, 36, 144, 117, 139, 250, 107, 75, 24, 56, 187, 41, 56, 67,
        229, 250, 64, 30, 184, 140, 209, 80, 56, 182, 94, 188, 2, 73, 79, 14, 9, 152, 207, 225, 8, 223, 64, 10,
        41, 24, 208, 221, 250, 135, 25, 129, 2, 20, 100, 66, 190, 1, 3, 74, 172, 4, 229, 21, 200, 65, 67, 6,
        10, 244, 164, 10, 52, 220, 65, 207, 184, 34, 27, 200, 29, 174, 208, 218, 87, 121, 64, 131, 25, 4, 204, 192,
        13, 154, 254, 68, 24, 80, 80, 140, 157, 192, 64, 209, 169, 123, 207, 183, 63, 175, 232, 25, 40, 161, 129, 43,
        148, 67, 146, 64, 6, 213, 100, 160, 129, 202, 229, 1, 17, 28, 28, 108, 0, 156, 102, 231, 0, 0, 0, 0,
        73, 69, 78, 68, 174, 66, 96, 130,
    ]

    @Test("a file of another writer is read")
    func foreign() throws {
        let image = try PNGDecoder.decode(PNGDecoderTests.foreign)
        #expect(image.rows == 24 && image.columns == 32 && image.samplesPerPixel == 3)
        let expected = (0..<(24 * 32)).flatMap { index -> [UInt8] in
            let (row, column) = (index / 32, index % 32)
            return [UInt8(row * 9), UInt8(column * 7), UInt8((row * column) % 251)]
        }
        #expect(image.samples == expected)
        #expect(image.gray8.count == 24 * 32)
    }

    @Test("a damaged file is refused at every byte, and never read beyond its end")
    func damage() {
        let good = PNGEncoder.encode(rows: 2, columns: 2, gray8: [1, 2, 3, 4])
        for length in 0..<(good.count - 12) {
            #expect(throws: RadiographyError.self) { try PNGDecoder.decode(Array(good.prefix(length))) }
        }
        for index in 0..<(good.count - 12) {
            var bad = good
            bad[index] ^= 0x41
            #expect(throws: RadiographyError.self) { try PNGDecoder.decode(bad) }
        }
    }

    @Test("a stream that unpacks to more than the picture is refused")
    func bomb() {
        let zeros = Array(repeating: UInt8(0), count: 100)
        #expect(
            Inflate.unpack(zlib: [0x78, 0x9C, 0x4B, 0x4C, 0xA4, 0x3D, 0, 0, 0x2F, 0xBD, 0x25, 0x85], limit: 10) == nil)
        #expect(Inflate.unpack(zlib: zeros, limit: 1000) == nil)
    }
}
