import DICOMCore

/// Puts a header around gray pixels, so that a photograph or a phantom travels like a radiograph.
///
/// Source: PS3.3 A.2 (CR Image), A.26 (Digital X-Ray Image, for presentation).
public enum RadiographWrapper {
    /// A Computed Radiography object of a chest, complete and valid, without file meta information.
    public static func crDataSet(_ pixels: GrayPixels, study: FictitiousStudy) -> DataSet {
        var object = common(pixels, study, sopClass: SOPClass.computedRadiography, modality: "CR")
        object.set(.imageType, .CS, "ORIGINAL\\PRIMARY")
        object.set(.kvp, .DS, "90")
        object.set(.plateType, .SH, "PLATE")
        return object
    }

    /// A Digital X-Ray object for presentation, complete and valid, without file meta information.
    public static func dxDataSet(_ pixels: GrayPixels, study: FictitiousStudy) -> DataSet {
        var object = common(
            pixels, study, sopClass: SOPClass.digitalXRayForPresentation, modality: "DX")
        object.set(.imageType, .CS, "ORIGINAL\\PRIMARY\\")
        object.set(.presentationIntentType, .CS, "FOR PRESENTATION")
        object.set(.anatomicRegionSequence, code: Code("816094009", "SCT", "Chest"))
        object.set(.imageLaterality, .CS, "U")
        object.set(.pixelIntensityRelationship, .CS, "LOG")
        let sign: Int16 = pixels.isInverted ? 1 : -1
        let bits = UInt16(bitPattern: sign)
        object.set(DataElement(.pixelIntensityRelationshipSign, .SS, bytes: [UInt8(bits & 0xFF), UInt8(bits >> 8)]))
        object.set(.rescaleIntercept, .DS, "0")
        object.set(.rescaleSlope, .DS, "1")
        object.set(.rescaleType, .LO, "US")
        object.set(.presentationLUTShape, .CS, pixels.isInverted ? "INVERSE" : "IDENTITY")
        object.set(.detectorType, .CS, "DIRECT")
        object.set(.positionerType, .CS, "NONE")
        var view = DataSet(
            code: study.view == "AP"
                ? Code("399348003", "SCT", "antero-posterior") : Code("272479007", "SCT", "postero-anterior"))
        view.set(.viewModifierCodeSequence, items: [])
        object.set(.viewCodeSequence, items: [view])
        object.set(.acquisitionContextSequence, items: [])
        return object
    }

    private static func common(
        _ pixels: GrayPixels, _ study: FictitiousStudy, sopClass: UID, modality: String
    ) -> DataSet {
        var object = DataSet()
        if !study.characterSet.isEmpty { object.set(.specificCharacterSet, .CS, study.characterSet) }
        object.set(.sopClassUID, sopClass)
        object.set(.sopInstanceUID, study.sopInstanceUID)
        for tag in [Tag.studyDate, .seriesDate, .acquisitionDate, .contentDate] {
            object.set(tag, .DA, study.date)
        }
        for tag in [Tag.studyTime, .seriesTime, .acquisitionTime, .contentTime] {
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
        object.set(DataElement(.patientName, .PN, bytes: padded(study.patientName, with: 0x20)))
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
        object.set(.imagerPixelSpacing, .DS, "\(distance)\\\(distance)")
        object.set(.burnedInAnnotation, .CS, "NO")
        object.set(.lossyImageCompression, .CS, "00")
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
        object.set(DataElement(.pixelData, .OW, bytes: padded(pixels.bytes, with: 0)))
    }

    /// Even length: text is filled with a space, pixels with zero.
    private static func padded(_ bytes: [UInt8], with filler: UInt8) -> [UInt8] {
        bytes.count % 2 == 1 ? bytes + [filler] : bytes
    }
}
