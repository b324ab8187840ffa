import DICOMCore
import Testing

@testable import PixelCleaning

@Suite struct MaskTableTests {
    static let geometry = PixelGeometry(
        rows: 1000, columns: 800, bitsAllocated: 16, bitsStored: 12, highBit: 11, isSigned: false,
        photometricInterpretation: "MONOCHROME2")

    static func header(_ manufacturer: String, _ model: String = "", _ software: String = "") -> DataSet {
        var header = DataSet()
        header.set(.manufacturer, .LO, manufacturer)
        header.set(.manufacturerModelName, .LO, model)
        header.set(Tag(0x0018, 0x1020), .LO, software)
        return header
    }

    static func table(_ lines: String...) throws -> MaskTable {
        let (table, problems) = MaskTable.parse("# comment\n\n" + lines.joined(separator: "\n"))
        try #require(problems.isEmpty)
        return table
    }

    @Test func theFirstMatchingLineCounts() throws {
        let table = try Self.table(
            "Example*\tCR 1\t*\t1000\t800\t0,0,50,0", "Example*\t*\t*\t*\t*\t-30,0,0,200;0,-100,40,0")
        #expect(
            table.regions(for: Self.header("EXAMPLE Medical", "cr 1"), geometry: Self.geometry)
                == [PixelBox(top: 0, left: 0, bottom: 50, right: 800)])
        #expect(
            table.regions(for: Self.header("Example", "CR 2"), geometry: Self.geometry)
                == [
                    PixelBox(top: 970, left: 0, bottom: 1000, right: 200),
                    PixelBox(top: 0, left: 700, bottom: 40, right: 800),
                ])
        #expect(table.regions(for: Self.header("Other"), geometry: Self.geometry).isEmpty)
    }

    @Test func anotherMatrixOrSoftwareIsAnotherDevice() throws {
        let table = try Self.table("*\t*\tV2*\t1000\t800\t0,0,10,10")
        #expect(table.regions(for: Self.header("A", "B", "V2.1"), geometry: Self.geometry).count == 1)
        #expect(table.regions(for: Self.header("A", "B", "V3"), geometry: Self.geometry).isEmpty)
        var other = Self.geometry
        other.rows = 999
        #expect(table.regions(for: Self.header("A", "B", "V2.1"), geometry: other).isEmpty)
    }

    @Test(arguments: [
        "a\tb\tc\t1\t1", "a\tb\tc\tx\t1\t0,0,1,1", "a\tb\tc\t1\t1\t0,0,1", "a\tb\tc\t1\t1\t", "a\tb\tc\t0\t1\t0,0,1,1",
    ])
    func aLineThatCannotBeUsedIsNamed(_ line: String) {
        let (table, problems) = MaskTable.parse("#\n" + line)
        #expect(table.rules.isEmpty)
        #expect(problems.count == 1 && problems[0].hasPrefix("line 2"))
    }

    @Test func aTableThatDoesNotFitIsRefused() {
        #expect(MaskTable.parse(String(repeating: "#", count: MaskTable.mostBytes + 1)).problems.count == 1)
    }

    @Test(arguments: [
        ("*", "", true), ("a*b", "aXXb", true), ("a*b", "aXXc", false), ("", "", true), ("", "a", false),
        ("*ab*ab", "abxab", true), ("a**", "a", true), ("ABC", "abc", true),
    ])
    func starsStandForAnything(_ pattern: String, _ text: String, _ isMatch: Bool) {
        #expect(MaskTable.matches(pattern, text) == isMatch)
    }
}
