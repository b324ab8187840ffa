import DICOMCore
import Testing

@testable import Radiography

/// Samples, geometry and header of one small picture, of which a test changes what it is about.
struct StoredPicture {
    var stored: [Int]
    var geometry: PixelGeometry
    var header = DataSet()

    init(
        _ stored: [Int], columns: Int? = nil, bits: Int = 12, signed: Bool = false, photometric: String = "MONOCHROME2"
    ) {
        self.stored = stored
        let width = columns ?? stored.count
        geometry = PixelGeometry(
            rows: stored.count / width, columns: width, bitsAllocated: bits > 8 ? 16 : 8, bitsStored: bits,
            highBit: bits - 1, isSigned: signed, photometricInterpretation: photometric)
    }

    func picture() throws -> Picture {
        let bytes = stored.flatMap { value -> [UInt8] in
            let raw = UInt16(truncatingIfNeeded: value)
            return geometry.bitsAllocated == 16 ? [UInt8(raw & 0xFF), UInt8(raw >> 8)] : [UInt8(raw & 0xFF)]
        }
        return try PixelPipeline.picture(native: bytes, geometry: geometry, header: header)
    }

    mutating func window(_ center: String, _ width: String) {
        header.set(.windowCenter, .DS, center)
        header.set(.windowWidth, .DS, width)
    }

    /// The same picture with the other polarity: stored values turned, window mirrored (PS3.3 C.11.2.1.2.1: the centre
    /// of a linear window lies half a step off, hence the one).
    func inverted(center: Int? = nil, width: String? = nil, exact: Bool = false) -> StoredPicture {
        var copy = self
        let largest = (1 << geometry.bitsStored) - 1
        copy.stored = stored.map { largest - $0 }
        copy.geometry.photometricInterpretation = "MONOCHROME1"
        if let center, let width { copy.window("\(largest - center + (exact ? 0 : 1))", width) }
        return copy
    }
}

@Suite("Pixel pipeline")
struct PixelPipelineTests {
    private func noise(_ count: Int, below limit: Int) -> [Int] {
        var state: UInt64 = 42
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    @Test("a picture without window spreads from its darkest to its brightest value")
    func fullRange() throws {
        let picture = try StoredPicture([100, 200, 300]).picture()
        #expect(picture.values == [0, 0.5, 1])
        #expect(picture.remarks.isEmpty)
        #expect(!picture.wasInverted)
    }

    @Test("a picture of one value is neither black nor white")
    func blank() throws {
        let picture = try StoredPicture([7, 7, 7, 7]).picture()
        #expect(picture.values == [0.5, 0.5, 0.5, 0.5])
        #expect(picture.facts.distinctLevels == 1)
    }

    @Test("a linear window has the end points of the standard's example")
    func linearWindow() throws {
        var stored = StoredPicture([0, 1, 2047, 2048, 4095])
        stored.window("2048", "4096")
        let values = try stored.picture().values
        #expect(values[0] == 0)
        #expect(values[4] == 1)
        #expect(abs(values[2] - Float(2047.0 / 4095)) < 1e-5)
        stored.window("2048", "1")
        #expect(try stored.picture().values == [0, 0, 0, 1, 1])
    }

    @Test("a sigmoid window is half bright at its centre")
    func sigmoid() throws {
        var stored = StoredPicture([0, 2048, 4095])
        stored.window("2048", "1000")
        stored.header.set(Tag(0x0028, 0x1056), .CS, "SIGMOID")
        let values = try stored.picture().values
        #expect(values[1] == 0.5)
        #expect(values[0] < 0.001 && values[2] > 0.999)
    }

    @Test("MONOCHROME1 and MONOCHROME2 give the same bits", arguments: ["none", "LINEAR", "LINEAR_EXACT", "SIGMOID"])
    func polarity(function: String) throws {
        var stored = StoredPicture(noise(4000, below: 4096), columns: 80)
        var turned = stored.inverted()
        if function != "none" {
            stored.window("1500", "2001")
            stored.header.set(Tag(0x0028, 0x1056), .CS, function)
            turned = stored.inverted(center: 1500, width: "2001", exact: function != "LINEAR")
        }
        let (first, second) = (try stored.picture(), try turned.picture())
        #expect(first.values == second.values)
        #expect(first.facts == second.facts)
        #expect(second.wasInverted && !first.wasInverted)
        #expect(
            PixelPipeline.networkInput(first, width: 16, height: 12, mean: 0.4, std: 0.2)
                == PixelPipeline.networkInput(second, width: 16, height: 12, mean: 0.4, std: 0.2))
    }

    @Test("Presentation LUT Shape INVERSE beside MONOCHROME1 is one inversion, not two")
    func inverseOnce() throws {
        var stored = StoredPicture([0, 4095]).inverted()
        stored.header.set(.presentationLUTShape, .CS, "INVERSE")
        #expect(try stored.picture().values == [0, 1])
        var plain = StoredPicture([0, 4095])
        plain.header.set(.presentationLUTShape, .CS, "INVERSE")
        #expect(try plain.picture().values == [1, 0])
    }

    @Test("signed values are read as two's complement of the stored bits")
    func signed() throws {
        #expect(try StoredPicture([-2048, 0, 2047], signed: true).picture().values.first == 0)
        #expect(try StoredPicture([-2048, 0, 2047], signed: true).picture().values.last == 1)
        var eight = StoredPicture([-128, 127], bits: 8, signed: true)
        eight.window("0", "256")
        #expect(try eight.picture().values == [0, 1])
    }

    @Test("bits outside Bits Stored are cut off")
    func overlayBits() throws {
        let clean = try StoredPicture([0, 1000, 4095]).picture()
        #expect(try StoredPicture([0x8000, 1000 | 0x4000, 4095 | 0xF000]).picture() == clean)
        var high = StoredPicture([0, 1000 << 4, 4095 << 4 | 0xF])
        high.geometry.highBit = 15
        #expect(try high.picture() == clean)
    }

    @Test("a negative rescale slope turns the picture")
    func rescale() throws {
        var stored = StoredPicture([0, 1000, 2000])
        stored.header.set(.rescaleSlope, .DS, "-2")
        stored.header.set(.rescaleIntercept, .DS, "10.5")
        #expect(try stored.picture().values == [1, 0.5, 0])
        stored.header.set(.rescaleSlope, .DS, "0")
        let picture = try stored.picture()
        #expect(picture.values == [0, 0.5, 1])
        #expect(picture.remarks == [.rescaleIgnored])
    }

    @Test("a window applies to rescaled values")
    func rescaledWindow() throws {
        var stored = StoredPicture([0, 1000, 2000])
        stored.header.set(.rescaleSlope, .DS, "0.5")
        stored.header.set(.rescaleIntercept, .DS, "-500")
        stored.window("0.5", "1001")
        #expect(try stored.picture().values == [0, 0.5, 1])
    }

    private func table(_ count: UInt16, _ first: Int, _ bits: UInt16, _ entries: [UInt16]) -> DataSet {
        var item = DataSet()
        item.set(Tag(0x0028, 0x3002), count, UInt16(truncatingIfNeeded: first), bits)
        item.set(DataElement(Tag(0x0028, 0x3006), .OW, bytes: entries.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }))
        return item
    }

    @Test("a VOI LUT is followed and goes before a window")
    func voiTable() throws {
        var stored = StoredPicture([5, 10, 11, 12, 40])
        stored.window("20", "10")
        stored.header.set(Tag(0x0028, 0x3010), items: [table(3, 10, 16, [0, 65535, 32767])])
        let values = try stored.picture().values
        #expect(values[0] == 0 && values[1] == 0 && values[2] == 1)
        #expect(values[3] == values[4] && abs(values[3] - 0.5) < 1e-4)
    }

    @Test("a Modality LUT with a negative first value is followed")
    func modalityTable() throws {
        var stored = StoredPicture([-2, -1, 0], signed: true)
        stored.header.set(Tag(0x0028, 0x3000), items: [table(3, -2, 12, [100, 50, 0])])
        #expect(try stored.picture().values == [1, 0.5, 0])
    }

    @Test("a lookup table without data is left out and remarked")
    func brokenTable() throws {
        var stored = StoredPicture([0, 1, 2])
        stored.header.set(Tag(0x0028, 0x3010), items: [table(300, 0, 16, [1, 2])])
        let picture = try stored.picture()
        #expect(picture.values == [0, 0.5, 1])
        #expect(picture.remarks == [.lookupTableIgnored])
    }

    @Test("padding is black in both polarities, and does not stretch the range")
    func padding() throws {
        var stored = StoredPicture([4095, 100, 200, 300])
        stored.header.set(.pixelPaddingValue, 4095)
        let picture = try stored.picture()
        #expect(picture.values == [0, 0, 0.5, 1])
        #expect(picture.facts.distinctLevels == 3)
        var turned = stored.inverted()
        turned.header.set(.pixelPaddingValue, 0)
        #expect(try turned.picture().values == picture.values)
        stored.header.set(Tag(0x0028, 0x0121), 4000)
        #expect(try stored.picture().values == picture.values)
    }

    @Test("padding everywhere is not believed")
    func onlyPadding() throws {
        var stored = StoredPicture([7, 7, 8])
        stored.header.set(.pixelPaddingValue, 0)
        stored.header.set(Tag(0x0028, 0x0121), 4095)
        let picture = try stored.picture()
        #expect(picture.remarks == [.paddingIgnored])
        #expect(picture.values == [0, 0, 1])
    }

    @Test("a window beside the picture is not believed", arguments: [("-5000", "10"), ("90000", "4096"), ("0", "0")])
    func blindWindow(window: (String, String)) throws {
        var stored = StoredPicture([100, 200, 300])
        stored.window(window.0, window.1)
        let picture = try stored.picture()
        #expect(picture.values == [0, 0.5, 1])
        #expect(picture.remarks == [.windowIgnored])
    }

    @Test("colour becomes luminance, pixel by pixel and plane by plane alike")
    func colour() throws {
        var geometry = StoredPicture([0, 0], bits: 8, photometric: "RGB").geometry
        geometry.samplesPerPixel = 3
        let interleaved = try PixelPipeline.picture(
            native: [255, 0, 0, 255, 255, 255], geometry: geometry, header: DataSet())
        var header = DataSet()
        header.set(.planarConfiguration, 1)
        let planar = try PixelPipeline.picture(native: [255, 255, 0, 255, 0, 255], geometry: geometry, header: header)
        #expect(interleaved == planar)
        #expect(interleaved.values[1] == 1)
        #expect(abs(interleaved.values[0] - 0.299) < 1e-4)
    }

    @Test("what is not a radiograph is refused with its reason")
    func refusals() {
        var stored = StoredPicture([1, 2, 3])
        stored.geometry.rows = 2
        #expect(throws: RadiographyError.pixelDataTooShort(expected: 12, actual: 6)) { try stored.picture() }
        stored.geometry.rows = 0
        #expect(throws: RadiographyError.pictureSize(rows: 0, columns: 3)) { try stored.picture() }
        stored.geometry.rows = 60000
        stored.geometry.columns = 60000
        #expect(throws: RadiographyError.pictureSize(rows: 60000, columns: 60000)) { try stored.picture() }
        stored = StoredPicture([1, 2, 3])
        stored.geometry.bitsAllocated = 32
        #expect(throws: RadiographyError.unsupportedBitsAllocated(32)) { try stored.picture() }
        for photometric in ["PALETTE COLOR", "YBR_FULL_422", "ARGB", ""] {
            let other = StoredPicture([1, 2, 3], photometric: photometric)
            #expect(throws: RadiographyError.unsupportedPhotometricInterpretation) { try other.picture() }
        }
    }

    @Test("bytes behind the first frame are not looked at")
    func firstFrame() throws {
        let one = StoredPicture([10, 20, 30])
        let bytes: [UInt8] = [10, 0, 20, 0, 30, 0, 0xFF, 0x0F, 1]
        #expect(
            try PixelPipeline.picture(native: bytes, geometry: one.geometry, header: DataSet()) == one.picture())
    }
}
