import DICOMCore
import DICOMStream
import Foundation
import StandardTables

@testable import Deidentification

/// A mapping that is keyed by nothing: good enough to tell ours from foreign.
let testUIDs = UIDMap { uid in
    var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    for byte in uid.value.utf8 { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013B }
    return UID("2.25.\(hash)") ?? "2.25.1"
}

func isOurs(_ uid: UID) -> Bool { uid.value.hasPrefix("2.25.") }

/// A header of a chest radiograph, with everything that names somebody.
func chestHeader(_ sopClass: UID = SOPClass.digitalXRayForPresentation) -> DataSet {
    var header = DataSet()
    header.set(.specificCharacterSet, .CS, "ISO_IR 100")
    header.set(.imageType, .CS, "ORIGINAL\\PRIMARY")
    header.set(.sopClassUID, sopClass)
    header.set(.sopInstanceUID, "1.2.276.0.99.1")
    header.set(.studyDate, .DA, "20250317")
    header.set(.studyTime, .TM, "101502.120")
    header.set(.accessionNumber, .SH, "ACC8812")
    header.set(.modality, .CS, "DX")
    header.set(.presentationIntentType, .CS, "FOR PRESENTATION")
    header.set(.manufacturer, .LO, "Acme Medical")
    header.set(.institutionName, .LO, "Saint Example Hospital")
    header.set(.referringPhysicianName, .PN, "HOUSE^GREGORY")
    header.set(.stationName, .SH, "ROOM7")
    header.set(.seriesDescription, .LO, "CHEST PA")
    header.set(.patientName, .PN, "MUSTERMANN^ERIKA")
    header.set(.patientID, .LO, "PAT-556677")
    header.set(.patientBirthDate, .DA, "19640812")
    header.set(.patientSex, .CS, "F")
    header.set(.patientAge, .AS, "060Y")
    header.set(.bodyPartExamined, .CS, "CHEST")
    header.set(Tag(0x0018, 0x0060), .DS, "120")
    header.set(.deviceSerialNumber, .LO, "SN004711")
    header.set(.viewPosition, .CS, "PA")
    header.set(.studyInstanceUID, "1.2.276.0.99.2")
    header.set(.seriesInstanceUID, "1.2.276.0.99.3")
    header.set(.studyID, .SH, "STUDY77")
    header.set(.patientOrientation, .CS, "L\\F")
    header.set(.samplesPerPixel, 1)
    header.set(.photometricInterpretation, .CS, "MONOCHROME2")
    header.set(.rows, 2048)
    header.set(.columns, 2048)
    header.set(.bitsAllocated, 16)
    return header
}

/// Always 100 days back: the number is known, so that tests can say what is due.
let testShift = DateShift(maximumDays: 365) { _ in 265 }

func deidentified(_ header: DataSet, _ profile: DeidentificationProfile = .basic) throws -> DataSet {
    let sopClass = header.uid(.sopClassUID) ?? SOPClass.digitalXRayForPresentation
    return try Deidentifier(profile: profile, uids: testUIDs, dateShift: testShift)
        .deidentify(header, sopClass: sopClass).dataSet
}

/// What the verifier finds in an output.
func findings(
    _ original: DataSet, _ output: DataSet, _ profile: DeidentificationProfile = .basic
) -> [Finding] {
    DeidentificationVerifier(profile: profile, dateShift: testShift).verify(
        original: original, output: DataSetWriter.write(output, transferSyntax: .explicitVRLittleEndian),
        transferSyntax: .explicitVRLittleEndian, isOurs: isOurs)
}

/// What the verifier says to an output.
func rules(_ original: DataSet, _ output: DataSet, _ profile: DeidentificationProfile = .basic) -> Set<Finding.Rule> {
    Set(findings(original, output, profile).map(\.rule))
}

/// A value of a VR that is found again wherever it goes.
func canary(_ vr: VR, _ number: Int = 7) -> [UInt8] {
    let text: String
    switch vr {
    case .AE, .CS, .SH: text = "CANARY\(number)"
    case .AS: text = "077Y"
    case .DA: text = "20210907"
    case .DT: text = "20210907081533"
    case .TM: text = "081533"
    case .DS, .IS: text = "770\(number)"
    case .UI: text = "1.2.276.0.77.\(number)"
    case .UR: text = "http://canary.example/\(number)"
    case .PN: text = "CANARY\(number)^TWEETY"
    default: text = "the canary \(number) sings"
    }
    let bytes = Array(text.utf8)
    return bytes.count & 1 == 1 ? bytes + [vr.paddingByte] : bytes
}

/// An element of any standard attribute, holding a canary; a sequence holds a coded one.
func canaryElement(_ tag: Tag, _ number: Int = 7) -> DataElement {
    let vr = StandardTables.vr(of: tag) ?? .LO
    guard vr == .SQ else { return DataElement(tag, vr, bytes: canary(vr, number)) }
    var item = DataSet(code: Code("CANARY\(number)", "99TEST", "the canary \(number) sings"))
    item.set(DataElement(Tag(0x0008, 0x1150), .UI, bytes: Array("1.2.840.10008.5.1.4.1.1.1".utf8)))
    item.set(DataElement(Tag(0x0008, 0x1155), .UI, bytes: canary(.UI, number)))
    return DataElement(tag, items: [item])
}

extension [UInt8] {
    /// Whether a run of bytes occurs, letter case aside.
    func holds(_ text: String) -> Bool {
        let hay = Data(map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 })
        return hay.range(of: Data(text.lowercased().utf8)) != nil
    }
}
