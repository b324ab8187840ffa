import DICOMCore
import DICOMToolkit
import Foundation
import Testing

@Suite struct FrameDecoderTests {
    @Test(
        .enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"),
        arguments: ["jpll", "jlsl", "j2kr", "rle"])
    func everyLosslessEncodingOfOneImageGivesTheSamePixels(encoding: String) throws {
        let plain = try PlainFile(TestData.bytes("dicom/radiograph/nema_rg3_leg_10bit_mono1_unc.dcm"))
        let file = try PlainFile(TestData.bytes("dicom/radiograph/nema_rg3_leg_10bit_mono1_\(encoding).dcm"))
        let decoded = try FrameDecoder.decode(
            frame: file.pixels, transferSyntax: file.transferSyntax, geometry: file.geometry)
        #expect(decoded == plain.pixels)
    }

    @Test(
        .enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"),
        arguments: [
            "chest/canon_dx_pa_12bit_mono1_j2k_SANITISED.dcm", "radiograph/fo_cr_teeth_modality_lut_jpll.dcm",
            "syntax/rle_mr_16bit.dcm", "syntax/jpeg_proc14_57_ct.dcm", "chest/siim_cr_pa_jpegbaseline.dcm",
            "chest/nema_rg1_chest_15bit_mono1_jlsn.dcm",
        ])
    func realImagesDecodeToTheManifestsPixels(name: String) throws {
        let file = try PlainFile(TestData.bytes("dicom/" + name))
        let decoded = try FrameDecoder.decode(
            frame: file.pixels, transferSyntax: file.transferSyntax, geometry: file.geometry)
        #expect(decoded.count == file.geometry.byteCount)
        // "hash:type:range"; lossy ones depend on the decoder's arithmetic, so only their range is compared, roughly.
        let said = try TestData.manifest(name)[16]
        let fields = said.replacingOccurrences(of: "lossy ", with: "").split(separator: ":").map(String.init)
        if said.hasPrefix("lossy"), !file.transferSyntax.isJPEGLS {
            let bounds = fields[2].split(separator: ".").compactMap { Int($0) }
            let found = range(decoded, file.geometry)
            #expect(
                bounds.count == 2 && abs(found.lowerBound - bounds[0]) <= 2 && abs(found.upperBound - bounds[1]) <= 2)
        } else {
            #expect(try sha256(decoded).hasPrefix(fields[0]))
        }
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"))
    func theFirstOfSeveralFramesIsFoundWithoutAnOffsetTable() throws {
        let file = try PlainFile(TestData.bytes("dicom/syntax/jpegll_fragmented_no_bot_2frames.dcm"))
        #expect(file.geometry.frames == 2)
        let decoded = try FrameDecoder.decode(
            frame: file.pixels, transferSyntax: file.transferSyntax, geometry: file.geometry)
        #expect(decoded.count == 512 * 512 * 2)
        #expect(Set(decoded).count > 16)
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"), arguments: ["jpll", "jlsl", "j2kr", "rle"])
    func aDeclaredSizeThatIsNotTheCodestreamsIsRefused(encoding: String) throws {
        let file = try PlainFile(TestData.bytes("dicom/radiograph/nema_rg3_leg_10bit_mono1_\(encoding).dcm"))
        for change: (inout PixelGeometry) -> Void in [
            { $0.rows = 16 }, { $0.columns += 1 }, { $0.samplesPerPixel = 3 }, { $0.rows = 8192 },
        ] {
            var geometry = file.geometry
            change(&geometry)
            // RLE does not say its size; there the codec itself finds too few or too many bytes, or pads.
            if encoding == "rle", geometry.samplesPerPixel == 1 { continue }
            #expect(throws: ToolkitError.geometryMismatch) {
                try FrameDecoder.decode(frame: file.pixels, transferSyntax: file.transferSyntax, geometry: geometry)
            }
        }
    }

    @Test(.enabled(if: TestData.isSet, "CXR_TEST_DATA is not set"), arguments: ["jpll", "jlsl", "j2kr", "rle"])
    func truncatedAndMutatedImagesNeverCrash(encoding: String) throws {
        let file = try PlainFile(TestData.bytes("dicom/radiograph/nema_rg3_leg_10bit_mono1_\(encoding).dcm"))
        #expect(throws: ToolkitError.self) {
            try FrameDecoder.decode(
                frame: Array(file.pixels.prefix(file.pixels.count / 2)), transferSyntax: file.transferSyntax,
                geometry: file.geometry)
        }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<3 {
            var mutated = file.pixels
            for _ in 0..<20 {
                mutated[Int.random(in: 700..<mutated.count, using: &generator)] = UInt8.random(
                    in: 0...0xFE, using: &generator)
            }
            // A refusal is as good as noise.
            let decoded = try? FrameDecoder.decode(
                frame: mutated, transferSyntax: file.transferSyntax, geometry: file.geometry)
            #expect(decoded.map { $0.count == file.geometry.byteCount } ?? true)
        }
    }

    @Test(arguments: [
        [], [0xFE], [UInt8](repeating: 0, count: 64),
        [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0],  // a table and no fragment
        [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0x7F],  // no bytes
        [0xFE, 0xFF, 0x00, 0xE0, 3, 0, 0, 0, 1, 2, 3, 0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0],  // a table of 3 bytes
    ])
    func whatIsNotEncapsulatedIsMalformed(bytes: [UInt8]) {
        #expect(throws: ToolkitError.malformedEncapsulation) {
            try FrameDecoder.decode(frame: bytes, transferSyntax: .jpegLosslessSV1, geometry: Self.geometry())
        }
    }

    @Test func impossibleAndHugeGeometriesAreRefusedBeforeAnything() {
        for (geometry, error) in [
            (Self.geometry(rows: 0), ToolkitError.geometryMismatch), (Self.geometry(rows: 70_000), .geometryMismatch),
            (Self.geometry(columns: -1), .geometryMismatch), (Self.geometry(samples: 2), .geometryMismatch),
            (Self.geometry(allocated: 12), .geometryMismatch),
            (Self.geometry(rows: 65_535, columns: 65_535), .frameTooLarge),
        ] {
            #expect(throws: error) {
                try FrameDecoder.decode(frame: [], transferSyntax: .jpegLosslessSV1, geometry: geometry)
            }
        }
    }

    @Test func nativeAndUnknownSyntaxesHaveNoDecoder() {
        let bytes: [UInt8] = [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0, 2, 0, 0, 0, 1, 2]
        for syntax in [TransferSyntax.explicitVRLittleEndian, TransferSyntax("1.2.840.10008.1.2.4.201")] {
            #expect(throws: ToolkitError.unsupportedTransferSyntax) {
                try FrameDecoder.decode(frame: bytes, transferSyntax: syntax, geometry: Self.geometry())
            }
        }
    }

    private static func geometry(rows: Int = 8, columns: Int = 8, samples: Int = 1, allocated: Int = 16)
        -> PixelGeometry
    {
        PixelGeometry(
            rows: rows, columns: columns, samplesPerPixel: samples, bitsAllocated: allocated, bitsStored: allocated,
            highBit: allocated - 1, isSigned: false, photometricInterpretation: "MONOCHROME2")
    }

    private func range(_ bytes: [UInt8], _ geometry: PixelGeometry) -> ClosedRange<Int> {
        let width = geometry.bitsAllocated / 8
        let values = stride(from: 0, to: bytes.count, by: width).map { start in
            (0..<width).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
        }
        return (values.min() ?? 0)...(values.max() ?? 0)
    }

    private func sha256(_ bytes: [UInt8]) throws -> String {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("pixels")
        try Data(bytes).write(to: file)
        return try Tool.run("/usr/bin/sha256sum", [file.path]).output
    }
}

extension TransferSyntax {
    var isJPEGLS: Bool { pixelEncoding == .jpegLS }
}
