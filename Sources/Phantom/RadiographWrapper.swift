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

/// Gray pixels without a header, and how they are to be read.
public struct GrayPixels: Hashable, Sendable {
    let rows: Int
    let columns: Int
    let bitsStored: Int
    let bitsAllocated: Int
    let isInverted: Bool
    let bytes: [UInt8]

    /// 8-bit gray, 0 black. `nil` unless there are rows × columns samples, and both fit in 16 bits.
    public init?(gray8: [UInt8], rows: Int, columns: Int) {
        guard (1...65535).contains(rows), (1...65535).contains(columns), gray8.count == rows * columns else {
            return nil
        }
        self.init(rows, columns, 8, 8, false, gray8)
    }

    /// Gray in `bitsStored` (9…16) of 16 bits. As MONOCHROME1 (`isInverted`) the samples are turned, so that the
    /// picture stays the same. `nil` unless there are rows × columns samples that fit.
    public init?(gray16: [UInt16], rows: Int, columns: Int, bitsStored: Int = 12, isInverted: Bool = false) {
        guard (1...65535).contains(rows), (1...65535).contains(columns), gray16.count == rows * columns,
            (9...16).contains(bitsStored)
        else { return nil }
        let largest = UInt16(truncatingIfNeeded: (1 << bitsStored) - 1)
        var bytes = [UInt8]()
        bytes.reserveCapacity(gray16.count * 2)
        for sample in gray16 {
            guard sample <= largest else { return nil }
            let stored = isInverted ? largest - sample : sample
            bytes.append(UInt8(stored & 0xFF))
            bytes.append(UInt8(stored >> 8))
        }
        self.init(rows, columns, bitsStored, 16, isInverted, bytes)
    }

    private init(
        _ rows: Int, _ columns: Int, _ bitsStored: Int, _ bitsAllocated: Int, _ isInverted: Bool, _ bytes: [UInt8]
    ) {
        self.rows = rows
        self.columns = columns
        self.bitsStored = bitsStored
        self.bitsAllocated = bitsAllocated
        self.isInverted = isInverted
        self.bytes = bytes
    }
}

/// Puts a header around gray pixels, so that a photograph or a phantom travels like a radiograph.
///
/// Source: PS3.3 A.2 (CR Image), A.26 (Digital X-Ray Image, for presentation).
public enum RadiographWrapper {
    /// A Computed Radiography object of a chest, complete and valid, without file meta information.
    public static func crDataSet(_ pixels: GrayPixels, study: FictitiousStudy) -> DataSet {
        var object = common(pixels, study, sopClass: SOPClass.computedRadiography, modality: "CR")
        object.set(.imageType, .CS, "ORIGINAL\\PRIMARY")
        object.set(Tag(0x0018, 0x0060), .DS, "90")
        object.set(Tag(0x0018, 0x1260), .SH, "PLATE")
        return object
    }

    /// A Digital X-Ray object for presentation, complete and valid, without file meta information.
    public static func dxDataSet(_ pixels: GrayPixels, study: FictitiousStudy) -> DataSet {
        var object = common(
            pixels, study, sopClass: SOPClass.digitalXRayForPresentation, modality: "DX")
        object.set(.imageType, .CS, "ORIGINAL\\PRIMARY\\")
        object.set(.presentationIntentType, .CS, "FOR PRESENTATION")
        object.set(Tag(0x0008, 0x2218), code: Code("816094009", "SCT", "Chest"))
        object.set(.imageLaterality, .CS, "U")
        object.set(Tag(0x0028, 0x1040), .CS, "LOG")
        let sign: Int16 = pixels.isInverted ? 1 : -1
        let bits = UInt16(bitPattern: sign)
        object.set(DataElement(Tag(0x0028, 0x1041), .SS, bytes: [UInt8(bits & 0xFF), UInt8(bits >> 8)]))
        object.set(.rescaleIntercept, .DS, "0")
        object.set(.rescaleSlope, .DS, "1")
        object.set(Tag(0x0028, 0x1054), .LO, "US")
        object.set(.presentationLUTShape, .CS, pixels.isInverted ? "INVERSE" : "IDENTITY")
        object.set(Tag(0x0018, 0x7004), .CS, "DIRECT")
        object.set(Tag(0x0018, 0x1508), .CS, "NONE")
        object.set(Tag(0x0018, 0x11A0), .DS, "16")
        var view = DataSet(
            code: study.view == "AP"
                ? Code("399348003", "SCT", "antero-posterior") : Code("272479007", "SCT", "postero-anterior"))
        view.set(Tag(0x0054, 0x0222), items: [])
        object.set(Tag(0x0054, 0x0220), items: [view])
        object.set(Tag(0x0040, 0x0555), items: [])
        object.remove(Tag(0x0018, 0x11A0))
        return object
    }

    private static func common(
        _ pixels: GrayPixels, _ study: FictitiousStudy, sopClass: UID, modality: String
    ) -> DataSet {
        var object = DataSet()
        if !study.characterSet.isEmpty { object.set(.specificCharacterSet, .CS, study.characterSet) }
        object.set(.sopClassUID, sopClass)
        object.set(.sopInstanceUID, study.sopInstanceUID)
        for tag in [Tag.studyDate, .seriesDate, Tag(0x0008, 0x0022), .contentDate] {
            object.set(tag, .DA, study.date)
        }
        for tag in [Tag.studyTime, .seriesTime, Tag(0x0008, 0x0032), .contentTime] {
            object.set(tag, .TM, study.time)
        }
        object.set(.accessionNumber, .SH, study.accessionNumber)
        object.set(.modality, .CS, modality)
        object.set(.manufacturer, .LO, "cxrgate")
        object.set(.manufacturerModelName, .LO, "Synthesizer")
        object.set(.deviceSerialNumber, .LO, "SYN-0001")
        object.set(.softwareVersions, .LO, "1")
        object.set(.stationName, .SH, "SYN1")
        object.set(.referringPhysicianName, .PN, "")
        object.set(.studyDescription, .LO, "Chest \(study.view)")
        object.set(.seriesDescription, .LO, study.view)
        object.set(DataElement(.patientName, .PN, bytes: padded(study.patientName)))
        object.set(.patientID, .LO, study.patientID)
        object.set(.patientBirthDate, .DA, study.patientBirthDate)
        object.set(.patientSex, .CS, study.patientSex)
        if !study.patientAge.isEmpty { object.set(.patientAge, .AS, study.patientAge) }
        object.set(.studyInstanceUID, study.studyInstanceUID)
        object.set(.seriesInstanceUID, study.seriesInstanceUID)
        object.set(.studyID, .SH, study.studyID)
        object.set(.seriesNumber, .IS, "1")
        object.set(.instanceNumber, .IS, "1")
        object.set(.bodyPartExamined, .CS, "CHEST")
        object.set(.viewPosition, .CS, study.view)
        object.set(.patientOrientation, .CS, "L\\F")
        setPixels(&object, pixels)
        return object
    }

    private static func setPixels(_ object: inout DataSet, _ pixels: GrayPixels) {
        // The body spans 40 cm across the detector.
        let spacing = "\((400_000_000 / pixels.columns + 50) / 100)"
        let padding = String(repeating: "0", count: max(0, 5 - spacing.utf8.count)) + spacing
        let distance = "\(padding.dropLast(4)).\(padding.suffix(4))"
        object.set(Tag(0x0018, 0x1164), .DS, "\(distance)\\\(distance)")
        object.set(.burnedInAnnotation, .CS, "NO")
        object.set(Tag(0x0028, 0x2110), .CS, "00")
        object.set(.samplesPerPixel, 1)
        object.set(.photometricInterpretation, .CS, pixels.isInverted ? "MONOCHROME1" : "MONOCHROME2")
        object.set(.rows, UInt16(pixels.rows))
        object.set(.columns, UInt16(pixels.columns))
        object.set(.bitsAllocated, UInt16(pixels.bitsAllocated))
        object.set(.bitsStored, UInt16(pixels.bitsStored))
        object.set(.highBit, UInt16(pixels.bitsStored - 1))
        object.set(.pixelRepresentation, 0)
        // The window that shows every value: linear windows are one narrower than their width says.
        object.set(.windowCenter, .DS, "\(1 << (pixels.bitsStored - 1))")
        object.set(.windowWidth, .DS, "\(1 << pixels.bitsStored)")
        object.set(DataElement(.pixelData, .OW, bytes: padded(pixels.bytes)))
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.count % 2 == 1 ? bytes + [bytes.count > 64 ? 0 : 0x20] : bytes
    }
}

/// Whole studies of phantoms.
public enum PhantomStudy {
    /// A CR of a made-up child; the same seed gives the same bytes.
    public static func crDataSet(
        seed: UInt64, rows: Int = 1024, columns: Int = 1024, opacity: Phantom.Opacity? = nil,
        study: FictitiousStudy? = nil
    ) -> DataSet {
        let image = Phantom.rendering(seed: seed, rows: rows, columns: columns, opacity: opacity)
        let study = study ?? FictitiousStudy(seed: seed)
        guard let pixels = GrayPixels(gray16: image.samples, rows: image.rows, columns: image.columns) else {
            preconditionFailure("a phantom has the pixels that it says it has")
        }
        return RadiographWrapper.crDataSet(pixels, study: study)
    }

    /// The same as a DX for presentation.
    public static func dxDataSet(
        seed: UInt64, rows: Int = 1024, columns: Int = 1024, opacity: Phantom.Opacity? = nil,
        study: FictitiousStudy? = nil, isInverted: Bool = false
    ) -> DataSet {
        let image = Phantom.rendering(seed: seed, rows: rows, columns: columns, opacity: opacity)
        let study = study ?? FictitiousStudy(seed: seed)
        guard
            let pixels = GrayPixels(
                gray16: image.samples, rows: image.rows, columns: image.columns, isInverted: isInverted)
        else { preconditionFailure("a phantom has the pixels that it says it has") }
        return RadiographWrapper.dxDataSet(pixels, study: study)
    }
}
