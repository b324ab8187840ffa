import DICOMCore

/// Objects with one fault each, for trying out what refuses them. All are of fictitious patients.
public enum MalformedStudy {
    /// One of them.
    public struct Fault: Sendable {
        /// Words with hyphens; fit for a file name.
        public let name: String
        /// What is wrong, for people.
        public let meaning: String
        /// The whole file.
        public let file: [UInt8]
    }

    /// Every fault once, from the radiograph of a seed. `write` makes a file of a data set (explicit VR, little-endian).
    public static func faults(
        seed: UInt64, write: (DataSet) throws -> [UInt8]
    ) throws -> [Fault] {
        let whole = PhantomStudy.crDataSet(seed: seed, rows: 64, columns: 64)
        let file = try write(whole)
        func changed(_ change: (inout DataSet) -> Void) throws -> [UInt8] {
            var copy = whole
            change(&copy)
            return try write(copy)
        }
        let pixels = whole[.pixelData]?.bytes ?? []
        var garbled = file
        for index in stride(from: 400, to: min(700, file.count), by: 7) { garbled[index] ^= 0x55 }
        var noMagic = file
        noMagic[128] = 0x58
        var nested = DataSet()
        nested.set(.bodyPartExamined, .CS, "CHEST")
        for _ in 0..<200 {
            var outer = DataSet()
            outer.set(.viewCodeSequence, items: [nested])
            nested = outer
        }
        let depth = nested
        return [
            Fault(name: "empty", meaning: "a file without a byte", file: []),
            Fault(name: "no-magic", meaning: "no DICM behind the preamble", file: noMagic),
            Fault(name: "header-only", meaning: "it ends in the header", file: Array(file.prefix(file.count / 20))),
            Fault(name: "cut-short", meaning: "it ends in the pixels", file: Array(file.dropLast(pixels.count / 2))),
            Fault(name: "garbled", meaning: "flipped bits in the header", file: garbled),
            Fault(
                name: "trailing", meaning: "bytes behind the last element",
                file: file + [UInt8](repeating: 0x41, count: 33)),
            Fault(name: "no-pixels", meaning: "no Pixel Data", file: try changed { $0.remove(.pixelData) }),
            Fault(
                name: "few-pixels", meaning: "fewer pixels than rows times columns",
                file: try changed { $0.set(DataElement(.pixelData, .OW, bytes: Array(pixels.prefix(512)))) }),
            Fault(name: "no-rows", meaning: "Rows is 0", file: try changed { $0.set(.rows, 0) }),
            Fault(name: "too-many-rows", meaning: "Rows is 65535", file: try changed { $0.set(.rows, 65535) }),
            Fault(
                name: "bits-stored", meaning: "Bits Stored exceeds Bits Allocated",
                file: try changed { $0.set(.bitsStored, 24) }),
            Fault(
                name: "bits-allocated", meaning: "Bits Allocated is 13",
                file: try changed { $0.set(.bitsAllocated, 13) }),
            Fault(
                name: "photometric", meaning: "Photometric Interpretation is unknown",
                file: try changed { $0.set(.photometricInterpretation, .CS, "MONOCHROME7") }),
            Fault(
                name: "samples", meaning: "Samples per Pixel is 3 for gray pixels",
                file: try changed { $0.set(.samplesPerPixel, 3) }),
            Fault(
                name: "uid-letters", meaning: "letters in the Study Instance UID",
                file: try changed { $0.set(.studyInstanceUID, .UI, "1.2.not.a.uid") }),
            Fault(
                name: "uid-long", meaning: "a UID of 80 characters",
                file: try changed { $0.set(.seriesInstanceUID, .UI, "2." + String(repeating: "7", count: 78)) }),
            Fault(
                name: "no-study", meaning: "no Study Instance UID", file: try changed { $0.remove(.studyInstanceUID) }),
            Fault(
                name: "control-characters", meaning: "control characters in a name",
                file: try changed {
                    $0.set(DataElement(.patientName, .PN, bytes: [0x41, 0x00, 0x1B, 0x0A, 0x7F, 0x5E]))
                }),
            Fault(
                name: "deep", meaning: "sequences 200 deep",
                file: try changed { $0.set(.anatomicRegionSequence, items: [depth]) }),
            Fault(
                name: "window", meaning: "a window without width",
                file: try changed { $0.set(.windowWidth, .DS, "0") }),
        ]
    }
}
