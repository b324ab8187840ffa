import DICOMCore
import Foundation
import Testing

@testable import Reporting

/// Programs of others, where they are installed.
private enum ForeignTool {
    static let dciodvfy = "/usr/bin/dciodvfy"
    static let dsrdump = "/usr/bin/dsrdump"
    /// A Python with pydicom and highdicom.
    static let python = ProcessInfo.processInfo.environment["CXR_TEST_PYTHON"]

    static func isInstalled(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }
}

/// What other people's programs say of our objects. A program that is not installed is named in the test's skip.
@Suite("Foreign validators")
struct ForeignValidatorTests {
    /// Every kind of object that we write, by file name.
    private static func objects() throws -> [(name: String, object: DataSet)] {
        var fixture = try ReportFixture()
        var list: [(String, DataSet)] = [
            ("cr", fixture.header), ("dx", try ReportFixture(isDX: true).header), ("sr3d", try fixture.report()),
            ("sr", try fixture.report(.comprehensive)), ("srenhanced", try fixture.report(.enhanced)),
            ("sc", try fixture.capture()), ("scside", try fixture.capture(.sideBySide)),
            ("pr", try fixture.presentation()), ("prdx", try ReportFixture(isDX: true).presentation()),
            ("ko", try fixture.keyObjects()), ("srdx", try ReportFixture(isDX: true).report()),
        ]
        var input = try fixture.input()
        input.images = [try fixture.declined()]
        input.revision = try fixture.revision()
        list.append(("srnone", try MeasurementReport(input).dataSet))
        for (index, names) in SourceAttributesTests.names.enumerated() {
            var other = try ReportFixture()
            other.header.set(.specificCharacterSet, .CS, names.0)
            let padded = names.1.count % 2 == 1 ? names.1 + [0x20] : names.1
            other.header.set(DataElement(.patientName, .PN, bytes: padded))
            list.append(("srcharset\(index)", try other.report()))
        }
        fixture.presence = .absent
        fixture.imageCount = 2
        list.append(("srabsent", try fixture.report()))
        fixture.presence = .undetermined
        list.append(("srundetermined", try fixture.report()))
        return list.map { (name: $0.0, object: $0.1) }
    }

    private func write(_ object: DataSet, _ name: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cxrgate-reporting-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "\(name)-\(UUID().uuidString).dcm")
        try Data(Part10Fixture.file(object)).write(to: file)
        return file.path
    }

    private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test(
        "dciodvfy finds no error in any object that we write",
        .enabled(if: ForeignTool.isInstalled(ForeignTool.dciodvfy), "dciodvfy is not installed"))
    func iod() throws {
        for (name, object) in try ForeignValidatorTests.objects() {
            let (_, output) = try run(ForeignTool.dciodvfy, ["-new", try write(object, name)])
            let errors = output.split(separator: "\n").filter { $0.hasPrefix("Error") }
            #expect(errors.isEmpty, "\(name): \(errors.joined(separator: "\n"))")
        }
    }

    @Test(
        "dsrdump reads every report, and finds its templates",
        .enabled(if: ForeignTool.isInstalled(ForeignTool.dsrdump), "dsrdump is not installed"))
    func tree() throws {
        for (name, object) in try ForeignValidatorTests.objects() where object.text(.modality) == "SR" {
            let (status, output) = try run(
                ForeignTool.dsrdump, ["+Pc", "+Pt", "+Pl", "+Pu", try write(object, name)])
            #expect(status == 0, "\(name): \(output)")
            #expect(output.contains("# TID 1500 (DCMR)"))
            #expect(output.contains("(399208008,SCT,\"Plain chest X-ray\")"))
        }
    }

    @Test(
        "highdicom finds every finding and region, pydicom every pixel",
        .enabled(if: ForeignTool.python != nil, "CXR_TEST_PYTHON names no Python with pydicom and highdicom"))
    func readers() throws {
        let script = """
            import sys, pydicom, highdicom as hd
            name, path = sys.argv[1:]
            data = pydicom.dcmread(path)
            for element in data.iterall(): element.value
            str(data.PatientName)
            if data.Modality == "SR":
                content = hd.sr.srread(path).content
                images = content.get_image_measurement_groups()
                regions = content.get_planar_roi_measurement_groups()
                print(len(images), len(regions))
                for group in images:
                    assert group.finding_type.value == "233604007" and group.tracking_uid
                    assert [m.name.value for m in group.get_measurements()] == ["111012"]
                for group in regions:
                    assert group.reference_type.value == "111030" and len(group.roi.value) >= 4
            elif "PixelData" in data:
                print(data.pixel_array.shape)
            else:
                print(data.Modality)
            """
        let expected = [
            "cr": "(96, 96)", "dx": "(96, 96)", "sc": "(96, 96, 3)", "scside": "(96, 192, 3)", "pr": "PR", "prdx": "PR",
            "ko": "KO", "srabsent": "2 0", "srundetermined": "2 2",
            "srnone": "0 0",
        ]
        for (name, object) in try ForeignValidatorTests.objects() {
            let (status, output) = try run(
                ForeignTool.python ?? "", ["-W", "ignore", "-c", script, name, try write(object, name)])
            #expect(status == 0, "\(name): \(output)")
            #expect(output.contains(expected[name] ?? "1 1"), "\(name): \(output)")
        }
    }
}
