import DICOMCore
import Foundation
import Testing

@testable import PixelCleaning

/// Real files with uncompressed pixels at their end: the folder that `CXR_TEST_DATA` names. Set but unusable is a failure.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["CXR_TEST_DATA"] != nil,
        "skipped: CXR_TEST_DATA is not set, so no real data was read"))
struct RealRadiographTests {
    static func found(_ path: String, rows: Int, columns: Int) throws -> [BurnedInText] {
        let folder = try #require(ProcessInfo.processInfo.environment["CXR_TEST_DATA"])
        let file = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/dicom/\(path)"))
        let geometry = PixelGeometry(
            rows: rows, columns: columns, bitsAllocated: 8, bitsStored: 8, highBit: 7, isSigned: false,
            photometricInterpretation: "MONOCHROME2")
        return try #require(
            try TextDetector().detect(native: Array(file.suffix(rows * columns)), geometry: geometry))
    }

    @Test(arguments: ["chest/nih_dx_test1_chest_PA.dcm", "chest/nih_dx_test2_cardiomegaly.dcm"])
    func anOrdinaryRadiographHoldsNoText(_ path: String) throws {
        #expect(try Self.found(path, rows: 1024, columns: 1024).isEmpty)
    }

    @Test func whatAScannerWroteIntoItsImageIsFound() throws {
        #expect(try Self.found("syntax/burned_in_us.dcm", rows: 768, columns: 1024).count >= 2)
    }
}
