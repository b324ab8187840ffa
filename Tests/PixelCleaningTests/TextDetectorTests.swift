import DICOMCore
import Testing

@testable import PixelCleaning

@Suite struct TextDetectorTests {
    static func found(_ frame: TestFrame, words: [String] = []) throws -> [BurnedInText] {
        try #require(try TextDetector(markerWords: words).detect(native: frame.samples, geometry: frame.geometry))
    }

    @Test(arguments: [12, 16, 24, 40, 64])
    func aNameIsFoundWhereItStands(_ height: Int) throws {
        var frame = TestFrame(rows: 640, columns: 900)
        try frame.write("SMITH JOHN", top: 50, left: 20, height: height)
        let text = try #require(try Self.found(frame).first)
        #expect(text.box.top >= 46 && text.box.top <= 58)
        #expect(text.box.left >= 16 && text.box.left <= 40)
        #expect(text.box.height >= height / 2 && text.box.height <= height + 12)
        #expect(text.characters >= 6)
    }

    @Test(arguments: ["19.04.1956", "ID 4471209", "2019-02-21"])
    func numbersAndDatesAreFound(_ line: String) throws {
        var frame = TestFrame()
        try frame.write(line, top: 400, left: 30, height: 18)
        #expect(try !Self.found(frame).isEmpty)
    }

    @Test func blackWritingIsFoundLikeWhite() throws {
        var frame = TestFrame()
        try frame.write("NGUYEN 1967", top: 100, left: 30, height: 20, level: 0)
        #expect(try !Self.found(frame).isEmpty)
    }

    @Test func writingThatRunsUpAColumnIsFound() throws {
        var frame = TestFrame(rows: 420, columns: 420)
        try frame.write("KOWALSKI 88", top: 60, left: 40, height: 20)
        var turned = frame
        for row in 0..<420 {
            for column in 0..<420 { turned.samples[(419 - column) * 420 + row] = frame.samples[row * 420 + column] }
        }
        #expect(try !Self.found(turned).isEmpty)
    }

    @Test(arguments: ["L", "R", "PA", "AP", "LAT"])
    func aMarkerOfSideOrViewIsNoText(_ marker: String) throws {
        var frame = TestFrame()
        try frame.write(marker, top: 60, left: 40, height: 36)
        #expect(try Self.found(frame).isEmpty)
    }

    @Test(arguments: ["SUPINE", "ERECT", "PORTABLE", "R SUPINE", "ERECT L", "AP PORTABLE"])
    func aWordOfPositionIsNoText(_ word: String) throws {
        var frame = TestFrame()
        try frame.write(word, top: 60, left: 40, height: 30)
        #expect(try Self.found(frame).isEmpty)
    }

    @Test(arguments: ["SUMNER", "R SUMNER", "KARECK L"])
    func aNameAsLongAsAWordOfPositionIsText(_ name: String) throws {
        var frame = TestFrame()
        try frame.write(name, top: 60, left: 40, height: 30)
        #expect(try !Self.found(frame).isEmpty)
    }

    @Test func aSiteAddsItsOwnWords() throws {
        var frame = TestFrame()
        try frame.write("LIEGEND", top: 60, left: 40, height: 30)
        #expect(try !Self.found(frame).isEmpty)
        #expect(try Self.found(frame, words: ["liegend"]).isEmpty)
    }

    @Test func aSoftShadowWithNoiseHoldsNothing() throws {
        #expect(try Self.found(TestFrame()).isEmpty)
    }

    @Test func aRowOfTicksIsNoText() throws {
        var frame = TestFrame()
        for tick in 0..<20 {
            for row in 30..<44 {
                for column in 0..<3 { frame.samples[row * frame.columns + 30 + tick * 15 + column] = 255 }
            }
        }
        #expect(try Self.found(frame).isEmpty)
    }

    @Test func stripesOverTheWholePictureEndTheSearchEarly() throws {
        var frame = TestFrame(rows: 600, columns: 600)
        for index in frame.samples.indices { frame.samples[index] = index % 4 < 2 ? 0 : 255 }
        #expect(try Self.found(frame).isEmpty)
    }

    @Test func pixelsOfAnotherKindAreNotSearched() throws {
        let frame = TestFrame()
        var geometry = frame.geometry
        geometry.bitsAllocated = 32
        #expect(try TextDetector().detect(native: frame.samples, geometry: geometry) == nil)
        geometry = frame.geometry
        geometry.rows += 1
        #expect(try TextDetector().detect(native: frame.samples, geometry: geometry) == nil)
    }

    @Test func sixteenBitsAndEitherSignAreSearchedAlike() throws {
        var frame = TestFrame()
        try frame.write("GARCIA 1944", top: 60, left: 40, height: 20)
        for isSigned in [false, true] {
            let wide = frame.samples.flatMap { value -> [UInt8] in
                let stored = UInt16(bitPattern: Int16(value) * 8 - (isSigned ? 1000 : 0)) & 0x0FFF
                return [UInt8(stored & 255), UInt8(stored >> 8)]
            }
            let geometry = PixelGeometry(
                rows: frame.rows, columns: frame.columns, bitsAllocated: 16, bitsStored: 12, highBit: 11,
                isSigned: isSigned, photometricInterpretation: "MONOCHROME1")
            #expect(try TextDetector().detect(native: wide, geometry: geometry)?.isEmpty == false)
        }
    }
}

@Suite struct StrokeFilterTests {
    /// The plain definition, pixel by pixel.
    static func slow(_ plane: GreyPlane) -> (bright: [UInt8], dark: [UInt8]) {
        func at(_ row: Int, _ column: Int) -> UInt8 {
            plane.values[min(max(row, 0), plane.rows - 1) * plane.columns + min(max(column, 0), plane.columns - 1)]
        }
        var bright: [UInt8] = []
        var dark: [UInt8] = []
        for row in 0..<plane.rows {
            for column in 0..<plane.columns {
                var opened: [UInt8] = []
                var closed: [UInt8] = []
                for (down, right) in [(0, 1), (1, 0)] {
                    let windows = (-8...0).map { first in
                        (first...first + 8).map { at(row + $0 * down, column + $0 * right) }
                    }
                    opened.append(windows.map { $0.min() ?? 0 }.max() ?? 0)
                    closed.append(windows.map { $0.max() ?? 0 }.min() ?? 0)
                }
                bright.append(at(row, column) - (opened.min() ?? 0))
                dark.append((closed.max() ?? 0) - at(row, column))
            }
        }
        return (bright, dark)
    }

    @Test func isTheDifferenceToOpeningAndClosing() {
        var state: UInt32 = 7
        let values = (0..<140 * 45).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        let plane = GreyPlane(rows: 140, columns: 45, values: values)
        let fast = StrokeFilter.responses(plane)
        let slow = Self.slow(plane)
        #expect(fast.bright == slow.bright)
        #expect(fast.dark == slow.dark)
    }
}
