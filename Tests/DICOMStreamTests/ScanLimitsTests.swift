import DICOMCore
import Testing

@testable import DICOMStream

@Suite("Every limit holds, and lets pass what is within it")
struct ScanLimitsTests {
    @Test("Nesting is as deep as the limit, and no deeper")
    func depth() {
        let limit = ScanLimits.standard.maximumDepth
        #expect(ScanResult.scan(Wire.nested(limit) + Wire.pixels).code == nil)
        #expect(ScanResult.scan(Wire.nested(limit + 1) + Wire.pixels).code == .tooDeep)
        #expect(ScanResult.scan(Wire.nested(400_000)).code == .tooDeep)
    }

    @Test("A header may be as long as the limit")
    func headerBytes() {
        let value = [UInt8](repeating: 0x20, count: 1000)
        let header = Wire.explicit(0x0010, 0x4000, "UT", value)
        for size in [1, 100, .max] {
            let exact = ScanLimits(maximumHeaderBytes: header.count)
            #expect(ScanResult.scan(header + Wire.pixels, limits: exact, portion: { size }).code == nil)
            let less = ScanLimits(maximumHeaderBytes: header.count - 1)
            #expect(ScanResult.scan(header + Wire.pixels, limits: less, portion: { size }).code == .headerTooLarge)
        }
    }

    @Test("A length that the header could never hold is refused before its bytes come")
    func hugeLength() {
        let bytes = Wire.explicit(0x0010, 0x4000, "UT", [], length: 0x7FFF_FFFE)
        #expect(ScanResult.scan(bytes).code == .headerTooLarge)
    }

    @Test("Elements and items are counted on all levels")
    func elements() {
        let item = Wire.item(Wire.patient)
        let sequence = Wire.explicit(0x0008, 0x1140, "SQ", Array(repeatElement(item, count: 10).joined()))
        #expect(ScanResult.scan(sequence + Wire.pixels, limits: ScanLimits(maximumElements: 22)).code == nil)
        #expect(
            ScanResult.scan(sequence + Wire.pixels, limits: ScanLimits(maximumElements: 21)).code == .tooManyElements)
    }

    @Test("A trailer may be as long as the limit")
    func trailer() {
        let trailer = Wire.explicit(0xFFFC, 0xFFFC, "OB", [UInt8](repeating: 0, count: 100))
        for size in [1, 50, .max] {
            let exact = ScanLimits(maximumTrailerBytes: trailer.count)
            #expect(ScanResult.scan(Wire.pixels + trailer, limits: exact, portion: { size }).code == nil)
            let less = ScanLimits(maximumTrailerBytes: trailer.count - 1)
            #expect(ScanResult.scan(Wire.pixels + trailer, limits: less, portion: { size }).code == .trailerTooLarge)
        }
    }

    @Test("Native pixels are held against the limit by their declared length")
    func nativePixels() {
        #expect(ScanResult.scan(Wire.pixels, limits: ScanLimits(maximumPixelBytes: 4)).code == nil)
        #expect(ScanResult.scan(Wire.pixels, limits: ScanLimits(maximumPixelBytes: 3)).code == .pixelDataTooLarge)
    }

    @Test("Fragments are held against number and sum")
    func fragments() {
        let items = Wire.item([]) + Wire.item([1, 2]) + Wire.item([3, 4]) + Wire.sequenceEnd
        let bytes = Wire.explicit(0x7FE0, 0x0010, "OB", items, length: Wire.undefined)
        func code(_ limits: ScanLimits) -> StreamError.Code? {
            ScanResult.scan(bytes, .jpegLossless, limits: limits).code
        }
        #expect(code(ScanLimits(maximumPixelBytes: 28, maximumFragments: 2)) == nil)
        #expect(code(ScanLimits(maximumFragments: 1)) == .tooManyFragments)
        #expect(code(ScanLimits(maximumPixelBytes: 27)) == .pixelDataTooLarge)
    }

    @Test("Fifty thousand tags in falling order do not take long")
    func fallingOrder() throws {
        var bytes: [UInt8] = []
        for number in (1...40_000).reversed() {
            bytes += Wire.explicit(0x0009, UInt16(number), "LO", [])
        }
        let result = ScanResult.scan(bytes + Wire.pixels)
        #expect(result.code == nil)
        #expect(result.noise.tagsOutOfOrder == 39_999)
        let dataSet = try DataSetParser.parse(bytes, transferSyntax: .explicitVRLittleEndian)
        #expect(dataSet.elements.map(\.tag.element) == Array(1...40_000))
    }
}
