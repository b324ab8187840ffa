import DICOMCore
import DICOMStream
import StandardTables
import Testing

@testable import Deidentification

@Suite("The de-identifier applies the profile")
struct DeidentifierTests {
    @Test("It says what it has done, in the standard's words")
    func marks() throws {
        let result = try deidentified(chestHeader())
        #expect(result.text(.patientIdentityRemoved) == "YES")
        #expect(result.text(.deidentificationMethod).map { $0.utf8.count <= 64 } == true)
        let code = result.items(.deidentificationMethodCodeSequence).first
        #expect(code?.text(Tag(0x0008, 0x0100)) == "113100")
        #expect(code?.text(Tag(0x0008, 0x0102)) == "DCM")
        #expect(result.text(.longitudinalTemporalInformationModified) == "REMOVED")
    }

    @Test("Older marks are replaced, not believed")
    func olderMarks() throws {
        var header = chestHeader()
        header.set(.patientIdentityRemoved, .CS, "NO")
        header.set(.deidentificationMethod, .LO, "by MUSTERMANN")
        let result = try deidentified(header)
        #expect(result.text(.patientIdentityRemoved) == "YES")
        #expect(!DataSetWriter.write(result, transferSyntax: .explicitVRLittleEndian).holds("MUSTERMANN"))
    }

    @Test("The type 2 attributes of the IOD stay, empty")
    func typeTwo() throws {
        let result = try deidentified(chestHeader())
        for tag in [
            Tag.patientName, .patientID, .patientBirthDate, .patientSex, .studyDate, .studyTime, .accessionNumber,
            .studyID,
        ] {
            #expect(result[tag]?.isEmpty == true, "\(tag)")
        }
        #expect(result[.institutionName] == nil)
        #expect(result[.patientAge] == nil)
    }

    @Test("What the table does not name stays byte by byte")
    func kept() throws {
        let header = chestHeader()
        let result = try deidentified(header)
        for tag in [
            Tag.imageType, .modality, .manufacturer, .bodyPartExamined, .viewPosition, .rows,
            .photometricInterpretation,
        ] {
            #expect(result[tag] == header[tag], "\(tag)")
        }
    }

    @Test("UIDs are replaced consistently, each of several, at every level; registered ones of no row stay")
    func uids() throws {
        var header = chestHeader()
        let reference = DataSet([
            DataElement(Tag(0x0008, 0x1150), .UI, bytes: Array("1.2.840.10008.5.1.4.1.1.1\0".utf8)),
            DataElement(Tag(0x0008, 0x1155), .UI, bytes: Array("1.2.276.0.99.1".utf8)),
        ])
        header.set(Tag(0x0008, 0x2218), items: [reference])
        header.set(Tag(0x0008, 0x3010), .UI, "1.2.276.0.99.1\\1.2.276.0.99.3")
        let result = try deidentified(header)
        let instance = try #require(result.uid(.sopInstanceUID))
        #expect(isOurs(instance))
        let item = try #require(result.items(Tag(0x0008, 0x2218)).first)
        #expect(item.uid(Tag(0x0008, 0x1155)) == instance)
        #expect(item.uid(Tag(0x0008, 0x1150)) == SOPClass.computedRadiography)
        #expect(
            result.texts(Tag(0x0008, 0x3010)) == [instance.value, try #require(result.uid(.seriesInstanceUID)).value])
        #expect(result.uid(.sopClassUID) == SOPClass.digitalXRayForPresentation)
    }

    @Test("UIDs that the table does not name are replaced unless PS3.6 registers them")
    func unlistedUIDs() throws {
        var header = chestHeader()
        header.set(Tag(0x0008, 0x010C), "1.2.276.0.99.55")
        header.set(Tag(0x0008, 0x0117), "1.2.840.10008.6.1.476")
        let result = try deidentified(header)
        #expect(result.uid(Tag(0x0008, 0x010C)).map(isOurs) == true)
        #expect(
            result.text(Tag(0x0008, 0x0117)).map { StandardTables.isRegistered($0) || $0.hasPrefix("2.25.") } == true)
    }

    @Test(
        "What is no UID is replaced too, and equal ones by equal ones", arguments: ["1.2.03.4", "PATIENT 7", "1.2..3"])
    func malformedUID(text: String) throws {
        var header = chestHeader()
        header.set(.studyInstanceUID, .UI, text)
        header.set(.seriesInstanceUID, .UI, text)
        let result = try deidentified(header)
        #expect(result.uid(.studyInstanceUID).map(isOurs) == true)
        #expect(result.uid(.studyInstanceUID) == result.uid(.seriesInstanceUID))
        #expect(rules(header, result).isEmpty)
    }

    @Test("Private groups go at every level, with everything in them")
    func privateGroups() throws {
        var header = chestHeader()
        let inner = DataSet([
            DataElement(Tag(0x0019, 0x0010), .LO, bytes: Array("MAKER ".utf8)),
            DataElement(Tag(0x0019, 0x1001), .LO, bytes: Array("MUSTERMANN".utf8)),
        ])
        header.set(DataElement(Tag(0x0019, 0x0010), .LO, bytes: Array("MAKER ".utf8)))
        header.set(DataElement(Tag(0x0019, 0x1002), items: [inner]))
        header.set(Tag(0x0008, 0x2218), items: [inner])
        let result = try deidentified(header)
        #expect(!result.elements.contains { $0.tag.isPrivate })
        #expect(result.items(Tag(0x0008, 0x2218)).first?.isEmpty == true)
        #expect(rules(header, result).isEmpty)
    }

    @Test(
        "Curves, overlays, directories, file meta, group lengths and encrypted originals go",
        arguments: [
            Tag(0x5000, 0x0010), Tag(0x6000, 0x0010), Tag(0x6000, 0x1500), Tag(0x0004, 0x1500), Tag(0x0002, 0x0016),
            Tag(0x0008, 0x0000), Tag(0x0400, 0x0500), Tag(0x0010, 0xFFF0),
        ])
    func foreign(tag: Tag) throws {
        var header = chestHeader()
        header.set(DataElement(tag, .LO, bytes: Array("MUSTERMANN".utf8)))
        let result = try deidentified(header)
        #expect(result[tag] == nil)
        #expect(rules(header, result).isEmpty)
    }

    @Test("A known attribute that came as UN is treated as what it is")
    func unknownVR() throws {
        var header = chestHeader()
        header.set(DataElement(.patientName, .UN, bytes: Array("MUSTERMANN^ERIKA".utf8)))
        header.set(DataElement(Tag(0x0018, 0x11BB), .UN, bytes: Array("MUSTERMANN".utf8)))
        header.set(DataElement(.rows, .UN, bytes: [0, 8]))
        let result = try deidentified(header)
        #expect(result[.patientName] == DataElement(.patientName, .PN, bytes: []))
        #expect(result.text(Tag(0x0018, 0x11BB)) == "Removed")
        #expect(result[.rows] == DataElement(.rows, .US, bytes: [0, 8]))
    }

    @Test("A sequence that came as bytes, or a value that came as a sequence, does not stay")
    func wrongKind() throws {
        var header = chestHeader()
        header.set(DataElement(Tag(0x0008, 0x2218), .UN, bytes: Array("MUSTERMANN".utf8)))
        header.set(
            DataElement(
                Tag(0x0018, 0x1020), items: [DataSet([DataElement(Tag(0x0018, 0x1020), .LO, bytes: [0x41, 0x41])])]))
        let result = try deidentified(header)
        #expect(result[Tag(0x0008, 0x2218)] == nil)
        #expect(result[Tag(0x0018, 0x1020)] == nil)
    }

    @Test("Dates that the table does not name go by their VR")
    func unlistedDate() throws {
        let tag = Tag(0x0008, 0x0416)  // Expiration DateTime
        #expect(ConfidentialityTable.shared.row(for: tag) == nil)
        var header = chestHeader()
        header.set(tag, .DT, "20210907081533")
        let result = try deidentified(header)
        #expect(result.text(tag) == "19000101000000")
        #expect(rules(header, result).isEmpty)
    }

    @Test("Names of people and addresses that the table does not name go; codes as URNs stay")
    func unlistedNames() throws {
        var header = chestHeader()
        header.set(Tag(0x0008, 0x1190), .UR, "http://mustermann.example/1.2.3")
        header.set(Tag(0x0040, 0xA067), .PN, "HOUSE^GREGORY")
        header.set(
            Tag(0x0008, 0x2218),
            items: [DataSet([DataElement(Tag(0x0008, 0x0120), .UR, bytes: Array("urn:lex:us".utf8))])])
        let result = try deidentified(header)
        #expect(result[Tag(0x0008, 0x1190)] == nil && result[Tag(0x0040, 0xA067)] == nil)
        #expect(result.items(Tag(0x0008, 0x2218)).first?.text(Tag(0x0008, 0x0120)) == "urn:lex:us")
        #expect(rules(header, result).isEmpty)
    }

    @Test("Every change is recorded with its place and its reason")
    func actions() throws {
        var header = chestHeader()
        header.set(Tag(0x0008, 0x2218), items: [DataSet([DataElement(.patientName, .PN, bytes: canary(.PN))])])
        let result = try Deidentifier(profile: .basic, uids: testUIDs)
            .deidentify(header, sopClass: SOPClass.digitalXRayForPresentation)
        #expect(result.actions.contains(AppliedAction(TagPath([], .patientName), .emptied, .table(.Z))))
        #expect(
            result.actions.contains(AppliedAction(TagPath([], .institutionName), .removed, .table(.removeZeroOrDummy))))
        let path = TagPath([TagPath.Step(Tag(0x0008, 0x2218), 0)], .patientName)
        #expect(result.actions.contains { $0.path == path })
        #expect("\(path)" == "(0008,2218)[0].(0010,0010)")
    }

    @Test("Same header, same bytes; and a second run changes UIDs alone")
    func pure() throws {
        let header = chestHeader()
        let once = try deidentified(header)
        #expect(try deidentified(header) == once)
        let twice = try deidentified(once)
        #expect(twice.elements.filter { $0.vr != .UI } == once.elements.filter { $0.vr != .UI })
    }

    @Test("Dates are kept or shifted, not both")
    func contradiction() {
        #expect(throws: DeidentificationError.optionsContradict) {
            try DeidentificationProfile(options: [.retainLongitudinalFullDates, .retainLongitudinalModifiedDates])
        }
    }

    @Test("Selected options are named and coded")
    func optionCodes() throws {
        let profile = try DeidentificationProfile(options: [
            .retainUIDs, .retainLongitudinalFullDates, .retainInstitutionIdentity,
        ])
        #expect(profile.methodCodes.map(\.value) == ["113100", "113106", "113110", "113112"])
        #expect(profile.methodTexts.last == "WEAKER THAN BASIC: 3 options, 0 rules of the site")
        #expect(profile.name == "basic+retainUIDs+retainInstitutionIdentity+retainLongitudinalFullDates")
        let header = chestHeader()
        let result = try deidentified(header, profile)
        #expect(result.text(.studyDate) == "20250317")
        #expect(result.uid(.studyInstanceUID) == "1.2.276.0.99.2")
        #expect(result.text(.institutionName) == "Saint Example Hospital")
        #expect(result.text(.longitudinalTemporalInformationModified) == "UNMODIFIED")
        #expect(rules(header, result, profile).isEmpty)
    }

    @Test("A data set nested deeper than any scanner lets pass is refused")
    func tooDeep() {
        var item = DataSet()
        for _ in 0..<40 { item = DataSet([DataElement(Tag(0x0008, 0x2218), items: [item])]) }
        #expect(throws: DeidentificationError.tooDeep) { try deidentified(item) }
    }

    @Test("A header that names too many UIDs is refused")
    func tooManyUIDs() {
        var header = chestHeader()
        header.set(Tag(0x0008, 0x3010), .UI, Array(repeating: "1", count: 50_001).joined(separator: "\\"))
        #expect(throws: DeidentificationError.tooManyUIDs) { try deidentified(header) }
    }
}
