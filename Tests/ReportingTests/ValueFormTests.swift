import DICOMCore
import Radiography
import Testing

@testable import Reporting

@Suite("Value form")
struct ValueFormTests {
    @Test(
        "well-formed values are taken, malformed ones are not",
        arguments: [
            (VR.AS, "003Y", true), (.AS, "81", false), (.AS, "081 ", false), (.AS, "", true), (.DA, "20240101", true),
            (.DA, "2024.01.01", false), (.TM, "101112.123456", true), (.TM, "10:11", false), (.DS, " 1.75", true),
            (.DS, "70\\80.5", true), (.DS, "seventy", false), (.DS, "1.23456789012345678", false), (.CS, "NO", true),
            (.CS, "no", false), (.LO, "anything at all", true),
        ])
    func forms(case: (VR, String, Bool)) {
        #expect(ValueForm.isAcceptable(Array(`case`.1.utf8), `case`.0) == `case`.2)
    }

    @Test("a malformed optional attribute is left out and named, a malformed identifying one is kept")
    func omitted() throws {
        var fixture = try ReportFixture()
        fixture.header.set(.patientAge, .AS, "81")
        fixture.header.set(.patientBirthDate, .DA, "1.1.1950")
        let report = try fixture.report()
        #expect(report[.patientAge] == nil)
        #expect(report[.patientBirthDate]?.bytes == fixture.header[.patientBirthDate]?.bytes)
        #expect(try fixture.source.omitted == [.patientAge])
        #expect(
            ResultValidator.problems(inReport: report, source: try fixture.source, images: try fixture.images).isEmpty)
    }

    @Test(
        "the side of a region follows the orientation of its image",
        arguments: [
            ("L\\F", Float(10), "24028007"), ("L\\F", 86, "7771000"), ("R\\F", 10, "7771000"), ("L\\F", 48, nil),
            ("", 10, nil), ("P\\F", 10, nil),
        ] as [(String, Float, String?)])
    func laterality(case: (String, Float, String?)) throws {
        var fixture = try ReportFixture()
        fixture.header.set(.patientOrientation, .CS, `case`.0)
        let image = try ReferencedImage(header: fixture.header)
        let x = `case`.1
        let region = HeatRegion(
            vertices: [.init(x: x - 2, y: 1), .init(x: x + 2, y: 1), .init(x: x, y: 9)], areaFraction: 0.01)
        #expect(RegionInput.laterality(of: region, in: image)?.value == `case`.2)
    }
}
