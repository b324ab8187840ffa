import Testing

@testable import Radiography

@Suite("PNG")
struct PNGEncoderTests {
    @Test("the checksums are those of the standards")
    func checksums() {
        // The end chunk of every PNG file, and the well-known example of Adler-32.
        #expect(Checksum.crc32(Array("IEND".utf8)) == 0xAE42_6082)
        #expect(Checksum.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(Checksum.adler32(Array("Wikipedia".utf8)) == 0x11E6_0398)
    }

    @Test("a small gray file has the bytes that the standard prescribes")
    func bytes() {
        let file = PNGEncoder.encode(rows: 1, columns: 2, gray8: [7, 9])
        #expect(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect(Array(file[8..<16]) == [0, 0, 0, 13] + Array("IHDR".utf8))
        #expect(Array(file[16..<29]) == [0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0])
        #expect(Array(file[41..<51]) == [0x78, 0x01, 1, 3, 0, 0xFC, 0xFF, 0, 7, 9])
        #expect(Array(file.suffix(12)) == [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82])
    }

    @Test("pixels come back, gray and colour, also beyond one stored block", arguments: [(3, 5), (300, 401)])
    func roundTrip(size: (Int, Int)) throws {
        let gray = (0..<(size.0 * size.1)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let picture = try Picture(rows: size.0, columns: size.1, gray8: gray)
        let read = try PNGDecoder.decode(PNGEncoder.encode(rows: size.0, columns: size.1, gray8: gray))
        #expect(read.rows == size.0 && read.columns == size.1 && read.samplesPerPixel == 1)
        #expect(read.samples == gray)
        let colour = try PNGDecoder.decode(PNGEncoder.encode(RGBImage(gray: picture)))
        #expect(colour.samplesPerPixel == 3)
        #expect(stride(from: 1, to: colour.samples.count, by: 3).map { colour.samples[$0] } == gray)
    }
}
