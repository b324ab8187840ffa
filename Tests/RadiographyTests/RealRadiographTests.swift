import DICOMCore
import Foundation
import Testing

@testable import Radiography

/// A radiograph from a real machine: CR, MONOCHROME1, 10 bits in 16.
@Suite("Real radiograph")
struct RealRadiographTests {
    private static let file = "dicom/radiograph/nema_rg3_leg_10bit_mono1_unc.dcm"

    @Test(
        "a real MONOCHROME1 radiograph gives the same bits as its MONOCHROME2 twin",
        .enabled(if: TestData.folder != nil, "CXR_TEST_DATA is not set"))
    func polarity() throws {
        let folder = try #require(TestData.folder)
        let bytes = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: folder).appending(path: RealRadiographTests.file)))
        // The pixel data is the last element; its header is known from the folder's list.
        let side = 1760
        let pixels = Array(bytes.suffix(side * side * 2))
        var geometry = PixelGeometry(
            rows: side, columns: side, bitsAllocated: 16, bitsStored: 10, highBit: 9, isSigned: false,
            photometricInterpretation: "MONOCHROME1")
        let first = try PixelPipeline.picture(native: pixels, geometry: geometry, header: DataSet())
        var turned = pixels
        for index in stride(from: 0, to: pixels.count, by: 2) {
            let value = 1023 - (Int(pixels[index]) | Int(pixels[index + 1]) << 8) & 1023
            turned[index] = UInt8(value & 0xFF)
            turned[index + 1] = UInt8(value >> 8)
        }
        geometry.photometricInterpretation = "MONOCHROME2"
        let second = try PixelPipeline.picture(native: turned, geometry: geometry, header: DataSet())
        #expect(first.values == second.values)
        #expect(first.facts == second.facts)
        #expect(first.facts.distinctLevels > 200 && first.facts.standardDeviation > 0.05)
    }
}

/// The folder of real data.
enum TestData {
    static let folder = ProcessInfo.processInfo.environment["CXR_TEST_DATA"]
}
