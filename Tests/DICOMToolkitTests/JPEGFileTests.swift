import DICOMToolkit
import Foundation
import Testing

/// Two small files and their samples as Pillow reads them (the colour one through `convert("L")`).
@Suite struct JPEGFileTests {
    @Test func aGrayFileGivesItsSamples() throws {
        let (rows, columns, samples) = try JPEGFile.decodeGray(Self.file(Self.gray))
        #expect(rows == 8 && columns == 10)
        #expect(furthest(samples, Self.graySamples) <= 1)
    }

    @Test func aColourFileGivesItsLuminance() throws {
        let (rows, columns, samples) = try JPEGFile.decodeGray(Self.file(Self.colour))
        #expect(rows == 8 && columns == 10)
        #expect(furthest(samples, Self.colourSamples) <= 2)
    }

    @Test func whatIsNeitherBaselineNorProgressiveIsRefused() throws {
        #expect(throws: ToolkitError.decodingFailed) { try JPEGFile.decodeGray([]) }
        #expect(throws: ToolkitError.decodingFailed) { try JPEGFile.decodeGray([0xFF, 0xD8, 0xFF, 0xD9]) }
        var arithmetic = try Self.file(Self.gray)
        let frame = try #require(arithmetic.indices.first { arithmetic[$0] == 0xFF && arithmetic[$0 + 1] == 0xC0 })
        arithmetic[frame + 1] = 0xC9
        #expect(throws: ToolkitError.unsupportedTransferSyntax) { try JPEGFile.decodeGray(arithmetic) }
        var huge = try Self.file(Self.gray)
        for index in frame + 5...frame + 8 { huge[index] = 0xFF }
        #expect(throws: ToolkitError.frameTooLarge) { try JPEGFile.decodeGray(huge) }
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"))
    func aRealProgressiveFileDecodes() throws {
        let folder = URL(fileURLWithPath: TestData.folder ?? "").appendingPathComponent("kermany")
        let path = try #require(
            FileManager.default.subpaths(atPath: folder.path)?.first {
                $0.hasSuffix("person1216_virus_2062.jpeg") && $0.contains("original")
            })
        let (rows, columns, samples) = try JPEGFile.decodeGray(
            Array(Data(contentsOf: folder.appendingPathComponent(path))))
        #expect(samples.count == rows * columns)
        #expect(Set(samples).count > 100)
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"))
    func aRealTrainingImageDecodes() throws {
        let folder = URL(fileURLWithPath: TestData.folder ?? "").appendingPathComponent("kermany/val/NORMAL")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let (rows, columns, samples) = try JPEGFile.decodeGray(Array(Data(contentsOf: file)))
            #expect(rows == 224 && columns == 224 && samples.count == 224 * 224)
            #expect(Set(samples).count > 100)
        }
    }

    private func furthest(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard left.count == right.count else { return .max }
        return zip(left, right).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    private static func file(_ base64: String) throws -> [UInt8] {
        guard let data = Data(base64Encoded: base64, options: .ignoreUnknownCharacters) else {
            throw TestFailure("not base64")
        }
        return Array(data)
    }

    private static let gray = """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8Q
            EBEQCgwSExIQEw8QEBD/wAALCAAIAAoBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF
            BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW
            V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi
            4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APnf4EfC3/j3/wBG9O1fXVt8Lf8ARov9G/gXt7V//9k=
        """

    private static let graySamples: [UInt8] = [
        0, 12, 26, 39, 52, 65, 79, 91, 104, 117, 9, 21, 35, 47, 61, 74, 87, 100, 112, 126,
        18, 31, 44, 57, 71, 83, 97, 109, 122, 135, 27, 39, 53, 66, 79, 92, 106, 118, 131, 144,
        36, 48, 62, 75, 88, 101, 115, 127, 140, 153, 45, 57, 71, 83, 97, 110, 123, 136, 148, 161,
        54, 67, 80, 93, 107, 119, 133, 145, 158, 171, 63, 75, 89, 102, 115, 128, 142, 154, 167, 180,
    ]

    private static let colour = """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8Q
            EBEQCgwSExIQEw8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ
            EBAQEBAQEBD/wAARCAAIAAoDAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF
            BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW
            V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi
            4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC
            AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm
            Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq
            8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDxb4R+If8AU/P6V/Q/ifmfx6nk4Lgjb3T6Qg8Q/uI/n/gHf2r+RK2Z/vJa9We+uCNPhP/Z
        """

    private static let colourSamples: [UInt8] = [
        66, 76, 86, 95, 106, 116, 126, 136, 146, 157, 63, 73, 83, 93, 104, 113, 124, 133, 142, 153,
        59, 69, 79, 89, 100, 109, 119, 129, 139, 149, 55, 65, 75, 85, 96, 105, 116, 125, 136, 146,
        52, 62, 72, 81, 92, 102, 112, 122, 131, 142, 48, 58, 68, 78, 89, 98, 109, 118, 128, 138,
        44, 54, 64, 74, 85, 94, 105, 114, 125, 135, 41, 51, 61, 71, 82, 91, 102, 111, 121, 131,
    ]
}
