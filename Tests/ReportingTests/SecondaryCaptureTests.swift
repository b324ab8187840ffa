import DICOMCore
import Testing

@testable import Reporting

@Suite("Secondary capture")
struct SecondaryCaptureTests {
    private func problems(_ fixture: ReportFixture, _ object: DataSet) throws -> [ResultProblem] {
        let image = try #require(try fixture.images.first)
        return ResultValidator.problems(inCapture: object, source: try fixture.source, image: image)
    }

    @Test("a heat map as written has no problem")
    func good() throws {
        let fixture = try ReportFixture()
        let capture = try fixture.capture()
        #expect(try problems(fixture, capture) == [])
        #expect(capture == (try fixture.capture()))
        #expect(capture.text(.burnedInAnnotation) == "YES")
        #expect(capture.text(.seriesNumber) == "9902")
        #expect(capture[.windowCenter] == nil)
        let source = capture.items(Tag(0x0008, 0x2112)).first
        #expect(source?.items(Tag(0x0040, 0xA170)).first?.text(Tag(0x0008, 0x0100)) == "121322")
    }

    @Test("report and heat map lie in series of their own in the study of the source")
    func series() throws {
        let fixture = try ReportFixture()
        let (report, capture) = (try fixture.report(), try fixture.capture())
        let series = [fixture.header, report, capture].compactMap { $0.uid(.seriesInstanceUID) }
        #expect(Set(series).count == 3)
        #expect(Set([fixture.header, report, capture].map { $0.uid(.studyInstanceUID) }).count == 1)
    }

    @Test("orientation, side and lossy history of the source are kept")
    func inherited() throws {
        var fixture = try ReportFixture()
        fixture.header.set(.patientOrientation, .CS, "R\\F")
        fixture.header.set(.imageLaterality, .CS, "U")
        fixture.header.set(.lossyImageCompression, .CS, "01")
        fixture.header.set(.lossyImageCompressionRatio, .DS, "10.5")
        fixture.header.set(.lossyImageCompressionMethod, .CS, "ISO_10918_1")
        let capture = try fixture.capture()
        for tag in [
            Tag.patientOrientation, .imageLaterality, .lossyImageCompression, .lossyImageCompressionRatio,
            .lossyImageCompressionMethod, .bodyPartExamined,
        ] {
            #expect(capture[tag]?.bytes == fixture.header[tag]?.bytes)
        }
        #expect(try problems(fixture, capture) == [])
    }

    @Test("a lossy transfer syntax is history, even where the header says nothing")
    func lossySyntax() throws {
        var fixture = try ReportFixture()
        fixture.header.remove(.lossyImageCompression)
        let lossy = try ReferencedImage(header: fixture.header, transferSyntax: .jpegBaseline)
        #expect(lossy.inherited.text(.lossyImageCompression) == "01")
        #expect(lossy.inherited.text(.lossyImageCompressionMethod) == "ISO_10918_1")
        let lossless = try ReferencedImage(header: fixture.header, transferSyntax: .jpegLosslessSV1)
        #expect(lossless.inherited[.lossyImageCompression] == nil)
    }

    @Test("pixels of another size are refused, and found by the validator")
    func size() throws {
        let fixture = try ReportFixture()
        let image = try #require(try fixture.images.first)
        #expect(throws: ReportingError.pixelsDoNotFit) {
            try SecondaryCapture(
                CaptureInput(
                    source: try fixture.source, image: image, samples: [1, 2, 3], algorithm: try fixture.algorithm,
                    device: try fixture.device, identity: try fixture.identity(2)))
        }
        var capture = try fixture.capture()
        capture.set(DataElement(.pixelData, .OB, bytes: [1, 2]))
        #expect(try problems(fixture, capture) == [.pixelDataLength])
    }

    @Test(
        "what a PACS or a patient would suffer from is found",
        arguments: [
            (Tag.burnedInAnnotation, "NO", ResultProblem.wrongValue(.burnedInAnnotation)),
            (.imageType, "ORIGINAL\\PRIMARY", .wrongValue(.imageType)),
            (.patientID, "OTHER", .disagreesWithSource(.patientID)),
            (.patientOrientation, "R\\H", .disagreesWithSource(.patientOrientation)),
            (.conversionType, "", .emptyAttribute(.conversionType)),
        ] as [(Tag, String, ResultProblem)])
    func defect(case: (Tag, String, ResultProblem)) throws {
        let fixture = try ReportFixture()
        var capture = try fixture.capture()
        capture.set(`case`.0, .CS, `case`.1)
        #expect(try problems(fixture, capture).contains(`case`.2))
    }
}
