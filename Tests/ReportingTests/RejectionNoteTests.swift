import DICOMCore
import Testing

@testable import Reporting

@Suite("Rejection note")
struct RejectionNoteTests {
    private func note(_ objects: [ReferencedObject]) throws -> RejectionNote {
        let fixture = try ReportFixture()
        return try RejectionNote(
            source: fixture.source, objects: objects, reason: "taken back", device: fixture.device,
            identity: fixture.identity(3))
    }

    private func objects() throws -> [ReferencedObject] {
        let fixture = try ReportFixture()
        return try [
            ReferencedObject(sopClassUID: SOPClass.comprehensive3DSR, fixture.identity(1)),
            ReferencedObject(sopClassUID: SOPClass.secondaryCapture, fixture.identity(2)),
        ]
    }

    @Test("names every object once in the evidence and once in the content, as what it is")
    func references() throws {
        let object = try note(objects()).dataSet
        let evidence = object.items(.currentRequestedProcedureEvidenceSequence).flatMap {
            $0.items(.referencedSeriesSequence)
        }.flatMap { $0.items(.referencedSOPSequence) }.compactMap { $0.uid(.referencedSOPInstanceUID) }
        let content = object.items(.contentSequence).filter { !$0.items(.referencedSOPSequence).isEmpty }
        let named = content.compactMap { $0.items(.referencedSOPSequence).first?.uid(.referencedSOPInstanceUID) }
        #expect(evidence == ["2.25.8011", "2.25.8021"])
        #expect(named == evidence)
        #expect(content.map { $0.text(.valueType) } == ["COMPOSITE", "IMAGE"])
    }

    @Test("lies in the original study, under the original patient, with the reason as its title")
    func place() throws {
        let object = try note(objects()).dataSet
        let header = try ReportFixture().header
        #expect(object[.patientID]?.bytes == header[.patientID]?.bytes)
        #expect(object.uid(.studyInstanceUID) == header.uid(.studyInstanceUID))
        #expect(object.items(.conceptNameCodeSequence).first?.text(.codeValue) == "113037")
        #expect(object.text(.modality) == "KO")
    }

    @Test("about nothing is no note")
    func empty() {
        #expect(throws: ReportingError.self) { try note([]) }
    }
}
