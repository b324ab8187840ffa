import DICOMCore
import StandardTables
import Testing

@testable import Deidentification

@Suite("Table E.1-1 is whole")
struct ConfidentialityTableTests {
    private let table = ConfidentialityTable.shared

    @Test("It has 656 rows of the edition 2026c")
    func rowCount() {
        #expect(table.rowCount == 656)
        #expect(table.rows.count == 652)
        #expect(table.edition == "PS3.15 2026c Table E.1-1")
    }

    @Test("Its Basic column counts what the standard's does")
    func basicCounts() {
        var counts: [ActionCode: Int] = [:]
        for row in table.rows.values { counts[row.basic, default: 0] += 1 }
        // Without curves, overlay data, overlay comments and the private rule, all X.
        #expect(counts[.X] == 412)
        #expect(counts[.D] == 93)
        #expect(counts[.U] == 55)
        #expect(counts[.Z] == 42)
        #expect(counts[.removeOrDummy] == 23)
        #expect(counts[.removeOrZero] == 11)
        #expect(counts[.removeZeroOrDummy] == 8)
        #expect(counts[.zeroOrDummy] == 6)
        #expect(counts[.removeZeroOrUID] == 2)
    }

    @Test(
        "Repeating groups and private attributes have their rows",
        arguments: [
            Tag(0x5000, 0x3000), Tag(0x501E, 0x0005), Tag(0x6000, 0x3000), Tag(0x6002, 0x4000), Tag(0x0009, 0x0010),
            Tag(0x7FE1, 0x1001),
        ])
    func repeating(tag: Tag) {
        #expect(table.row(for: tag)?.basic == .X)
    }

    @Test(
        "What the table does not name has no row",
        arguments: [
            Tag.rows, .manufacturer, .bodyPartExamined, Tag(0x6000, 0x0010), .sopClassUID,
        ])
    func unlisted(tag: Tag) {
        #expect(table.row(for: tag) == nil)
    }

    @Test("Every row and every column is the standard's", .enabled(if: TestData.isSet, TestData.skipLine))
    func everyColumn() throws {
        let columns: [(String, ConfidentialityOption)] = [
            ("rtn_safe_priv", .retainSafePrivate), ("rtn_uids", .retainUIDs), ("rtn_dev_id", .retainDeviceIdentity),
            ("rtn_inst_id", .retainInstitutionIdentity), ("rtn_pat_chars", .retainPatientCharacteristics),
            ("rtn_long_full_dates", .retainLongitudinalFullDates),
            ("rtn_long_modif_dates", .retainLongitudinalModifiedDates), ("clean_desc", .cleanDescriptors),
            ("clean_struct_cont", .cleanStructuredContent), ("clean_graph", .cleanGraphics),
        ]
        let rows = try TestData.table("standard/ps3.15-e.1-1.tsv")
        #expect(rows.count == 656)
        for row in rows {
            let name = try #require(row["tag"])
            let digits = name.replacing("gggg,eeee(odd)", with: "0009,1001").replacing("xx", with: "00").replacing(
                ",", with: "")
            let tag = Tag(number: try #require(UInt32(digits, radix: 16)))
            let found = try #require(table.row(for: tag), "\(name)")
            #expect(found.basic.rawValue == row["basic"], "\(name)")
            for (column, option) in columns {
                #expect(found.action(under: option)?.rawValue ?? "" == row[column], "\(name) \(column)")
            }
        }
    }

    @Test(
        "Compound actions resolve as the types of CR, DX and SC demand", .enabled(if: TestData.isSet, TestData.skipLine)
    )
    func resolved() throws {
        let columns: [(String, IOD)] = [("CR", .computedRadiography), ("DX", .digitalXRay), ("SC", .secondaryCapture)]
        var count = 0
        for row in try TestData.table("standard/ps3.15-e.1-1.resolved-cr-dx-sc.tsv") {
            let name = try #require(row["tag"])
            let tag = Tag(number: try #require(UInt32(name.replacing(",", with: ""), radix: 16)))
            for (column, iod) in columns {
                guard let expected = row["\(column)_basic_resolved"], !expected.isEmpty else { continue }
                let code = try #require(table.row(for: tag)).basic
                let treatment = ActionDecision(profile: .basic, iod: iod, isTopLevel: true).treatment(code, typeOf: tag)
                let letter: [ActionDecision.Treatment: String] = [
                    .remove: "X", .empty: "Z", .dummy: "D", .mapUIDs: "U",
                ]
                #expect(letter[treatment] == expected, "\(name) in \(column)")
                count += 1
            }
        }
        #expect(count > 350)
    }

    @Test("The dictionary knows tags, keywords, repeating groups and choices")
    func dictionary() {
        #expect(StandardTables.vr(of: .patientName) == .PN)
        #expect(StandardTables.keyword(of: .patientName) == "PatientName")
        #expect(StandardTables.vr(of: Tag(0x6002, 0x0010)) == .US)
        #expect(StandardTables.vr(of: .pixelData) == .OW)
        #expect(StandardTables.vr(of: .pixelPaddingValue) == .US)
        #expect(StandardTables.dependsOnPixelRepresentation(.pixelPaddingValue))
        #expect(!StandardTables.dependsOnPixelRepresentation(.rows))
        #expect(StandardTables.vr(of: Tag(0x0008, 0x0000)) == .UL)
        #expect(StandardTables.vr(of: Tag(0x0009, 0x0010)) == nil)
        #expect(StandardTables.vr(of: Tag(0x0008, 0xFFF0)) == nil)
        #expect(StandardTables.isRegistered("1.2.840.10008.5.1.4.1.1.1"))
        #expect(!StandardTables.isRegistered("1.2.840.10008.5.1.4.1.1.1.4711"))
        #expect(StandardTables.isStandardTerm("CHEST"))
        #expect(!StandardTables.isStandardTerm("MUSTERMANN"))
    }
}
