import DICOMCore
import Testing

@testable import Reporting

@Suite("Source attributes")
struct SourceAttributesTests {
    /// Specific Character Set and a name in its bytes, from PS3.5 Annexes H, I and J.
    static let names: [(String, [UInt8])] = [
        (
            "\\ISO 2022 IR 87",
            Array("Yamada^Tarou=".utf8) + [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42, 0x5E]
                + [0x1B, 0x24, 0x42, 0x42, 0x40, 0x4F, 0x3A, 0x1B, 0x28, 0x42]
        ),
        (
            "\\ISO 2022 IR 149",
            Array("Hong^Gildong=".utf8) + [0x1B, 0x24, 0x29, 0x43, 0xFB, 0xF3, 0x5E, 0x1B, 0x24, 0x29, 0x43]
                + [0xD1, 0xCE, 0xD4, 0xD7]
        ),
        ("ISO_IR 144", [0xBB, 0xEE, 0xDA, 0x63, 0x65, 0xDC, 0xD1, 0x79, 0x70, 0xD3]),
        ("GB18030", Array("Wang^XiaoDong=".utf8) + [0xCD, 0xF5, 0x5E, 0xD0, 0xA1, 0xB6, 0xAB]),
        ("ISO_IR 192", Array("Müller^Jürgen".utf8)),
    ]

    @Test("names of any character set come out byte by byte", arguments: names.indices)
    func characterSets(index: Int) throws {
        let (characterSet, name) = SourceAttributesTests.names[index]
        var fixture = try ReportFixture()
        fixture.header.set(.specificCharacterSet, .CS, characterSet)
        let padded = name.count % 2 == 1 ? name + [0x20] : name
        fixture.header.set(DataElement(.patientName, .PN, bytes: padded))
        fixture.header.set(DataElement(.referringPhysicianName, .PN, bytes: padded))
        for object in [try fixture.report(), try fixture.capture()] {
            #expect(object[.patientName]?.bytes == padded)
            #expect(object[.referringPhysicianName]?.bytes == padded)
            #expect(object[.specificCharacterSet]?.bytes == fixture.header[.specificCharacterSet]?.bytes)
        }
    }

    @Test("our own text is ASCII, whatever the source's character set")
    func ownText() throws {
        var fixture = try ReportFixture()
        fixture.header.set(.specificCharacterSet, .CS, "ISO_IR 13")
        func check(_ object: DataSet) {
            for element in object.elements {
                if element.vr.isCharacterSetDependent, element.tag.group != 0x0010 {
                    #expect(element.bytes.allSatisfy { (0x20...0x7D).contains($0) && $0 != 0x5C })
                }
                element.items.forEach(check)
            }
        }
        check(try fixture.report())
        check(try fixture.capture())
    }

    @Test("every patient and study attribute of the source is copied, byte by byte")
    func copied() throws {
        var fixture = try ReportFixture()
        for row in CopiedAttributes.rows where fixture.header[row.tag] == nil {
            if row.vr == .SQ {
                fixture.header.set(row.tag, items: [DataSet(code: Code("X", "99T", "Y"))])
            } else {
                let value = row.vr == .AS ? "003Y" : (row.vr == .TM ? "1010" : "1 ")
                fixture.header.set(DataElement(row.tag, row.vr, bytes: Array(value.utf8)))
            }
        }
        for object in [try fixture.report(), try fixture.capture()] {
            for row in CopiedAttributes.rows {
                #expect(object[row.tag]?.value == fixture.header[row.tag]?.value, "\(row.tag)")
                #expect(object[row.tag]?.vr == row.vr)
            }
        }
    }

    @Test("an attribute that the source lacks is empty if it must be there, and absent otherwise")
    func lacking() throws {
        var fixture = try ReportFixture()
        for row in CopiedAttributes.rows where row.tag != .studyInstanceUID { fixture.header.remove(row.tag) }
        fixture.header.remove(.specificCharacterSet)
        let report = try fixture.report()
        for row in CopiedAttributes.rows where row.tag != .studyInstanceUID {
            switch row.requirement {
            case .presentEvenIfEmpty: #expect(report[row.tag]?.isEmpty == true)
            case .ifPresent: #expect(report[row.tag] == nil)
            }
        }
        #expect(report[.specificCharacterSet] == nil)
    }

    @Test("an attribute of unknown representation gets the standard's own")
    func unknownRepresentation() throws {
        var fixture = try ReportFixture()
        fixture.header.set(DataElement(.patientID, .UN, bytes: [0x41, 0x42]))
        let element = try fixture.report()[.patientID]
        #expect(element?.vr == .LO && element?.bytes == [0x41, 0x42])
    }

    @Test("two images of one study are compared in what tells patients apart")
    func disagreements() throws {
        let fixture = try ReportFixture()
        var other = fixture
        other.header.set(.patientID, .LO, "SOMEBODY ELSE")
        other.header.set(.patientSex, .CS, "")
        other.header.set(.studyDescription, .LO, "another text")
        #expect(try fixture.source.disagreements(with: other.source) == [.patientID])
        #expect(try fixture.source.disagreements(with: fixture.source).isEmpty)
    }

    @Test(
        "the timezone of the source is read",
        arguments: [
            ("+0900", 540), ("-0330", -210), ("+0000", 0), ("", nil), ("0900", nil),
        ] as [(String, Int?)])
    func timezone(case: (String, Int?)) throws {
        var fixture = try ReportFixture()
        fixture.header.set(.timezoneOffsetFromUTC, .SH, `case`.0)
        #expect(try fixture.source.timezoneOffsetMinutes == `case`.1)
    }
}
