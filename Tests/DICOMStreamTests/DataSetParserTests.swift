import DICOMCore
import Testing

@testable import DICOMStream

@Suite("The parser builds data sets")
struct DataSetParserTests {
    private func explicit(_ bytes: [UInt8]) throws -> DataSet {
        try DataSetParser.parse(bytes, transferSyntax: .explicitVRLittleEndian)
    }

    private func implicit(_ bytes: [UInt8]) throws -> DataSet {
        try DataSetParser.parse(bytes, transferSyntax: .implicitVRLittleEndian)
    }

    @Test("Items nest, of defined and of undefined length alike")
    func nesting() throws {
        let inner = Wire.explicit(
            0x0040, 0xA043, "SQ", Wire.item(Wire.explicit(0x0008, 0x0100, "SH", Wire.text("1234"))))
        let defined = Wire.explicit(0x0040, 0xA730, "SQ", Wire.item(inner) + Wire.item([]))
        let undefined = Wire.explicit(
            0x0040, 0xA730, "SQ",
            Wire.item(inner + Wire.itemEnd, length: Wire.undefined) + Wire.item(Wire.itemEnd, length: Wire.undefined)
                + Wire.sequenceEnd, length: Wire.undefined)
        let first = try explicit(defined)
        #expect(try explicit(undefined) == first)
        let items = first.items(Tag(0x0040, 0xA730))
        #expect(items.count == 2)
        #expect(items.first?.items(Tag(0x0040, 0xA043)).first?.text(Tag(0x0008, 0x0100)) == "1234")
    }

    @Test("Unknown VR of undefined length is a sequence in implicit VR")
    func unknownSequence() throws {
        let content = Wire.item(Wire.implicit(0x0010, 0x0020, Wire.text("ID12"))) + Wire.sequenceEnd
        let dataSet = try explicit(Wire.explicit(0x0009, 0x1010, "UN", content, length: Wire.undefined))
        #expect(dataSet.items(Tag(0x0009, 0x1010)).first?.text(.patientID) == "ID12")
    }

    @Test("A known sequence that came as UN is read as the sequence it is")
    func knownSequence() throws {
        let content = Wire.item(Wire.implicit(0x0008, 0x1155, Wire.text("1.2.3 ")))
        let dataSet = try explicit(Wire.explicit(0x0008, 0x1140, "UN", content))
        #expect(dataSet.items(Tag(0x0008, 0x1140)).first?.text(Tag(0x0008, 0x1155)) == "1.2.3")
    }

    @Test("In implicit VR the dictionary names the VR, and what it does not know is UN")
    func implicitVR() throws {
        let dataSet = try implicit(
            Wire.implicit(0x0009, 0x0010, Wire.text("MAKER ")) + Wire.implicit(0x0009, 0x1001, [1, 2])
                + Wire.implicit(0x0010, 0x0010, Wire.text("DOE^JANE")))
        #expect(dataSet[Tag(0x0009, 0x0010)]?.vr == .LO)
        #expect(dataSet[Tag(0x0009, 0x1001)]?.vr == .UN)
        #expect(dataSet[.patientName]?.vr == .PN)
    }

    @Test("US or SS is decided by Pixel Representation", arguments: [(UInt8(0), VR.US), (1, .SS)])
    func pixelRepresentation(value: UInt8, vr: VR) throws {
        let dataSet = try implicit(Wire.implicit(0x0028, 0x0103, [value, 0]) + Wire.implicit(0x0028, 0x0106, [0, 0]))
        #expect(dataSet[Tag(0x0028, 0x0106)]?.vr == vr)
    }

    @Test("A standard attribute that is no sequence cannot have undefined length")
    func notASequence() {
        #expect(throws: StreamError(.unexpectedSequence, at: 0)) {
            try implicit(Wire.implicit(0x0010, 0x0010, Wire.sequenceEnd, length: Wire.undefined))
        }
    }

    @Test("Icons may hold encapsulated pixels")
    func icon() throws {
        let items = Wire.item([]) + Wire.item([1, 2]) + Wire.sequenceEnd
        let pixels = Wire.explicit(0x7FE0, 0x0010, "OB", items, length: Wire.undefined)
        let bytes = Wire.explicit(0x0088, 0x0200, "SQ", Wire.item(pixels))
        let dataSet = try DataSetParser.parse(bytes, transferSyntax: .jpegBaseline)
        #expect(dataSet.items(Tag(0x0088, 0x0200)).first?[.pixelData]?.bytes == items)
        #expect(DataSetWriter.write(dataSet, transferSyntax: .jpegBaseline) == bytes)
    }

    @Test("Every real file is parsed and written without loss", .enabled(if: TestData.isSet, TestData.skipLine))
    func roundTrip() throws {
        var count = 0
        for path in try TestData.files(below: "dicom", atLeast: 25)
            + TestData.files(below: "standard/fixtures", atLeast: 5)
        where path.hasSuffix(".dcm") {
            let bytes = try TestData.bytes(path)
            if path.contains("no_preamble_meta") {
                // Its first byte is a stray space; nothing can be recognized behind it.
                #expect(throws: StreamError.self) { try Part10.read(bytes) }
                continue
            }
            let contents = try Part10.read(bytes)
            let syntax = contents.transferSyntax
            if syntax.isDeflated || !syntax.isLittleEndian || path.contains("truncated") {
                #expect(throws: StreamError.self) {
                    try DataSetParser.parse(Array(contents.dataSetBytes), transferSyntax: syntax)
                }
                continue
            }
            let dataSet = try DataSetParser.parse(Array(contents.dataSetBytes), transferSyntax: syntax)
            let written = DataSetWriter.write(dataSet, transferSyntax: syntax)
            #expect(try DataSetParser.parse(written, transferSyntax: syntax) == Self.padded(dataSet), "\(path)")
            #expect(DataSetWriter.write(dataSet, transferSyntax: syntax) == written)
            count += 1
            guard dataSet[.pixelData] != nil else { continue }
            let scanned = ScanResult.scan(Array(contents.dataSetBytes), syntax)
            #expect(scanned.pixels == dataSet[.pixelData]?.bytes, "\(path)")
            guard !syntax.isEncapsulated, dataSet.uid(.sopInstanceUID) != nil else { continue }
            // From one VR encoding to the other and back.
            let other: TransferSyntax = syntax.isExplicitVR ? .implicitVRLittleEndian : .explicitVRLittleEndian
            let crossed = try DataSetParser.parse(
                DataSetWriter.write(dataSet, transferSyntax: other), transferSyntax: other)
            #expect(crossed.elements.map(\.tag) == dataSet.elements.map(\.tag), "\(path)")
        }
        #expect(count >= 25)
    }

    /// Values of odd length, which two of the files have, come back with their padding.
    private static func padded(_ dataSet: DataSet) -> DataSet {
        DataSet(
            dataSet.elements.map { element in
                switch element.value {
                case .items(let items): DataElement(element.tag, items: items.map(padded))
                case .bytes(let bytes) where bytes.count & 1 == 1:
                    DataElement(element.tag, element.vr, bytes: bytes + [element.vr.paddingByte])
                case .bytes: element
                }
            })
    }
}
