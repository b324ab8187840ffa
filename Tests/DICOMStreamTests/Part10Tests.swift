import DICOMCore
import Testing

@testable import DICOMStream

@Suite("DICOM files are written and read")
struct Part10Tests {
    private var dataSet: DataSet {
        var dataSet = DataSet()
        dataSet.set(.sopClassUID, SOPClass.computedRadiography)
        dataSet.set(.sopInstanceUID, "1.2.3.4")
        dataSet.set(.patientName, .PN, "DOE^JANE")
        return dataSet
    }

    @Test("A file comes back as it went, with our own meta information and an empty preamble")
    func roundTrip() throws {
        let file = try Part10.file(dataSet: dataSet, transferSyntax: .implicitVRLittleEndian)
        #expect(file.prefix(128).allSatisfy { $0 == 0 })
        let contents = try Part10.read(file)
        #expect(contents.transferSyntax == .implicitVRLittleEndian)
        #expect(contents.metaInformation.uid(Tag(0x0002, 0x0003)) == "1.2.3.4")
        #expect(contents.metaInformation.uid(Tag(0x0002, 0x0012)) == Implementation.classUID)
        let bytes = Array(contents.dataSetBytes)
        #expect(try DataSetParser.parse(bytes, transferSyntax: .implicitVRLittleEndian) == dataSet)
        let groupLength = contents.metaInformation[Tag(0x0002, 0x0000)]?.bytes.uint32(0)
        #expect(groupLength.map { 144 + Int($0) } == contents.dataSetOffset)
        #expect(try Part10.file(dataSet: dataSet, transferSyntax: .implicitVRLittleEndian) == file)
    }

    @Test("A missing preamble is tolerated")
    func noPreamble() throws {
        let file = try Part10.file(dataSet: dataSet, transferSyntax: .explicitVRLittleEndian)
        #expect(try Part10.read(Array(file[128...])).transferSyntax == .explicitVRLittleEndian)
        #expect(try Part10.read(Array(file[132...])).transferSyntax == .explicitVRLittleEndian)
    }

    @Test(
        "Without meta information the first element decides",
        arguments: [
            TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian,
        ])
    func noMeta(syntax: TransferSyntax) throws {
        let contents = try Part10.read(DataSetWriter.write(dataSet, transferSyntax: syntax))
        #expect(contents.transferSyntax == syntax)
        #expect(contents.metaInformation.isEmpty)
        #expect(contents.dataSetOffset == 0)
    }

    @Test("What is no file is refused", arguments: [[], Array("DICM".utf8), Array("not a DICOM file".utf8)])
    func noFile(bytes: [UInt8]) {
        #expect(throws: StreamError.self) { try Part10.read(bytes) }
    }

    @Test("Nothing is written without SOP class and instance")
    func noIdentification() {
        #expect(throws: StreamError(.missingIdentification, at: 0)) {
            try Part10.file(dataSet: DataSet(), transferSyntax: .explicitVRLittleEndian)
        }
    }
}
