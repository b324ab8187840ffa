import DICOMCore
import Testing

@Suite struct UIDTests {
    @Test(arguments: ["1.2.840.10008.1.1", "2.25.0", "1.2.3 ", "1.2.3\0"])
    func acceptsWhatTheStandardAllows(_ text: String) {
        #expect(UID(text) != nil)
    }

    @Test(arguments: ["", ".", "1..2", "1.02", "1.2.", "a.b", "1.2\0.3", String(repeating: "1.", count: 33)])
    func refusesWhatItDoesNot(_ text: String) {
        #expect(UID(text) == nil)
    }

    @Test func stripsPadding() {
        #expect(UID("1.2.3\0" as String)?.value == "1.2.3")
    }
}

@Suite struct AETitleTests {
    @Test func stripsOuterSpacesOnly() {
        #expect(AETitle("  CR 1  " as String)?.value == "CR 1")
    }

    @Test(arguments: ["", "                ", "A\\B", "A\nB", "ÄE", "12345678901234567"])
    func refusesBlankControlAndForeignCharacters(_ text: String) {
        #expect(AETitle(text) == nil)
    }

    @Test func takesSixteenCharacters() {
        #expect(AETitle("1234567890123456") != nil)
    }
}

@Suite struct PHITests {
    @Test func neverPrintsItsValue() {
        let name = PHI("DOE^JANE")
        var dumped = ""
        dump(name, to: &dumped)
        for text in ["\(name)", String(describing: name), String(reflecting: name), dumped, "\([name])"] {
            #expect(!text.contains("DOE"))
        }
        #expect(name.withDisclosed(for: .test) { $0 } == "DOE^JANE")
    }
}

@Suite struct DataSetTests {
    @Test func keepsElementsInOrderOfTags() {
        var dataSet = DataSet()
        for element: UInt16 in [0x30, 0x10, 0x20] { dataSet.set(Tag(0x0010, element), .LO, "\(element)") }
        #expect(dataSet.elements.map(\.tag.element) == [0x10, 0x20, 0x30])
    }

    @Test func holdsEachTagOnce() {
        var dataSet = DataSet()
        dataSet.set(.patientID, .LO, "1")
        dataSet.set(.patientID, .LO, "22")
        #expect(dataSet.elements.count == 1)
        #expect(dataSet.text(.patientID) == "22")
        #expect(dataSet.remove(.patientID) != nil)
        #expect(dataSet[.patientID] == nil)
    }

    @Test func padsToEvenLength() {
        var dataSet = DataSet()
        dataSet.set(.sopClassUID, SOPClass.verification)
        dataSet.set(.modality, .CS, "CR ")
        #expect(dataSet[.sopClassUID]?.bytes.last == 0)
        #expect(dataSet[.modality]?.bytes.last == 0x20)
        #expect(dataSet.uid(.sopClassUID) == SOPClass.verification)
    }

    @Test func readsMultipleValues() {
        var dataSet = DataSet()
        dataSet.set(.windowCenter, .DS, "40 \\ 50.5")
        #expect(dataSet.decimal(.windowCenter, at: 1) == 50.5)
        #expect(dataSet.decimal(.windowCenter, at: 2) == nil)
    }
}

@Suite struct PixelGeometryTests {
    static func header(rows: UInt16 = 4, columns: UInt16 = 6, allocated: UInt16 = 16, stored: UInt16 = 12) -> DataSet {
        var header = DataSet()
        header.set(.rows, rows)
        header.set(.columns, columns)
        header.set(.bitsAllocated, allocated)
        header.set(.bitsStored, stored)
        header.set(.highBit, stored &- 1)
        header.set(.photometricInterpretation, .CS, "MONOCHROME2")
        return header
    }

    @Test func countsTheBytesOfItsPixels() {
        #expect(PixelGeometry(Self.header())?.byteCount == 48)
    }

    @Test func refusesImpossibleAttributes() {
        #expect(PixelGeometry(Self.header(rows: 0)) == nil)
        #expect(PixelGeometry(Self.header(allocated: 12)) == nil)
        #expect(PixelGeometry(Self.header(stored: 17)) == nil)
        #expect(PixelGeometry(DataSet()) == nil)
    }
}
