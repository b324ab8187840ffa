import DICOMCore
import DICOMStream
import StandardTables
import Testing

@testable import Deidentification

@Suite("Options do what the standard says, and no more")
struct OptionsTests {
    private func profile(
        _ options: DeidentificationProfile.Option..., rules: [String] = []
    ) throws -> DeidentificationProfile {
        let rules = try rules.map { text throws(DeidentificationError) in try SiteRule(text) }
        return try DeidentificationProfile(options: Set(options), rules: rules)
    }

    // MARK: Modified dates

    @Test("Dates move by the patient's days, times stay, and the object says so")
    func modifiedDates() throws {
        let modified = try profile(.retainLongitudinalModifiedDates)
        var header = chestHeader()
        header.set(.seriesDate, .DA, "2024.03.01")
        header.set(Tag(0x0008, 0x002A), .DT, "20250317101502.120000+0100")
        header.set(Tag(0x0008, 0x0416), .DT, "20250317")
        let result = try deidentified(header, modified)
        #expect(result.text(.studyDate) == "20241207")
        #expect(result.text(.seriesDate) == "20231122")
        #expect(result.text(.studyTime) == "101502.120")
        #expect(result.text(Tag(0x0008, 0x002A)) == "20241207101502.120000+0100")
        #expect(result.text(Tag(0x0008, 0x0416)) == "20241207")
        #expect(result[.patientBirthDate]?.isEmpty == true)
        #expect(result.text(.longitudinalTemporalInformationModified) == "MODIFIED")
        #expect(findings(header, result, modified).isEmpty)
    }

    @Test(
        "What is no date is replaced as the Basic Profile does",
        arguments: ["2025", "20250317-20250318", "20251341", "x"])
    func noDate(text: String) throws {
        let modified = try profile(.retainLongitudinalModifiedDates)
        var header = chestHeader()
        header.set(.studyDate, .DA, text)
        let result = try deidentified(header, modified)
        #expect(result[.studyDate]?.isEmpty == true)
        #expect(findings(header, result, modified).isEmpty)
    }

    @Test("A date that moved by other days than the patient's is found")
    func wrongShift() throws {
        let modified = try profile(.retainLongitudinalModifiedDates)
        var result = try deidentified(chestHeader(), modified)
        result.set(.studyDate, .DA, "20241208")
        #expect(findings(chestHeader(), result, modified).map(\.rule) == [.notReplaced])
    }

    @Test("The shift is the patient's: the same in all studies, within its limits, never none")
    func shift() {
        let shift = DateShift(maximumDays: 30) { bytes in bytes.reduce(17) { $0 &* 31 &+ UInt64($1) } }
        var days: Set<Int> = []
        for number in 0..<500 {
            var first = chestHeader()
            first.set(.patientID, .LO, "ID\(number)")
            var second = DataSet()
            second.set(.patientID, .LO, " ID\(number) ")
            second.set(.patientName, .PN, "SOMEBODY^ELSE")
            #expect(shift.days(for: first) == shift.days(for: second))
            days.insert(shift.days(for: first))
        }
        #expect(days.isSubset(of: Set(-30...30)) && !days.contains(0) && days.count > 50)
        var nameless = chestHeader()
        nameless.remove(.patientID)
        #expect((-30...30).contains(shift.days(for: nameless)))
    }

    @Test("Days are added as the calendar counts them", arguments: [-3650, -366, -59, -1, 1, 28, 365, 3650])
    func calendar(days: Int) throws {
        for text in ["20240229", "20000301", "19001231", "20231231", "20250101", "16000229"] {
            let ours = ShiftedDates.value(Array(text.utf8), .DA, days: days)
            #expect(ours == VerifiedText.moved(Array(text.utf8), by: days), "\(text) \(days)")
        }
    }

    @Test("Shifting wants a key")
    func noKey() throws {
        let modified = try profile(.retainLongitudinalModifiedDates)
        #expect(throws: DeidentificationError.noDateShift) {
            try Deidentifier(profile: modified, uids: testUIDs).deidentify(
                chestHeader(), sopClass: SOPClass.digitalXRayForPresentation)
        }
    }

    // MARK: Clean Descriptors

    @Test(
        "Ordinary words stay; names, dates, numbers and words of other alphabets go",
        arguments: [
            ("CHEST PA/LAT, 2 views", "CHEST PA/LAT, 2 views"), ("Chest MUSTERMANN PA", "Chest PA"),
            ("Mr. Hand, left hand", "left"), ("Thorax a.p. 12.08.1964", "Thorax"), ("PAT-556677", nil),
            ("chest 20250317 follow-up erika", "chest"), ("M\u{FC}ller Thorax", "Thorax"), ("L5 spine 62y", "L5 spine"),
            ("\u{1B}$BChest\u{1B}(B lung", "lung"), ("chest_for_miller", nil), ("ROUTINE", "ROUTINE"),
        ] as [(String, String?)])
    func descriptors(text: String, left: String?) throws {
        let clean = try profile(.cleanDescriptors)
        var header = chestHeader()
        header.set(.patientName, .PN, "HAND^ERIKA")
        header.set(.seriesDescription, .LO, text)
        let result = try deidentified(header, clean)
        #expect(result.text(.seriesDescription) == left)
        #expect(findings(header, result, clean).isEmpty)
    }

    @Test("The verifier finds a word that is not ordinary, and a person whose name is")
    func descriptorBreaks() throws {
        let clean = try profile(.cleanDescriptors)
        var header = chestHeader()
        header.set(.patientName, .PN, "HAND^ERIKA")
        for text in ["CHEST Zacharias", "HAND AP", "CHEST 4711"] {
            var result = try deidentified(header, clean)
            result.set(.seriesDescription, .LO, text)
            #expect(!findings(header, result, clean).isEmpty, "\(text)")
        }
    }

    @Test("Codes of the world stay in cleaned sequences, codes of a house go")
    func codes() throws {
        let clean = try profile(.cleanDescriptors)
        var header = chestHeader()
        header.set(
            Tag(0x0008, 0x1084),
            items: [
                DataSet(code: Code("J18.9", "I10", "Pneumonia, unspecified organism")),
                DataSet(code: Code("MUSTER1", "99HOUSE", "Mustermann's cough")),
            ])
        let result = try deidentified(header, clean)
        #expect(result.items(Tag(0x0008, 0x1084)).map { $0.text(Tag(0x0008, 0x0100)) } == ["J18.9"])
        #expect(findings(header, result, clean).isEmpty)
    }

    // MARK: Structured content

    private func item(_ type: String, _ concept: Code, _ value: DataElement?) -> DataSet {
        var item = DataSet()
        item.set(Tag(0x0040, 0xA010), .CS, "CONTAINS")
        item.set(Tag(0x0040, 0xA040), .CS, type)
        item.set(Tag(0x0040, 0xA043), code: concept)
        if let value { item.set(value) }
        return item
    }

    private func bytes(_ tag: Tag, _ vr: VR, _ text: String) -> DataElement {
        var set = DataSet()
        set.set(tag, vr, text)
        return set[tag] ?? DataElement(tag, vr, bytes: [])
    }

    @Test("Content items are cleaned by their concept and their type")
    func content() throws {
        let clean = try profile(.cleanStructuredContent, .cleanDescriptors, .retainDeviceIdentity)
        let text = Tag(0x0040, 0xA160)
        var header = chestHeader()
        header.set(
            Tag(0x0040, 0xA730),
            items: [
                item("TEXT", Code("121071", "DCM", "Finding"), bytes(text, .UT, "pneumonia, says HOUSE")),
                item("TEXT", Code("121022", "DCM", "Accession Number"), bytes(text, .UT, "ACC8812")),
                item(
                    "PNAME", Code("121008", "DCM", "Person Observer Name"),
                    bytes(Tag(0x0040, 0xA123), .PN, "HOUSE^GREGORY")),
                item("TEXT", Code("121013", "DCM", "Device Observer Name"), bytes(text, .UT, "Unit Seven")),
                item("TEXT", Code("77", "99HOUSE", "Local"), bytes(text, .UT, "anything")),
                item(
                    "DATETIME", Code("111526", "DCM", "DateTime Started"), bytes(Tag(0x0040, 0xA120), .DT, "20250317")),
                item("NUM", Code("121206", "DCM", "Distance"), nil),
            ])
        let result = try deidentified(header, clean)
        let items = result.items(Tag(0x0040, 0xA730))
        #expect(items.count == 5)
        #expect(items.map { $0.text(text) } == ["pneumonia", nil, "Unit Seven", nil, nil])
        #expect(items[1].text(Tag(0x0040, 0xA123)) == "Removed")
        #expect(items[3].text(Tag(0x0040, 0xA120)) == "19000101000000")
        #expect(findings(header, result, clean).isEmpty)
        #expect(
            result.items(.deidentificationMethodCodeSequence).map { $0.text(Tag(0x0008, 0x0100)) } == [
                "113100", "113104", "113105", "113109",
            ])
    }

    // MARK: Graphics

    @Test("Of an overlay the outlines stay and the writing goes")
    func overlay() throws {
        let clean = try profile(.cleanGraphics)
        let (rows, columns) = (256, 256)
        var plane = [Bool](repeating: false, count: rows * columns)
        for index in 20..<200 {
            for edge in [20, 199] { plane[index * columns + edge] = true; plane[edge * columns + index] = true }
        }
        for row in 100..<112 { for column in 100..<106 { plane[row * columns + column] = true } }
        var data = [UInt8](repeating: 0, count: rows * columns / 8)
        for index in plane.indices where plane[index] { data[index / 8] |= 1 << (UInt8(index & 7)) }
        var header = chestHeader()
        header.set(Tag(0x6000, 0x0010), 256)
        header.set(Tag(0x6000, 0x0011), 256)
        header.set(Tag(0x6000, 0x0040), .CS, "G")
        header.set(Tag(0x6000, 0x0100), 1)
        header.set(Tag(0x6000, 0x0102), 0)
        header.set(Tag(0x6000, 0x1500), .LO, "for ERIKA")
        header.set(DataElement(Tag(0x6000, 0x3000), .OW, bytes: data))
        let result = try deidentified(header, clean)
        let left = try #require(result[Tag(0x6000, 0x3000)]?.bytes)
        let outline = 4 * 180 - 4
        #expect(left.reduce(0) { $0 + $1.nonzeroBitCount } == outline)
        #expect(result[Tag(0x6000, 0x1500)]?.bytes == Array("for ".utf8))
        #expect(findings(header, result, clean).isEmpty)
        #expect(try deidentified(header).elements.allSatisfy { $0.tag.group != 0x6000 })
        header.set(Tag(0x6000, 0x0100), 16)
        #expect(try deidentified(header, clean).elements.allSatisfy { $0.tag.group != 0x6000 })
    }

    // MARK: Private

    @Test("Safe private elements stay with their creators; others of the same block go")
    func safePrivate() throws {
        let safe = try profile(.retainSafePrivate)
        var header = chestHeader()
        var item = DataSet()
        for (block, creator) in [(0x10, "Philips Imaging DD 001"), (0x11, "ACME 1.0")] {
            for set in [0, 1] {
                let elements = [
                    bytes(Tag(0x2001, UInt16(block)), .LO, creator),
                    bytes(Tag(0x2001, UInt16(block) << 8 | 0x3F), .CS, "SOMETHING"),
                    bytes(Tag(0x2001, UInt16(block) << 8 | 0xEE), .LO, "MUSTERMANN"),
                ]
                for element in elements { if set == 0 { header.set(element) } else { item.set(element) } }
            }
        }
        header.set(Tag(0x0008, 0x2218), items: [item])
        let result = try deidentified(header, safe)
        let left = [Tag(0x2001, 0x0010), Tag(0x2001, 0x103F)]
        #expect(result.elements.map(\.tag).filter(\.isPrivate) == left)
        #expect(result.items(Tag(0x0008, 0x2218)).first?.elements.map(\.tag) == left)
        #expect(findings(header, result, safe).isEmpty)
        #expect(findings(header, result).map(\.rule).contains(.privateElement))
    }

    @Test("Table E.3.10-1 and Table E.3.4-1 are whole")
    func tables() {
        #expect(SafePrivateTable.shared.count == 479)
        #expect(ContentNames.shared.count == 214)
        #expect(DescriptorVocabulary.shared.count > 500)
    }

    // MARK: Device, patient, newborns

    @Test("A newborn's study date may stay although it is the birth date; the name may not stay in a station's name")
    func retained() throws {
        let full = try profile(.retainLongitudinalFullDates, .retainDeviceIdentity, .retainPatientCharacteristics)
        var header = chestHeader()
        header.set(.patientBirthDate, .DA, "20250317")
        var result = try deidentified(header, full)
        #expect(result.text(.stationName) == "ROOM7" && result.text(.patientAge) == "060Y")
        #expect(findings(header, result, full).isEmpty)
        header.set(.stationName, .SH, "ERIKA 7")
        result = try deidentified(header, full)
        #expect(findings(header, result, full).map(\.rule) == [.removedValueFound])
    }

    @Test("An AE title stays under Device Identity unless it names somebody")
    func titles() throws {
        let device = try profile(.retainDeviceIdentity)
        var header = chestHeader()
        header.set(Tag(0x0008, 0x0055), .AE, "DX_ROOM_7")
        #expect(try deidentified(header, device).text(Tag(0x0008, 0x0055)) == "DX_ROOM_7")
        header.set(Tag(0x0008, 0x0055), .AE, "CART ERIKA")
        #expect(try deidentified(header, device)[Tag(0x0008, 0x0055)] == nil)
    }

    // MARK: Rules of a site

    @Test("Rules of a site go before the table, the last that matches first")
    func rules() throws {
        let site = try profile(rules: [
            "VR:LT empty", "SeriesDescription clean", "(0018,10xx) remove", "(0018,1000) replace", "StudyDate shift",
            "(0019,ACME 1.0,02) keep", "Manufacturer empty",
        ])
        var header = chestHeader()
        header.set(bytes(Tag(0x0019, 0x0010), .LO, "ACME 1.0"))
        header.set(bytes(Tag(0x0019, 0x1002), .LO, "technical"))
        header.set(bytes(Tag(0x0019, 0x1003), .LO, "MUSTERMANN"))
        header.set(Tag(0x0018, 0x4000), .LT, "comment")
        header.set(.softwareVersions, .LO, "V2.1")
        let result = try deidentified(header, site)
        #expect(result.text(.seriesDescription) == "CHEST PA")
        #expect(result[Tag(0x0018, 0x4000)]?.isEmpty == true && result[.manufacturer]?.isEmpty == true)
        #expect(result[.softwareVersions] == nil && result.text(.deviceSerialNumber) == "Removed")
        #expect(result.text(.studyDate) == "20241207")
        #expect(result.elements.map(\.tag).filter(\.isPrivate) == [Tag(0x0019, 0x0010), Tag(0x0019, 0x1002)])
        #expect(result.text(.longitudinalTemporalInformationModified) == "MODIFIED")
        #expect(findings(header, result, site).isEmpty)
        #expect(site.isWeaker && site.weaknesses.count == 3)
        #expect(result.text(.deidentificationMethod)?.contains("WEAKER THAN BASIC") == true)
    }

    @Test("Stricter rules make no weaker profile")
    func stricter() throws {
        let site = try profile(rules: ["Manufacturer remove"])
        #expect(!site.isWeaker)
        let result = try deidentified(chestHeader(), site)
        #expect(result[.manufacturer] == nil)
        #expect(result.text(.deidentificationMethod)?.contains("WEAKER") == false)
    }

    @Test(
        "Rules that nobody can read, and rules that no profile may have, are refused",
        arguments: [
            ("keep", DeidentificationError.ruleMalformed), ("PatientNam remove", .ruleMalformed),
            ("(0018,1030) burn", .ruleMalformed), ("(18,1030) remove", .ruleMalformed),
            ("(0018,ACME,02) keep", .ruleMalformed), ("PatientName keep", .ruleForbidden),
            ("PatientID keep", .ruleForbidden), ("PatientBirthDate shift", .ruleForbidden),
            ("VR:PN keep", .ruleForbidden), ("VR:LO keep", .ruleForbidden), ("(0010,xxxx) keep", .ruleForbidden),
            ("SOPInstanceUID remove", .ruleForbidden), ("Rows empty", .ruleForbidden),
            ("PixelData remove", .ruleForbidden), ("StudyDate clean", .ruleForbidden),
            ("OperatorsName keep", .ruleForbidden), ("PatientIdentityRemoved remove", .ruleForbidden),
        ] as [(String, DeidentificationError)])
    func badRules(text: String, error: DeidentificationError) {
        #expect(throws: error) { try SiteRule(text) }
    }

    // MARK: Pixels, trailers

    @Test("Whoever has cleaned the pixels may say so; the verifier lets it pass")
    func cleanPixelData() throws {
        var result = try deidentified(chestHeader())
        DeidentificationMarks.claimCleanPixelData(in: &result)
        DeidentificationMarks.claimCleanPixelData(in: &result)
        let codes = result.items(.deidentificationMethodCodeSequence).map { $0.text(Tag(0x0008, 0x0100)) }
        #expect(codes == ["113100", "113101"])
        #expect(result.text(.burnedInAnnotation) == "NO")
        #expect(findings(chestHeader(), result).isEmpty)
    }

    @Test("Behind the pixels the header's values are looked for, and the header's shift is applied")
    func trailer() throws {
        let modified = try profile(.retainLongitudinalModifiedDates)
        let deidentifier = Deidentifier(profile: modified, uids: testUIDs, dateShift: testShift)
        var trailer = DataSet([DataElement(Tag(0xFFFC, 0xFFFC), .OB, bytes: [0, 0])])
        trailer.set(Tag(0x0018, 0x0022), .CS, "X")
        let clean = try deidentifier.deidentify(
            trailer, sopClass: SOPClass.digitalXRayForPresentation, subject: chestHeader()
        ).dataSet
        func found(_ output: DataSet) -> [Finding.Rule] {
            DeidentificationVerifier(profile: modified, dateShift: testShift).verify(
                original: trailer, output: DataSetWriter.write(output, transferSyntax: .explicitVRLittleEndian),
                transferSyntax: .explicitVRLittleEndian, subject: chestHeader(), isOurs: isOurs
            ).map(\.rule)
        }
        #expect(found(clean).isEmpty)
        var broken = clean
        broken.set(DataElement(Tag(0xFFFC, 0xFFFC), .OB, bytes: Array("MUSTERMANN".utf8)))
        #expect(found(broken).contains(.removedValueFound))
    }

    @Test("Without the original the verifier still knows what may be there")
    func withoutOriginal() throws {
        func found(_ output: DataSet) -> Set<Finding.Rule> {
            Set(
                DeidentificationVerifier().verify(
                    output: DataSetWriter.write(output, transferSyntax: .explicitVRLittleEndian),
                    transferSyntax: .explicitVRLittleEndian, isOurs: isOurs
                ).map(\.rule))
        }
        var result = try deidentified(chestHeader())
        #expect(found(result).isEmpty)
        result.set(.patientName, .PN, "MUSTERMANN^ERIKA")
        #expect(found(result) == [.notReplaced])
        #expect(found(chestHeader()).isSuperset(of: [.notReplaced, .notRemoved, .foreignUID, .markMissing]))
    }
}
