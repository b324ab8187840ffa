import DICOMCore
import Testing

@testable import DICOMStream

@Suite("The scanner takes an instance apart")
struct InstanceScannerTests {
    @Test("Header, pixels and trailer come apart at their borders")
    func parts() {
        let trailer = Wire.explicit(0xFFFC, 0xFFFC, "OB", [0, 0])
        let result = ScanResult.scan(Wire.patient + Wire.pixels + trailer)
        #expect(result.header == Wire.patient)
        #expect(result.element == PixelElement(vr: .OW, declaredLength: 4))
        #expect(result.pixels == [1, 2, 3, 4])
        #expect(result.trailer == trailer)
        #expect(result.code == nil)
    }

    @Test("Implicit VR is read by the dictionary")
    func implicit() {
        let header = Wire.implicit(0x0008, 0x1140, Wire.item(Wire.implicit(0x0008, 0x1155, Wire.text("1.2 "))))
        let bytes = header + Wire.implicit(0x7FE0, 0x0010, [9, 9])
        let result = ScanResult.scan(bytes, .implicitVRLittleEndian)
        #expect(result.header == header)
        #expect(result.pixels == [9, 9])
    }

    @Test("Encapsulated pixels pass as they lie on the wire, up to their delimiter")
    func encapsulated() {
        let items = Wire.item([]) + Wire.item([1, 2]) + Wire.item([3, 4, 5]) + Wire.sequenceEnd
        let trailer = Wire.explicit(0xFFFC, 0xFFFC, "OB", [0, 0])
        let bytes = Wire.patient + Wire.explicit(0x7FE0, 0x0010, "OB", items, length: Wire.undefined) + trailer
        for size in [1, 3, 7, 8, 9, 64, .max] {
            let result = ScanResult.scan(bytes, .jpegLosslessSV1, portion: { size })
            #expect(result.code == nil)
            #expect(result.element == PixelElement(vr: .OB, declaredLength: nil))
            #expect(result.pixels == items)
            #expect(result.trailer == trailer)
            #expect(result.noise.oddLengths == 1)
        }
    }

    @Test(
        "Deflated and big-endian syntaxes are refused at the first byte",
        arguments: [
            TransferSyntax.deflatedExplicitVRLittleEndian, .explicitVRBigEndian,
        ])
    func unsupported(syntax: TransferSyntax) {
        #expect(ScanResult.scan(Wire.pixels, syntax).code == .transferSyntaxNotSupported)
    }

    @Test("After an error every call throws the same error")
    func poisoned() throws {
        var scanner = InstanceScanner(transferSyntax: .explicitVRLittleEndian)
        let bad = Wire.explicit(0x0002, 0x0010, "UI", Wire.text("1.2 "))
        for _ in 0..<3 {
            #expect(throws: StreamError(.forbiddenGroup, at: 0)) {
                try unsafe bad.withUnsafeBytes {
                    try unsafe scanner.consume($0, onHeader: { _, _ in }, onPixels: { _ in })
                }
            }
        }
        #expect(throws: StreamError(.forbiddenGroup, at: 0)) { try scanner.finish() }
    }

    @Test("An error of the receiver comes through unchanged")
    func receiverError() {
        struct DiskFull: Error {}
        var scanner = InstanceScanner(transferSyntax: .explicitVRLittleEndian)
        #expect(throws: DiskFull.self) {
            try unsafe Wire.pixels.withUnsafeBytes {
                try unsafe scanner.consume($0, onHeader: { _, _ in }, onPixels: { _ in throw DiskFull() })
            }
        }
    }

    static let faults: [(String, [UInt8], StreamError.Code)] = [
        ("no pixel data", Wire.patient, .noPixelData),
        ("nothing at all", [], .noPixelData),
        ("half an element header", Array(Wire.patient.prefix(5)), .truncated),
        ("a value that does not come", Array(Wire.patient.dropLast()), .truncated),
        ("pixels that do not come", Array((Wire.patient + Wire.pixels).dropLast()), .truncated),
        ("half an element behind the pixels", Wire.pixels + Wire.tag(0xFFFC, 0xFFFC), .truncated),
        ("an open sequence", Wire.explicit(0x0008, 0x1140, "SQ", [], length: Wire.undefined), .truncated),
        ("file meta in the data set", Wire.explicit(0x0002, 0x0010, "UI", Wire.text("1.2 ")), .forbiddenGroup),
        ("a command in the data set", Wire.explicit(0x0000, 0x0002, "UI", Wire.text("1.2 ")), .forbiddenGroup),
        ("a tag twice", Wire.patient + Wire.patient, .duplicateTag),
        (
            "a tag twice, out of order",
            Wire.patient + Wire.explicit(0x0008, 0x0060, "CS", Wire.text("CR")) + Wire.patient, .duplicateTag
        ),
        ("pixel data twice", Wire.pixels + Wire.pixels, .duplicateTag),
        ("a VR of no letters", Wire.tag(0x0010, 0x0010) + [0, 0, 4, 0, 1, 2, 3, 4], .unknownVR),
        (
            "text of undefined length", Wire.explicit(0x0010, 0x4000, "UT", [], length: Wire.undefined),
            .undefinedLengthNotAllowed
        ),
        (
            "native pixels of undefined length", Wire.explicit(0x7FE0, 0x0010, "OW", [], length: Wire.undefined),
            .pixelDataEncodingMismatch
        ),
        ("pixels of a text VR", Wire.explicit(0x7FE0, 0x0010, "UT", [1, 2]), .pixelDataEncodingMismatch),
        ("a delimiter of nothing", Wire.patient + Wire.itemEnd, .unexpectedDelimiter),
        ("a sequence delimiter of nothing", Wire.patient + Wire.sequenceEnd, .unexpectedDelimiter),
        (
            "an element directly in a sequence",
            Wire.explicit(0x0008, 0x1140, "SQ", Wire.patient), .itemExpected
        ),
        (
            "an item longer than its sequence",
            Wire.explicit(0x0008, 0x1140, "SQ", Wire.item(Wire.patient, length: 200)), .lengthExceedsParent
        ),
        (
            "a value longer than its item",
            Wire.explicit(0x0008, 0x1140, "SQ", Wire.item(Wire.explicit(0x0010, 0x0010, "PN", [1, 2], length: 90))),
            .lengthExceedsParent
        ),
        (
            "an item that ends inside an element header",
            Wire.explicit(0x0008, 0x1140, "SQ", Wire.item([0x10, 0, 0x10, 0])) + Wire.pixels, .lengthExceedsParent
        ),
        (
            "an open item in a sequence that ends",
            Wire.explicit(0x0008, 0x1140, "SQ", Wire.item(Wire.patient, length: Wire.undefined)) + Wire.pixels,
            .lengthExceedsParent
        ),
        (
            "a delimiter with a length",
            Wire.explicit(0x0008, 0x1140, "SQ", Wire.tag(0xFFFE, 0xE0DD) + [4, 0, 0, 0], length: Wire.undefined),
            .delimiterWithLength
        ),
    ]

    @Test("Every fault has its code, however the bytes arrive", arguments: faults)
    func fault(name: String, bytes: [UInt8], code: StreamError.Code) {
        for size in [1, 2, 5, .max] {
            #expect(ScanResult.scan(bytes, portion: { size }).code == code, "\(name), portions of \(size)")
        }
    }

    @Test("Noise is tolerated and counted")
    func noise() {
        let odd = Wire.explicit(0x0010, 0x4000, "LT", Wire.text("abc"))
        let early = Wire.explicit(0x0008, 0x0060, "CS", Wire.text("CR"))
        let future = Wire.explicit(0x0011, 0x0010, "XY", [1, 2])
        let result = ScanResult.scan(odd + early + future + Wire.pixels)
        #expect(result.code == nil)
        #expect(result.noise.oddLengths == 1)
        #expect(result.noise.tagsOutOfOrder == 1)
        #expect(result.noise.unknownVRs == 1)
        #expect(!result.noise.isSilent)
    }
}
