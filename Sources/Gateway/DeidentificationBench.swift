import DICOMCore
import DICOMStream
import Deidentification
import Sealing

/// Measures what de-identification of a header costs: scan, profile, encoding, and the verifier, on one thread.
public enum DeidentificationBench {
    /// Medians in milliseconds for one header.
    public struct Result: Sendable {
        public let elements: Int
        public let rounds: Int
        /// From bytes to bytes: parsing, the whole profile, encoding.
        public let deidentifyMilliseconds: Double
        /// The same with the verifier's second reading.
        public let withVerifierMilliseconds: Double
    }

    /// The typical header under a profile and a fresh key.
    public static func run(settings: ProfileSettings, rounds: Int) throws -> Result {
        try run(
            header: typicalHeader(), transferSyntax: .explicitVRLittleEndian, profile: try settings.profile(),
            key: PseudonymKey.generate(), shiftDays: settings.shiftDays, rounds: rounds)
    }

    /// `header` is an encoded data set without pixels. Throws what de-identification throws.
    public static func run(
        header: [UInt8], transferSyntax: TransferSyntax, profile: DeidentificationProfile, key: PseudonymKey,
        shiftDays: Int, rounds: Int
    ) throws -> Result {
        let uids = KeyedUIDs(key: key)
        let shift = try DateShift(key: key, maximumDays: shiftDays)
        let deidentifier = Deidentifier(profile: profile, uids: uids, dateShift: shift)
        let verifier = DeidentificationVerifier(profile: profile, dateShift: shift)
        let clock = ContinuousClock()
        var plain: [Duration] = []
        var verified: [Duration] = []
        var elements = 0
        // The first tenth warms tables and caches.
        let warm = max(1, rounds / 10)
        for round in 0..<(rounds + warm) {
            let start = clock.now
            let dataSet = try DataSetParser.parse(header, transferSyntax: transferSyntax)
            let clean = try deidentifier.deidentify(
                dataSet, sopClass: dataSet.uid(.sopClassUID) ?? SOPClass.computedRadiography)
            let bytes = DataSetWriter.write(clean.dataSet, transferSyntax: .explicitVRLittleEndian)
            let middle = clock.now
            let findings = verifier.verify(
                original: dataSet, output: bytes, transferSyntax: .explicitVRLittleEndian, isOurs: uids.isOurs)
            let end = clock.now
            guard findings.isEmpty else { throw GatewayError.system("the verifier finds something: \(findings[0])", 0) }
            elements = dataSet.elements.count
            if round >= warm {
                plain.append(start.duration(to: middle))
                verified.append(start.duration(to: end))
            }
        }
        return Result(
            elements: elements, rounds: rounds, deidentifyMilliseconds: median(plain),
            withVerifierMilliseconds: median(verified))
    }

    private static func median(_ durations: [Duration]) -> Double {
        let middle = durations.sorted()[durations.count / 2]
        return Double(middle.components.attoseconds) / 1e15 + Double(middle.components.seconds) * 1000
    }

    /// The header of a Computed Radiography object as a busy hospital sends it: 87 elements at the top level.
    public static func typicalHeader() -> [UInt8] {
        DataSetWriter.write(typicalDataSet(), transferSyntax: .explicitVRLittleEndian)
    }

    /// The same as a file with 2500×2048 pixels, 12 in 16 bits; `number` makes it an instance of its own. Throws what
    /// the writer of files throws.
    public static func typicalFile(number: Int) throws -> [UInt8] {
        var dataSet = typicalDataSet()
        dataSet.set(.sopInstanceUID, .UI, "1.2.276.0.7230010.3.1.4.811.1.\(max(number, 0) + 1)")
        // What the pixels show costs nobody time: they are passed through.
        dataSet.set(DataElement(.pixelData, .OW, bytes: [UInt8](repeating: 7, count: 2500 * 2048 * 2)))
        return try Part10.file(dataSet: dataSet, transferSyntax: .explicitVRLittleEndian)
    }

    private static func typicalDataSet() -> DataSet {
        var header = DataSet()
        for (tag, vr, text) in typicalElements { header.set(tag, vr, text) }
        for (element, value) in [
            (0x0002, 1), (0x0010, 2500), (0x0011, 2048), (0x0100, 16), (0x0101, 12), (0x0102, 11), (0x0103, 0),
        ] as [(UInt16, UInt16)] {
            header.set(Tag(0x0028, element), value)
        }
        let reference = DataSet([
            DataElement(Tag(0x0008, 0x1150), .UI, bytes: Array("1.2.840.10008.3.1.2.3.3\0".utf8)),
            DataElement(Tag(0x0008, 0x1155), .UI, bytes: Array("1.2.276.0.7230010.3.1.4.811.5\0".utf8)),
        ])
        header.set(Tag(0x0008, 0x1111), items: [reference])
        header.set(Tag(0x0008, 0x1032), code: Code("RTHOR2", "99RIS", "Thorax in two planes"))
        var request = DataSet()
        request.set(Tag(0x0040, 0x0007), .LO, "Thorax in two planes")
        request.set(Tag(0x0040, 0x0009), .SH, "SPS88121")
        request.set(Tag(0x0040, 0x1001), .SH, "RP88121")
        header.set(Tag(0x0040, 0x0275), items: [request])
        return header
    }

    private static let typicalElements: [(Tag, VR, String)] = [
        (Tag(0x0008, 0x0005), .CS, "ISO_IR 100"), (Tag(0x0008, 0x0008), .CS, "ORIGINAL\\PRIMARY"),
        (Tag(0x0008, 0x0012), .DA, "20250317"), (Tag(0x0008, 0x0013), .TM, "101503.330"),
        (Tag(0x0008, 0x0016), .UI, "1.2.840.10008.5.1.4.1.1.1"),
        (Tag(0x0008, 0x0018), .UI, "1.2.276.0.7230010.3.1.4.811.1.20250317101502.7"),
        (Tag(0x0008, 0x0020), .DA, "20250317"), (Tag(0x0008, 0x0021), .DA, "20250317"),
        (Tag(0x0008, 0x0022), .DA, "20250317"), (Tag(0x0008, 0x0023), .DA, "20250317"),
        (Tag(0x0008, 0x0030), .TM, "101122.000"), (Tag(0x0008, 0x0031), .TM, "101410.000"),
        (Tag(0x0008, 0x0032), .TM, "101502.120"), (Tag(0x0008, 0x0033), .TM, "101502.120"),
        (Tag(0x0008, 0x0050), .SH, "A2025031788"), (Tag(0x0008, 0x0060), .CS, "CR"),
        (Tag(0x0008, 0x0070), .LO, "FUJIFILM Corporation"), (Tag(0x0008, 0x0080), .LO, "Saint Example Hospital"),
        (Tag(0x0008, 0x0081), .ST, "12 Example Road, Exampleton"), (Tag(0x0008, 0x0090), .PN, "HOUSE^GREGORY^^DR"),
        (Tag(0x0008, 0x1010), .SH, "XRAYROOM2"), (Tag(0x0008, 0x1030), .LO, "Thorax pa lat"),
        (Tag(0x0008, 0x103E), .LO, "CHEST PA"), (Tag(0x0008, 0x1040), .LO, "Emergency Radiology"),
        (Tag(0x0008, 0x1050), .PN, "CUDDY^LISA"), (Tag(0x0008, 0x1070), .PN, "FOREMAN^ERIC"),
        (Tag(0x0008, 0x1090), .LO, "CR-IR 392"), (Tag(0x0010, 0x0010), .PN, "MUSTERMANN^ERIKA^MARIA"),
        (Tag(0x0010, 0x0020), .LO, "PAT5566771"), (Tag(0x0010, 0x0021), .LO, "SEH-ADT"),
        (Tag(0x0010, 0x0030), .DA, "19640812"), (Tag(0x0010, 0x0040), .CS, "F"),
        (Tag(0x0010, 0x1000), .LO, "OLD-81422"),
        (Tag(0x0010, 0x1010), .AS, "060Y"), (Tag(0x0010, 0x1020), .DS, "1.68"), (Tag(0x0010, 0x1030), .DS, "71.5"),
        (Tag(0x0010, 0x21B0), .LT, "Cough and fever for three days"), (Tag(0x0018, 0x0015), .CS, "CHEST"),
        (Tag(0x0018, 0x0060), .DS, "117"), (Tag(0x0018, 0x1000), .LO, "SN26631077"),
        (Tag(0x0018, 0x1004), .LO, "A38109932C"),
        (Tag(0x0018, 0x1020), .LO, "A18.03"), (Tag(0x0018, 0x1030), .LO, "Thorax wall stand"),
        (Tag(0x0018, 0x1110), .DS, "1800"), (Tag(0x0018, 0x1150), .IS, "12"), (Tag(0x0018, 0x1151), .IS, "320"),
        (Tag(0x0018, 0x1152), .IS, "4"), (Tag(0x0018, 0x1160), .SH, "2AL"), (Tag(0x0018, 0x1164), .DS, "0.1\\0.1"),
        (Tag(0x0018, 0x1166), .CS, "FOCUSED"), (Tag(0x0018, 0x1190), .DS, "1.2"),
        (Tag(0x0018, 0x1200), .DA, "20250102"),
        (Tag(0x0018, 0x1260), .SH, "ST-VI"), (Tag(0x0018, 0x1261), .LO, "HR"),
        (Tag(0x0018, 0x1400), .LO, "CHEST,GENERAL"),
        (Tag(0x0018, 0x1401), .LO, "10101020"), (Tag(0x0018, 0x5021), .LO, "0.4A1.0"), (Tag(0x0018, 0x5101), .CS, "PA"),
        (Tag(0x0018, 0x6000), .DS, "200"), (Tag(0x0020, 0x000D), .UI, "1.2.276.0.7230010.3.1.2.811.20250317101122"),
        (Tag(0x0020, 0x000E), .UI, "1.2.276.0.7230010.3.1.3.811.20250317101410"),
        (Tag(0x0020, 0x0010), .SH, "STUDY8812"),
        (Tag(0x0020, 0x0011), .IS, "1"), (Tag(0x0020, 0x0012), .IS, "1"), (Tag(0x0020, 0x0013), .IS, "7"),
        (Tag(0x0020, 0x0020), .CS, "L\\F"), (Tag(0x0020, 0x4000), .LT, "seen by HOUSE"),
        (Tag(0x0028, 0x0004), .CS, "MONOCHROME2"), (Tag(0x0028, 0x1050), .DS, "2048"),
        (Tag(0x0028, 0x1051), .DS, "4096"),
        (Tag(0x0028, 0x1052), .DS, "0"), (Tag(0x0028, 0x1053), .DS, "1"), (Tag(0x0028, 0x1054), .LO, "US"),
        (Tag(0x0028, 0x2110), .CS, "00"), (Tag(0x0032, 0x1060), .LO, "Thorax in two planes"),
        (Tag(0x0040, 0x0244), .DA, "20250317"), (Tag(0x0040, 0x0245), .TM, "101122"),
    ]
}
