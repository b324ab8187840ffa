import DICOMCore
import Radiography
import Testing

@testable import Reporting

@Suite("Optional objects")
struct OptionalObjectsTests {
    private func problems(_ fixture: ReportFixture, presentation object: DataSet) throws -> [ResultProblem] {
        ResultValidator.problems(
            inPresentation: object, source: try fixture.source, image: try #require(try fixture.images.first))
    }

    @Test("a presentation state draws the regions of the report, half a pixel on, and says how the source is shown")
    func presentation() throws {
        let fixture = try ReportFixture()
        let object = try fixture.presentation()
        #expect(try problems(fixture, presentation: object) == [])
        #expect(object == (try fixture.presentation()))
        let graphic = try #require(
            object.items(.graphicAnnotationSequence).first?.items(.graphicObjectSequence).first)
        let region = try #require(try fixture.findings().first?.regions.first?.region)
        var expected = DataSet()
        expected.set(.graphicData, floats: region.closedGraphicData.map { $0 + 0.5 })
        #expect(graphic[.graphicData]?.bytes == expected[.graphicData]?.bytes)
        #expect(object[.rescaleSlope]?.bytes == fixture.header[.rescaleSlope]?.bytes)
        #expect(object.text(.presentationLUTShape) == "IDENTITY")
        #expect(object[.contentDate] == nil)
    }

    @Test("an inverted source is shown inverted")
    func inverted() throws {
        var fixture = try ReportFixture()
        fixture.header.set(.photometricInterpretation, .CS, "MONOCHROME1")
        #expect(try fixture.presentation().text(.presentationLUTShape) == "INVERSE")
    }

    @Test("without a region there is no presentation state")
    func noRegion() throws {
        var fixture = try ReportFixture()
        fixture.presence = .absent
        #expect(throws: ReportingError.malformedRegion) { try fixture.presentation() }
    }

    @Test("what would show on another image, or nothing, is found")
    func presentationDefects() throws {
        let fixture = try ReportFixture()
        var object = try fixture.presentation()
        object.set(.patientID, .LO, "OTHER")
        object.remove(.graphicLayerSequence)
        object.set(.referencedSeriesSequence, items: [])
        let found = try problems(fixture, presentation: object)
        #expect(found.contains(.disagreesWithSource(.patientID)))
        #expect(found.contains(.missingAttribute(.graphicLayerSequence)))
        #expect(found.contains(.evidenceIncomplete))
    }

    @Test("key objects are the images with a finding, all of them in the evidence")
    func keyObjects() throws {
        var fixture = try ReportFixture()
        fixture.imageCount = 2
        let object = try fixture.keyObjects()
        let (source, images) = (try fixture.source, try fixture.images)
        #expect(ResultValidator.problems(inKeyObjects: object, source: source, images: images) == [])
        #expect(
            ResultValidator.problems(inKeyObjects: object, source: source, images: [images[0]])
                == [.evidenceIncomplete, .referenceWithoutEvidence])
        var input = try fixture.input()
        #expect(input.notableImages.count == 2)
        fixture.presence = .absent
        input = try fixture.input()
        #expect(input.notableImages.isEmpty)
    }

    @Test("side by side the picture is twice as wide, and no longer claims the places of the source")
    func sideBySide() throws {
        let fixture = try ReportFixture()
        let capture = try fixture.capture(.sideBySide)
        let image = try #require(try fixture.images.first)
        #expect(capture.uint16(.columns) == 192)
        #expect(
            ResultValidator.problems(
                inCapture: capture, source: try fixture.source, image: image, layout: .sideBySide) == [])
        #expect(
            ResultValidator.problems(inCapture: capture, source: try fixture.source, image: image).contains(
                .disagreesWithSource(.columns)))
        // The left half of the last row but the strips is the source; the right one the overlay.
        let overlay = try fixture.capture()
        let (wide, narrow) = (capture[.pixelData]?.bytes ?? [], overlay[.pixelData]?.bytes ?? [])
        let row = 48
        #expect(
            Array(wide[(row * 192 + 96) * 3..<(row + 1) * 192 * 3]) == Array(narrow[row * 96 * 3..<(row + 1) * 96 * 3]))
    }
}
