import DICOMCore
import DICOMToolkit
import Foundation
import Glibc
import Testing

@Suite struct CodecWorkerTests {
    /// Built beside the test bundle.
    private static let worker: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("codec-worker-fixture")
            .path
    }()

    private func decode(_ file: PlainFile, timeoutSeconds: Double = 30) throws -> [UInt8] {
        try CodecWorker.decode(
            frame: file.pixels, transferSyntax: file.transferSyntax, geometry: file.geometry,
            executable: Self.worker, arguments: [], timeoutSeconds: timeoutSeconds)
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"), arguments: ["jpll", "jlsl", "j2kr", "rle"])
    func theChildDecodesLikeTheParent(encoding: String) throws {
        let file = try PlainFile(TestData.bytes("dicom/radiograph/nema_rg3_leg_10bit_mono1_\(encoding).dcm"))
        let plain = try PlainFile(TestData.bytes("dicom/radiograph/nema_rg3_leg_10bit_mono1_unc.dcm"))
        #expect(try decode(file) == plain.pixels)
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"))
    func theMarkerThatHangsDCMTKIsRefusedBeforeItGetsThere() throws {
        let file = try PlainFile(TestData.bytes("malformed/own/jpeg_tem_marker.dcm"))
        #expect(throws: ToolkitError.decodingFailed) { try decode(file) }
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"))
    func anImageThatClaimsFourGigapixelsIsRefused() throws {
        let file = try PlainFile(TestData.bytes("malformed/own/rows_cols_65535.dcm"))
        #expect(throws: ToolkitError.frameTooLarge) { try decode(file) }
    }

    @Test func theChildsErrorsComeBack() {
        let geometry = PixelGeometry(
            rows: 8, columns: 8, bitsAllocated: 8, bitsStored: 8, highBit: 7, isSigned: false,
            photometricInterpretation: "MONOCHROME2")
        let item: [UInt8] = [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0, 2, 0, 0, 0, 1, 2]
        for (bytes, syntax, error) in [
            (item, TransferSyntax.jpegLosslessSV1, ToolkitError.decodingFailed),
            ([], .rleLossless, .malformedEncapsulation),
            (item, .explicitVRLittleEndian, .unsupportedTransferSyntax),
        ] {
            #expect(throws: error) {
                try CodecWorker.decode(
                    frame: bytes, transferSyntax: syntax, geometry: geometry, executable: Self.worker, arguments: [])
            }
        }
    }

    @Test func anExecutableThatIsNoWorkerIsADeadWorker() {
        let geometry = PixelGeometry(
            rows: 8, columns: 8, bitsAllocated: 8, bitsStored: 8, highBit: 7, isSigned: false,
            photometricInterpretation: "MONOCHROME2")
        for (executable, arguments, error) in [
            ("/bin/true", [], ToolkitError.workerDied), ("/bin/echo", ["a long line that is not a reply"], .workerDied),
            ("/no/such/file", [], .cannotStartWorker(errno: ENOENT)), ("/bin/sleep", ["60"], .workerTimedOut),
        ] {
            #expect(throws: error) {
                try CodecWorker.decode(
                    frame: [0, 0], transferSyntax: .rleLossless, geometry: geometry, executable: executable,
                    arguments: arguments, timeoutSeconds: 0.5)
            }
        }
    }

    @Test(arguments: ["socket", "execute", "open", "fork", "kill", "memory"])
    func theLockedInChildIsDenied(what: String) throws {
        let result = try Tool.run(Self.worker, ["try", what])
        #expect(result.exitCode == 0, "\(result.output)")
    }
}
