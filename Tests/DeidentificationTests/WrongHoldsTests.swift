import DICOMCore
import DICOMStream
import Testing

@testable import Deidentification

/// How often the verifier holds an ordinary radiograph for nothing: real headers, in which thousands of made-up people
/// are put in the places of those whom they name.
@Suite("Few ordinary radiographs are held for nothing")
struct WrongHoldsTests {
    /// Common family names of several countries; every tenth is also a word of radiography, a maker, or a place.
    private static let families = """
        Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
        Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker
        Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell
        Carter Roberts Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter
        Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Rossi Russo
        Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Costa Dubois Durand Leroy Moreau
        Simon Laurent Lefebvre Michel Bertrand Roux Vincent Fournier Silva Santos Oliveira Souza Pereira Lima Carvalho
        Kowalski Nowak Wiśniewski Yamada Tanaka Suzuki Sato Watanabe Kim Park Choi Jung Wang Li Zhang Liu Chen Yang Huang
        Hand Foot Chin Hart Lung Philips Siemens Canon Agfa Fuji Long Short Page Rose Chest Bone Field Standard Marker
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    private static let given = """
        Maria Anna Elena Sofia Laura Julia Sarah Emma Olivia Mia John James Robert Michael David William Thomas Peter Paul
        Andreas Stefan Karl Luis Carlos Jorge Ana Carmen Giulia Marco Luca Chloé Zoë Jürgen Ewa Piotr Hiroshi Yuki Min Wei
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    private struct Dice {
        var state: UInt64
        mutating func roll(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        mutating func pick<T>(_ values: [T]) -> T { values[roll(values.count)] }
        mutating func digits(_ count: Int) -> String { String((0..<count).map { _ in Character("\(roll(10))") }) }
        mutating func date(_ years: Range<Int>) -> String {
            let (month, day) = (roll(12) + 1, roll(28) + 1)
            return "\(years.lowerBound + roll(years.count))" + (month < 10 ? "0" : "") + "\(month)"
                + (day < 10 ? "0" : "") + "\(day)"
        }
    }

    /// Puts somebody else in the places of those whom a header names.
    private static func populate(_ header: inout DataSet, _ dice: inout Dice) {
        func person() -> String { dice.pick(families) + "^" + dice.pick(given) }
        let study = dice.date(2010..<2026)
        let time = "1" + dice.digits(1) + "3" + dice.digits(3)
        let id = dice.pick([dice.digits(5), dice.digits(6), dice.digits(7), dice.digits(8), "P" + dice.digits(9)])
        header.set(.patientName, .PN, person())
        header.set(.patientID, .LO, id)
        header.set(.patientBirthDate, .DA, dice.date(1930..<2024))
        header.set(.patientAge, .AS, "0\(10 + dice.roll(89))Y")
        header.set(.accessionNumber, .SH, dice.pick(["A", "RX", "", "US-"]) + dice.digits(8))
        header.set(.referringPhysicianName, .PN, person())
        header.set(Tag(0x0008, 0x1050), .PN, person())
        header.set(Tag(0x0008, 0x1070), .PN, person())
        header.set(
            .institutionName, .LO,
            dice.pick(["Saint ", "Klinikum ", "Hospital ", "Centre "]) + dice.pick(families)
                + dice.pick(["", " Radiology"]))
        header.set(.stationName, .SH, dice.pick(["XRAY", "DX", "ROOM", "RX-", "CRREADER", "BUCKY"]) + dice.digits(2))
        for tag in [Tag.studyDate, .seriesDate, .contentDate, Tag(0x0008, 0x0022)] { header.set(tag, .DA, study) }
        for tag in [Tag.studyTime, .seriesTime, .contentTime, Tag(0x0008, 0x0032)] { header.set(tag, .TM, time) }
        header.set(.deviceSerialNumber, .LO, dice.digits(4 + dice.roll(6)))
        header.set(.studyID, .SH, dice.digits(1 + dice.roll(6)))
        header.set(.seriesDescription, .LO, dice.pick(["CHEST PA", "Thorax ap", "W Chest Lat.", "PORTABLE CHEST"]))
        header.set(.studyDescription, .LO, dice.pick(["XR CHEST 2 VIEWS", "Thorax in 2 Ebenen", "Rx Torax"]))
    }

    @Test(
        "At most one of a hundred", .enabled(if: TestData.isSet, TestData.skipLine))
    func rate() throws {
        var dice = Dice(state: 20_260_317)
        var (held, count) = (0, 0)
        var places: [String: Int] = [:]
        for row in try TestData.table("dicom/MANIFEST.tsv") {
            guard let name = row["file"], name.hasPrefix("chest/") || name.hasPrefix("radiograph/"),
                let contents = try? Part10.read(try TestData.bytes("dicom/\(name)")),
                let real = try? DataSetParser.parse(
                    Array(contents.dataSetBytes), transferSyntax: contents.transferSyntax)
            else { continue }
            for _ in 0..<100 {
                var header = real
                header.remove(.pixelData)
                Self.populate(&header, &dice)
                let found = findings(header, try deidentified(header))
                count += 1
                held += found.isEmpty ? 0 : 1
                for finding in found { places["\(name) \(finding)", default: 0] += 1 }
            }
        }
        #expect(count >= 1300)
        #expect(held * 100 <= count, "\(held) of \(count): \(places.sorted { $0.value > $1.value }.prefix(10))")
        print("held for nothing: \(held) of \(count)")
    }
}
