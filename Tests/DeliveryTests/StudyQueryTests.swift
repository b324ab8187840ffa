import DICOMCore
import Testing

@testable import Delivery

@Suite struct StudyQueryTests {
    private func values(
        patient: String = "P1", issuer: String = "", accession: String = "A1"
    ) throws -> DeliveryIdentity.Values {
        try identity(patient: patient, issuer: issuer, accession: accession).values.withDisclosed(for: .test) { $0 }
    }

    private func identity(patient: String, issuer: String, accession: String) throws -> DeliveryIdentity {
        var reference = DataSet()
        reference.set(.referencedSOPInstanceUID, "1.2.3.4")
        var series = DataSet()
        series.set(.seriesInstanceUID, "1.2.3")
        series.set(DeliveryIdentity.referencedSOP, items: [reference, reference])
        var evidence = DataSet()
        evidence.set(DeliveryIdentity.referencedSeries, items: [series])
        var report = answer(patient: patient, issuer: issuer, accession: accession)
        report.set(DeliveryIdentity.evidence, items: [evidence])
        return try #require(DeliveryIdentity(report))
    }

    private func answer(
        study: UID = "1.2", patient: String = "P1", issuer: String = "", accession: String = "A1"
    ) -> DataSet {
        var dataSet = DataSet()
        dataSet.set(.studyInstanceUID, study)
        dataSet.set(.patientID, .LO, patient)
        dataSet.set(.issuerOfPatientID, .LO, issuer)
        dataSet.set(.accessionNumber, .SH, accession)
        return dataSet
    }

    @Test func aReportNamesItsImagesOnceAndTheirSeries() throws {
        let values = try values()
        #expect(values.instances == ["1.2.3.4"])
        #expect(values.series == ["1.2.3"])
    }

    @Test func aCaptureNamesItsSourceImage() throws {
        var reference = DataSet()
        reference.set(.referencedSOPInstanceUID, "1.2.3.9")
        var capture = answer()
        capture.set(DeliveryIdentity.sourceImages, items: [reference])
        let values = try #require(DeliveryIdentity(capture)).values.withDisclosed(for: .test) { $0 }
        #expect(values.instances == ["1.2.3.9"])
    }

    @Test func nothingOfTheIdentityPrints() throws {
        #expect(!"\(try identity(patient: "SECRET", issuer: "", accession: "A1"))".contains("SECRET"))
    }

    @Test func theSameStudyAndPatientAgree() throws {
        #expect(StudyQuery.differences(of: [answer()], from: try values()) == [])
        #expect(StudyQuery.differences(of: [answer(patient: " P1 ")], from: try values()) == [])
    }

    @Test func aStudyThatIsNotThereIsNoDifference() throws {
        #expect(StudyQuery.differences(of: [], from: try values()) == nil)
        #expect(StudyQuery.differences(of: [answer(study: "1.9")], from: try values()) == nil)
    }

    @Test func anotherPatientIsADifferenceEvenIfOneOfTheTwoIsEmpty() throws {
        #expect(StudyQuery.differences(of: [answer(patient: "P2")], from: try values()) == [.patientID])
        #expect(StudyQuery.differences(of: [answer(patient: "")], from: try values()) == [.patientID])
        #expect(StudyQuery.differences(of: [answer()], from: try values(patient: "")) == [.patientID])
        #expect(StudyQuery.differences(of: [answer(), answer(patient: "P2")], from: try values()) == [.patientID])
    }

    @Test func onlyTwoDifferentStatementsOfIssuerOrAccessionContradict() throws {
        #expect(StudyQuery.differences(of: [answer(accession: "")], from: try values()) == [])
        #expect(StudyQuery.differences(of: [answer()], from: try values(accession: "")) == [])
        #expect(StudyQuery.differences(of: [answer(accession: "A2")], from: try values()) == [.accessionNumber])
        #expect(
            StudyQuery.differences(of: [answer(issuer: "X")], from: try values(issuer: "Y")) == [.issuerOfPatientID])
        #expect(StudyQuery.differences(of: [answer(issuer: "X")], from: try values()) == [])
    }

    @Test func theQuestionForImagesNamesTheOneSeriesItKnows() throws {
        let values = try values()
        let question = StudyQuery.images(values, values.instances[...])
        #expect(question.uid(.seriesInstanceUID) == "1.2.3")
        #expect(question.text(.sopInstanceUID) == "1.2.3.4")
        #expect(question.text(DeliveryIdentity.queryLevel) == "IMAGE")
    }
}
