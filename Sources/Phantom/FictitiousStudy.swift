import DICOMCore

/// A made-up patient and study, for pixels that come without any. Nothing here may ever be a real person's.
public struct FictitiousStudy: Hashable, Sendable {
    /// Specific Character Set, e.g. `ISO_IR 192`; empty for the default repertoire.
    public var characterSet: String
    /// Patient's Name in that character set.
    public var patientName: [UInt8]
    public var patientID: String
    /// `YYYYMMDD`.
    public var patientBirthDate: String
    /// `M`, `F`, `O`, or empty.
    public var patientSex: String
    /// `nnnY`.
    public var patientAge: String
    public var accessionNumber: String
    public var studyID: String
    /// `YYYYMMDD`.
    public var date: String
    /// `HHMMSS`.
    public var time: String
    /// `PA` or `AP`.
    public var view: String
    public var studyInstanceUID: UID
    public var seriesInstanceUID: UID
    public var sopInstanceUID: UID

    /// Everything follows from the seed.
    public init(seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0x5EED_0F_A_57_0D_1E5)
        let letters = ["Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett"]
        characterSet = "ISO_IR 192"
        patientName = Array("Phantom^\(letters[Int(random.next() % 10)])".utf8)
        patientID = "PHANTOM-\(random.next() % 1_000_000)"
        let age = 1 + Int(random.next() % 5)
        patientBirthDate = "\(2024 - age)0115"
        patientSex = random.next() % 2 == 0 ? "F" : "M"
        patientAge = "00\(age)Y"
        accessionNumber = "PHA\(random.next() % 1_000_000)"
        studyID = "P\(random.next() % 10_000)"
        date = "20240315"
        time = "101500"
        view = "AP"
        studyInstanceUID = FictitiousStudy.uid(&random)
        seriesInstanceUID = FictitiousStudy.uid(&random)
        sopInstanceUID = FictitiousStudy.uid(&random)
    }

    /// A UID under 2.25, the arc for UUIDs, with version and variant of a random one (PS3.5 B.2).
    static func uid(_ random: inout SeededRandom) -> UID {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return UID("2.25.\(UInt128(high) << 64 | UInt128(low))") ?? "2.25.0"
    }
}
