import DICOMCore
import Testing

@testable import PixelCleaning

@Suite struct PixelClearanceTests {
    static func judged(
        _ frame: TestFrame, annotation: String? = nil, regions: [PixelBox] = [], rules: PixelRules
    ) throws -> (verdict: PixelClearance.Verdict, samples: [UInt8], report: ClearanceReport) {
        var header = DataSet()
        if let annotation { header.set(.burnedInAnnotation, .CS, annotation) }
        var samples = frame.samples
        var report = ClearanceReport()
        let verdict = try PixelClearance(rules: rules).pixels(
            &samples, geometry: frame.geometry, header: header, regions: regions, report: &report)
        return (verdict, samples, report)
    }

    static func named() throws -> TestFrame {
        var frame = TestFrame()
        try frame.write("ROSSI MARIA", top: 30, left: 20, height: 20)
        return frame
    }

    static func rules(_ text: PixelRules.TextAction, _ annotation: PixelRules.AnnotationAction = .hold) -> PixelRules {
        var rules = PixelRules()
        rules.text = text
        rules.annotation = annotation
        return rules
    }

    @Test func textIsHeldRefusedOrCoveredByTheRule() throws {
        let frame = try Self.named()
        #expect(try Self.judged(frame, rules: Self.rules(.hold)).verdict == .hold(.text))
        #expect(try Self.judged(frame, rules: Self.rules(.refuse)).verdict == .refuse(.text))
        let masked = try Self.judged(frame, rules: Self.rules(.mask))
        #expect(masked.verdict == .masked)
        #expect(!masked.report.masked.isEmpty)
    }

    @Test func coveredPixelsAreGone() throws {
        let frame = try Self.named()
        let ground = try #require(frame.samples.min())
        let masked = try Self.judged(frame, rules: Self.rules(.mask))
        #expect(masked.samples != frame.samples)
        for box in masked.report.masked {
            for row in box.top..<box.bottom {
                let line = masked.samples[(row * frame.columns + box.left)..<(row * frame.columns + box.right)]
                #expect(line.allSatisfy { $0 == ground })
            }
        }
        #expect(try TextDetector().detect(native: masked.samples, geometry: frame.geometry) == [])
    }

    @Test func pixelsThatAreNotCoveredStayAsTheyWere() throws {
        let frame = try Self.named()
        let held = try Self.judged(frame, rules: Self.rules(.hold))
        #expect(held.samples == frame.samples)
        let masked = try Self.judged(frame, rules: Self.rules(.mask))
        let isCovered = { (index: Int) in
            masked.report.masked.contains {
                ($0.top..<$0.bottom).contains(index / frame.columns)
                    && ($0.left..<$0.right).contains(index % frame.columns)
            }
        }
        #expect(frame.samples.indices.allSatisfy { isCovered($0) || masked.samples[$0] == frame.samples[$0] })
    }

    @Test func anAnnotationThatSaysYesIsNeverPassedUnseen() throws {
        let frame = TestFrame()
        #expect(try Self.judged(frame, annotation: "YES", rules: Self.rules(.mask)).verdict == .hold(.annotation))
        #expect(
            try Self.judged(frame, annotation: "YES", rules: Self.rules(.mask, .refuse)).verdict == .refuse(.annotation)
        )
        // Covering was asked for, and nothing was there to cover.
        #expect(
            try Self.judged(frame, annotation: "YES", rules: Self.rules(.hold, .mask)).verdict == .hold(.annotation))
        let region = PixelBox(top: 0, left: 0, bottom: 20, right: 420)
        #expect(
            try Self.judged(frame, annotation: "YES", regions: [region], rules: Self.rules(.hold, .mask)).verdict
                == .masked)
    }

    @Test func anAnnotationThatSaysNoIsNotBelieved() throws {
        #expect(try Self.judged(Self.named(), annotation: "NO", rules: Self.rules(.hold)).verdict == .hold(.text))
        #expect(try Self.judged(TestFrame(), annotation: "NO", rules: Self.rules(.hold)).verdict == .clear)
    }

    @Test func aRegionOfTheTableCoversWhatTheDetectorWouldHaveHeld() throws {
        let region = PixelBox(top: 10, left: 0, bottom: 70, right: 420)
        let judged = try Self.judged(Self.named(), regions: [region], rules: Self.rules(.hold))
        #expect(judged.verdict == .masked)
        #expect(judged.report.masked == [region])
    }

    @Test func cleanedObjectsSaySo() {
        var header = DataSet()
        header.set(.deidentificationMethodCodeSequence, items: [DataSet(code: Code("113100", "DCM", "Basic"))])
        header.markPixelsClean()
        header.markPixelsClean()
        #expect(header.text(.burnedInAnnotation) == "NO")
        #expect(
            header.items(.deidentificationMethodCodeSequence).compactMap { $0.text(Tag(0x0008, 0x0100)) }
                == ["113100", "113101"])
    }
}

@Suite struct PixelMaskerTests {
    @Test(arguments: [("MONOCHROME2", nil, UInt16(10)), ("MONOCHROME1", nil, 900), ("MONOCHROME2", UInt16(77), 77)])
    func fillsWithWhatIsShownBlack(_ photometric: String, _ padding: UInt16?, _ expected: UInt16) throws {
        let geometry = PixelGeometry(
            rows: 4, columns: 6, bitsAllocated: 16, bitsStored: 10, highBit: 9, isSigned: false,
            photometricInterpretation: photometric)
        var header = DataSet()
        if let padding { header.set(.pixelPaddingValue, padding) }
        func bytes(_ values: [UInt16]) -> [UInt8] { values.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] } }
        let before: [UInt16] = (0..<24).map { $0 % 2 == 0 ? 10 : 900 }
        var samples = bytes(before)
        try PixelMasker.mask(
            [PixelBox(top: 1, left: 2, bottom: 3, right: 99)], in: &samples, geometry: geometry, header: header)
        let after: [UInt16] = before.enumerated().map { index, value in
            (1..<3).contains(index / 6) && index % 6 >= 2 ? expected : value
        }
        #expect(samples == bytes(after))
    }

    @Test func pixelsOfAnotherKindAreRefused() {
        let geometry = PixelGeometry(
            rows: 1, columns: 1, bitsAllocated: 32, bitsStored: 32, highBit: 31, isSigned: false,
            photometricInterpretation: "MONOCHROME2")
        var samples: [UInt8] = [0, 0, 0, 0]
        #expect(throws: PixelCleaningError.unsupportedPixels) {
            try PixelMasker.mask([], in: &samples, geometry: geometry, header: DataSet())
        }
    }
}
