import DICOMCore
import Testing

@testable import DICOMStream

@Suite("The writer encodes data sets")
struct DataSetWriterTests {
    @Test("Tags ascend whatever the order of setting, values become even, lengths are defined")
    func encoding() {
        var item = DataSet()
        item.set(DataElement(Tag(0x0008, 0x0100), .SH, bytes: Wire.text("abc")))
        var dataSet = DataSet()
        dataSet.set(.patientName, .PN, "DOE^JANE")
        dataSet.set(Tag(0x0008, 0x1140), items: [item])
        let expected =
            Wire.explicit(0x0008, 0x1140, "SQ", Wire.item(Wire.explicit(0x0008, 0x0100, "SH", Wire.text("abc "))))
            + Wire.patient
        #expect(DataSetWriter.write(dataSet, transferSyntax: .explicitVRLittleEndian) == expected)
    }

    @Test("A value too long for a 16-bit length goes out as UN, and comes back whole")
    func longValue() throws {
        let value = [UInt8](repeating: 0x31, count: 70_000)
        let dataSet = DataSet([DataElement(.windowCenter, .DS, bytes: value)])
        let bytes = DataSetWriter.write(dataSet, transferSyntax: .explicitVRLittleEndian)
        let read = try DataSetParser.parse(bytes, transferSyntax: .explicitVRLittleEndian)
        #expect(read[.windowCenter]?.vr == .UN)
        #expect(read[.windowCenter]?.bytes == value)
    }

    @Test("The pixel data header joins streamed pixels to a written header")
    func pixelHeader() {
        let element = PixelElement(vr: .OW, declaredLength: 4)
        let bytes = DataSetWriter.pixelDataHeader(element, transferSyntax: .explicitVRLittleEndian) + [1, 2, 3, 4]
        #expect(bytes == Wire.pixels)
        let open = DataSetWriter.pixelDataHeader(
            PixelElement(vr: .OB, declaredLength: nil), transferSyntax: .jpegLossless)
        #expect(open == Wire.explicit(0x7FE0, 0x0010, "OB", [], length: Wire.undefined))
    }

    @Test("Random data sets come back as they went", arguments: [UInt64(11), 12, 13])
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        for _ in 0..<60 {
            let dataSet = Self.random(&generator, depth: 0)
            for syntax in [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian] {
                let bytes = DataSetWriter.write(dataSet, transferSyntax: syntax)
                #expect(try DataSetParser.parse(bytes, transferSyntax: syntax) == dataSet, "seed \(seed)")
            }
        }
    }

    private static func random(_ generator: inout SeededGenerator, depth: Int) -> DataSet {
        let plain: [(Tag, VR)] = [
            (.patientName, .PN), (.patientID, .LO), (.studyDate, .DA), (.rows, .US), (.windowCenter, .DS),
            (.sopInstanceUID, .UI), (Tag(0x0028, 0x3006), .OW),
        ]
        var dataSet = DataSet()
        for (tag, vr) in plain where Bool.random(using: &generator) {
            let count = Int.random(in: 0...20, using: &generator) * 2
            dataSet.set(
                DataElement(tag, vr, bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }))
        }
        if depth < 4, Bool.random(using: &generator) {
            let count = Int.random(in: 0...3, using: &generator)
            dataSet.set(Tag(0x0008, 0x1140), items: (0..<count).map { _ in random(&generator, depth: depth + 1) })
        }
        return dataSet
    }
}
