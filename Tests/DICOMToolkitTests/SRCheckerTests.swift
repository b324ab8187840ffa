import DICOMToolkit
import Foundation
import Testing

@Suite struct SRCheckerTests {
    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"))
    func aValidDocumentHasNoFault() throws {
        #expect(SRChecker.check(try PlainFile.dataSet(TestData.bytes("standard/reference_sr_highdicom.dcm"))) == nil)
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"))
    func aNumberWithoutItsValueIsAFault() throws {
        #expect(SRChecker.check(try PlainFile.dataSet(TestData.bytes("dicom/syntax/sr_sample.dcm"))) != nil)
    }

    @Test(
        .enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"),
        arguments: ["sr_scoord3d_in_comprehensive", "sr_no_completion_flag"])
    func aFaultyDocumentHasAReason(name: String) throws {
        let reason = SRChecker.check(try PlainFile.dataSet(TestData.bytes("malformed/own/\(name).dcm")))
        #expect(reason?.isEmpty == false)
    }

    @Test func whatIsNoDocumentHasAReason() {
        #expect(SRChecker.check(Specimen.dataSet(rows: 4, columns: 4)) != nil)
        #expect(SRChecker.check([]) != nil)
        #expect(SRChecker.check([UInt8](repeating: 0xFF, count: 100)) != nil)
    }

    @Test func theReasonQuotesNoValue() {
        let dataSet =
            Specimen.text(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.88.33")
            + Specimen.text(0x0008, 0x0060, "CS", "CANARY") + Specimen.text(0x0010, 0x0010, "PN", "Canary^Name")
            + Specimen.text(0x0040, 0xA040, "CS", "CANARY")
        let reason = SRChecker.check(dataSet)
        #expect(reason != nil)
        #expect(reason?.uppercased().contains("CANARY") == false)
    }
}
