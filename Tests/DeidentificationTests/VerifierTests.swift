import DICOMCore
import DICOMStream
import StandardTables
import Testing

@testable import Deidentification

@Suite("The verifier finds what the de-identifier might leave")
struct VerifierTests {
    /// A broken de-identification: what is done to a clean output, and what the verifier must say.
    struct Break: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rule: Finding.Rule
        let change: @Sendable (inout DataSet) -> Void

        init(_ name: String, _ rule: Finding.Rule, _ change: @escaping @Sendable (inout DataSet) -> Void) {
            testDescription = name
            self.rule = rule
            self.change = change
        }
    }

    /// Text planted into attributes that the table keeps.
    private static func planted(_ tag: Tag, _ vr: VR, _ text: String) -> @Sendable (inout DataSet) -> Void {
        { $0.set(DataElement(tag, vr, bytes: Array(text.utf8) + (text.utf8.count & 1 == 1 ? [0x20] : []))) }
    }

    private static let institutionAddress = Tag(0x0008, 0x0081)
    private static let softwareVersions = Tag(0x0018, 0x1020)
    private static let lutExplanation = Tag(0x0028, 0x3003)

    static let breaks: [Break] = [
        Break("the name stays", .originalValueKept, planted(.patientName, .PN, "MUSTERMANN^ERIKA")),
        Break("a short value stays", .originalValueKept, planted(.patientSex, .CS, "F")),
        Break("an emptied attribute gets another value", .notReplaced, planted(.patientName, .PN, "DOE^JANE")),
        Break("a removed attribute comes back", .notRemoved, planted(institutionAddress, .ST, "Elsewhere")),
        Break("a removed attribute comes back empty", .notRemoved, planted(institutionAddress, .ST, "")),
        Break(
            "an attribute of a compound action gets another value", .notReplaced,
            planted(.institutionName, .LO, "Elsewhere")),
        Break("a UID stays", .originalValueKept) { $0.set(.studyInstanceUID, "1.2.276.0.99.2") },
        Break("a UID of somebody else", .foreignUID) { $0.set(.studyInstanceUID, "1.2.276.0.98.2") },
        Break("a registered UID where an object's is due", .foreignUID) {
            $0.set(.studyInstanceUID, "1.2.840.10008.1.1")
        },
        Break("a foreign UID in an attribute that the table keeps", .foreignUID) {
            $0.set(Tag(0x0008, 0x010C), "1.2.3")
        },
        Break("a UID that only looks structural", .foreignUID) {
            $0.set(Tag(0x0008, 0x0117), "1.2.840.10008.6.1.556677")
        },
        Break("a second UID behind a good one", .foreignUID) {
            $0.set(Tag(0x0008, 0x0117), .UI, "1.2.840.10008.1.1\\1.2.276.0.98.2")
        },
        Break("a private element", .privateElement) { $0.set(DataElement(Tag(0x0019, 0x1001), .UN, bytes: [1, 2])) },
        Break("a private creator in an item", .privateElement) {
            $0.set(Tag(0x0008, 0x2218), items: [DataSet([DataElement(Tag(0x0019, 0x0010), .LO, bytes: [0x41, 0x41])])])
        },
        Break("an overlay", .notRemoved) { $0.set(DataElement(Tag(0x6000, 0x3000), .OW, bytes: [1, 2])) },
        Break("file meta", .notRemoved) { $0.set(DataElement(Tag(0x0002, 0x0016), .AE, bytes: [0x41, 0x41])) },
        Break("an unknown attribute", .notRemoved) {
            $0.set(DataElement(Tag(0x0010, 0xFFF0), .LO, bytes: [0x41, 0x41]))
        },
        Break("encrypted originals", .notRemoved) { $0.set(Tag(0x0400, 0x0500), items: [DataSet()]) },
        Break("a date that the table does not name", .notReplaced, planted(Tag(0x0008, 0x0416), .DT, "20250318")),
        Break("no mark", .markMissing) { $0.remove(.patientIdentityRemoved) },
        Break("a mark that says no", .markMissing, planted(.patientIdentityRemoved, .CS, "NO")),
        Break("no method code", .markMissing) { $0.remove(.deidentificationMethodCodeSequence) },
        Break(
            "a method text of one's own", .removedValueFound, planted(.deidentificationMethod, .LO, "for MUSTERMANN")),
        Break("the name in a kept text", .removedValueFound, planted(.manufacturer, .LO, "Acme for MUSTERMANN^ERIKA")),
        Break(
            "part of the name in a kept text", .removedValueFound, planted(.manufacturer, .LO, "see Mrs. Mustermann.")),
        Break("the name in lower case", .removedValueFound, planted(softwareVersions, .LO, "1.0 mustermann")),
        Break("the name as a code string", .removedValueFound, planted(.bodyPartExamined, .CS, "MUSTERMANN")),
        Break("the name behind a standard term", .removedValueFound, planted(.imageType, .CS, "ORIGINAL\\ERIKA")),
        Break("a standard term with a name stuck to it", .removedValueFound, planted(.imageType, .CS, "CHEST ERIKA")),
        Break("the patient's number as a decimal", .removedValueFound, planted(Tag(0x0018, 0x0060), .DS, "8812")),
        Break("the date in a text", .removedValueFound, planted(softwareVersions, .LO, "V20250317")),
        Break("the time to the second in a text", .removedValueFound, planted(softwareVersions, .LO, "at 101502")),
        Break("the age in a text", .removedValueFound, planted(lutExplanation, .LO, "060y")),
        Break("the station in a text", .removedValueFound, planted(lutExplanation, .LO, "ROOM7")),
        Break("the hospital in a code meaning", .removedValueFound) {
            $0.set(Tag(0x0008, 0x2218), code: Code("1", "99X", "Saint Example Hospital"))
        },
        Break("the name in UTF-16", .removedValueFound) {
            $0.set(
                DataElement(
                    Tag(0x0028, 0x3006), .OW, bytes: "MUSTERMANN".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }))
        },
        Break("the name in big-endian UTF-16", .removedValueFound) {
            $0.set(
                DataElement(
                    Tag(0x0028, 0x3006), .OW, bytes: "ERIKA".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }))
        },
        Break("the name between binary numbers", .removedValueFound) {
            $0.set(DataElement(Tag(0x0028, 0x3006), .OW, bytes: [1, 2, 3] + Array("Erika".utf8) + [0, 9]))
        },
        Break("a removed UID in a text", .removedValueFound, planted(softwareVersions, .LO, "of 1.2.276.0.99.1")),
        Break("an umlaut in another encoding", .removedValueFound, planted(lutExplanation, .LO, "von M\u{FC}ller")),
        Break(
            "a private value in a kept text", .removedValueFound, planted(Tag(0x0018, 0x0024), .SH, "Privately Said")),
        Break(
            "a private person's name in a technical text", .removedValueFound,
            planted(.manufacturer, .LO, "by PRIVATUS")),
    ]

    private static var original: DataSet {
        var header = chestHeader()
        header.set(.accessionNumber, .SH, "8812")
        header.set(DataElement(Tag(0x0019, 0x1003), .LO, bytes: Array("Privately Said".utf8)))
        header.set(DataElement(Tag(0x0019, 0x1004), .PN, bytes: Array("PRIVATUS".utf8)))
        // Müller in Latin-1.
        header.set(DataElement(Tag(0x0008, 0x1070), .PN, bytes: [0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72]))
        return header
    }

    @Test("It finds every deliberate break", arguments: breaks)
    func finds(broken: Break) throws {
        var output = try deidentified(Self.original)
        #expect(rules(Self.original, output).isEmpty, "the unbroken output is clean")
        broken.change(&output)
        #expect(rules(Self.original, output).contains(broken.rule))
    }

    @Test("It finds breaks inside items as well", arguments: 1...3)
    func nested(depth: Int) throws {
        var item = DataSet([DataElement(.manufacturer, .LO, bytes: Array("for ERIKA ".utf8))])
        for _ in 1..<depth { item = DataSet([DataElement(Tag(0x0008, 0x2218), items: [item])]) }
        var output = try deidentified(Self.original)
        output.set(Tag(0x0008, 0x2220), items: [item])
        #expect(rules(Self.original, output) == [.removedValueFound])
    }

    @Test("It reads implicit VR too")
    func implicit() throws {
        var output = try deidentified(Self.original)
        output.set(.patientName, .PN, "MUSTERMANN^ERIKA")
        let bytes = DataSetWriter.write(output, transferSyntax: .implicitVRLittleEndian)
        let findings = DeidentificationVerifier()
            .verify(original: Self.original, output: bytes, transferSyntax: .implicitVRLittleEndian, isOurs: isOurs)
        #expect(findings.contains(Finding(TagPath([], .patientName), .originalValueKept)))
    }

    @Test(
        "Values inside removed sequences and private groups are searched for",
        arguments: [
            Tag(0x0040, 0x0275), Tag(0x0010, 0x1002), Tag(0x0019, 0x1002),
        ])
    func insideRemoved(tag: Tag) throws {
        var header = chestHeader()
        header.set(DataElement(tag, items: [DataSet([DataElement(.patientID, .LO, bytes: Array("OTHER-ID-9".utf8))])]))
        var output = try deidentified(header)
        #expect(rules(header, output).isEmpty)
        output.set(.manufacturer, .LO, "x OTHER-ID-9")
        #expect(rules(header, output) == [.removedValueFound])
    }

    @Test("A replaced sequence must hold nothing but stand-ins")
    func replacedSequence() throws {
        var header = chestHeader()
        header.set(Tag(0x0040, 0x1101), code: Code("Z9", "99X", "Nine"))
        var output = try deidentified(header)
        #expect(rules(header, output).isEmpty)
        output.set(Tag(0x0040, 0x1101), code: Code("Z9", "99X", "Nine"))
        #expect(!rules(header, output).isDisjoint(with: [.notReplaced, .originalValueKept]))
    }

    @Test("What is not a data set is malformed", arguments: [1, 5, 8, 11])
    func malformed(count: Int) throws {
        let output = try deidentified(Self.original)
        let bytes = DataSetWriter.write(output, transferSyntax: .explicitVRLittleEndian)
        let findings = DeidentificationVerifier().verify(
            original: Self.original, output: Array(bytes.dropLast(count)), transferSyntax: .explicitVRLittleEndian,
            isOurs: isOurs)
        #expect(findings.map(\.rule) == [.malformed])
    }

    @Test("Findings and errors hold no value")
    func silent() throws {
        var output = try deidentified(Self.original)
        output.set(.manufacturer, .LO, "MUSTERMANN")
        let bytes = DataSetWriter.write(output, transferSyntax: .explicitVRLittleEndian)
        let findings = DeidentificationVerifier()
            .verify(original: Self.original, output: bytes, transferSyntax: .explicitVRLittleEndian, isOurs: isOurs)
        #expect("\(findings)" == "[VER-006 removedValueFound at (0008,0070)]")
    }

    @Test("More values than it can search for are refused, not skipped")
    func tooMany() throws {
        var header = chestHeader()
        let text = (0...RemovedValues.maximumCount).map { "v\(100_000 + $0)" }.joined(separator: "\\")
        header.set(DataElement(Tag(0x0019, 0x1003), .UC, bytes: Array(text.utf8)))
        #expect(rules(header, try deidentified(header)) == [.tooManyValues])
    }

    @Test("A word repeated for kilobytes is refused, and so are patterns made to be slow")
    func slow() throws {
        var header = chestHeader()
        header.set(DataElement(Tag(0x0019, 0x1003), .LO, bytes: Array("aaaa".utf8)))
        header.set(DataElement(Tag(0x0028, 0x3006), .OW, bytes: [UInt8](repeating: 0x61, count: 8192)))
        #expect(rules(header, try deidentified(header)) == [.tooManyValues])
        let text = (0..<10_000).map { "bbbb\(100_000 + $0)" }.joined(separator: "\\")
        header.set(DataElement(Tag(0x0019, 0x1003), .UC, bytes: Array(text.utf8)))
        header.set(DataElement(Tag(0x0028, 0x3006), .OW, bytes: [UInt8](repeating: 0x62, count: 8192)))
        #expect(rules(header, try deidentified(header)) == [.tooManyValues])
    }
}

@Suite("The verifier does not cry wolf")
struct VerifierExcuseTests {
    private func expectClean(_ change: (inout DataSet) -> Void) throws {
        var header = chestHeader()
        change(&header)
        let output = try deidentified(header)
        let bytes = DataSetWriter.write(output, transferSyntax: .explicitVRLittleEndian)
        let findings = DeidentificationVerifier()
            .verify(original: header, output: bytes, transferSyntax: .explicitVRLittleEndian, isOurs: isOurs)
        #expect(findings.isEmpty)
    }

    @Test("A series described as CHEST may show a chest; so may a station of that name, and Mr. Hand a hand")
    func standardTerms() throws {
        try expectClean {
            $0.set(.seriesDescription, .LO, "CHEST")
            $0.set(.stationName, .SH, "CHEST")
        }
        try expectClean {
            $0.set(.bodyPartExamined, .CS, "HAND")
            $0.set(.patientName, .PN, "Hand^Otto")
        }
    }

    @Test("A weight may equal a voltage")
    func measures() throws {
        try expectClean {
            $0.set(Tag(0x0010, 0x1030), .DS, "80.0")
            $0.set(Tag(0x0018, 0x0060), .DS, "80.0")
        }
    }

    @Test("A number may occur inside a longer decimal")
    func insideDecimal() throws {
        try expectClean {
            $0.set(.patientID, .LO, "4351")
            $0.set(Tag(0x0018, 0x1164), .DS, "0.1435123\\0.1435123")
        }
    }

    @Test("Private copies of technical words and numbers may recur")
    func privateCopies() throws {
        try expectClean {
            $0.set(DataElement(Tag(0x0019, 0x1001), .LO, bytes: Array("Acme Medical".utf8)))
            $0.set(DataElement(Tag(0x0019, 0x1002), .CS, bytes: Array("ROUTINE1".utf8)))
            $0.set(.imageType, .CS, "ORIGINAL\\PRIMARY\\ROUTINE1")
            $0.set(DataElement(Tag(0x0019, 0x1003), .DS, bytes: Array("0.160\\0.160 ".utf8)))
            $0.set(.pixelPaddingValue, 0)
            $0.set(Tag(0x0018, 0x1164), .DS, "0.160\\0.160")
        }
    }

    @Test("Private numbers are no text")
    func privateNumbers() throws {
        try expectClean {
            $0.set(DataElement(Tag(0x0019, 0x1001), .UN, bytes: [0xFF, 0xFF, 0xFF, 0xFF]))
            $0.set(DataElement(Tag(0x0028, 0x3006), .OW, bytes: [0xFF, 0xFF, 0xFF, 0xFF]))
        }
    }

    @Test("Names that occur in our own marks, stand-ins and UIDs")
    func ownWords() throws {
        try expectClean {
            $0.set(.patientName, .PN, "BASIC^PROFILE")
            $0.set(.patientID, .LO, "113100")
            $0.set(.accessionNumber, .SH, "19000101")
            $0.set(.referringPhysicianName, .PN, "REMOVED")
            $0.set(.studyID, .SH, "0008")
        }
    }

    @Test(
        "Real radiographs come out clean, but for those whose headers repeat a name",
        .enabled(if: TestData.isSet, TestData.skipLine))
    func realFiles() throws {
        // The institution is named like the maker (two files); the patient like a value of Image Type (one).
        let repeating: Set<String> = [
            "radiograph/fo_cr_teeth_modality_lut_jpll.dcm", "syntax/rle_mr_16bit.dcm",
            "syntax/jpegll_fragmented_no_bot_2frames.dcm", "syntax/sr_sample.dcm",
        ]
        var count = 0
        for row in try TestData.table("dicom/MANIFEST.tsv") {
            let name = try #require(row["file"])
            let contents = try? Part10.read(try TestData.bytes("dicom/\(name)"))
            guard let contents,
                let original = try? DataSetParser.parse(
                    Array(contents.dataSetBytes), transferSyntax: contents.transferSyntax)
            else { continue }
            let output = DataSetWriter.write(try deidentified(original), transferSyntax: contents.transferSyntax)
            let findings = DeidentificationVerifier().verify(
                original: original, output: output, transferSyntax: contents.transferSyntax, isOurs: isOurs)
            #expect(findings.isEmpty != repeating.contains(name), "\(name): \(findings)")
            count += 1
        }
        #expect(count >= 24)
    }
}
