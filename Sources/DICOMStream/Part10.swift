import DICOMCore

/// Who wrote a file.
///
/// Source: PS3.7 D.3.3.2.
public enum Implementation {
    public static let classUID: UID = "2.25.166461374930817406063459364936431231931"
    public static let versionName = "CXRGATE_0_1"
}

/// DICOM files: preamble, file meta information, data set.
///
/// Source: PS3.10 7.1.
public enum Part10 {
    /// A file taken apart.
    public struct Contents: Sendable {
        /// As the file meta information says; guessed from the first element if there is none.
        public let transferSyntax: TransferSyntax
        /// Group 0002; empty if the file has none.
        public let metaInformation: DataSet
        /// Where the data set begins.
        public let dataSetOffset: Int
        /// The whole data set, as it lies in the file.
        public let dataSetBytes: ArraySlice<UInt8>
    }

    /// File meta information has some hundred bytes; private information may add to it.
    private static let maximumMetaBytes = 1 << 20

    /// A whole file with a fresh preamble and fresh file meta information. Deterministic.
    /// Throws `missingIdentification` if the data set has no SOP class or instance UID.
    public static func file(dataSet: DataSet, transferSyntax: TransferSyntax) throws(StreamError) -> [UInt8] {
        guard let sopClass = dataSet.uid(.sopClassUID), let sopInstance = dataSet.uid(.sopInstanceUID) else {
            throw StreamError(.missingIdentification, at: 0)
        }
        return prefix(sopClass: sopClass, sopInstance: sopInstance, transferSyntax: transferSyntax)
            + DataSetWriter.write(dataSet, transferSyntax: transferSyntax)
    }

    /// Preamble and file meta information: what stands before the data set.
    public static func prefix(sopClass: UID, sopInstance: UID, transferSyntax: TransferSyntax) -> [UInt8] {
        var meta = DataSet()
        meta.set(DataElement(Tag(0x0002, 0x0001), .OB, bytes: [0, 1]))
        meta.set(Tag(0x0002, 0x0002), sopClass)
        meta.set(Tag(0x0002, 0x0003), sopInstance)
        meta.set(Tag(0x0002, 0x0010), transferSyntax.uid)
        meta.set(Tag(0x0002, 0x0012), Implementation.classUID)
        meta.set(Tag(0x0002, 0x0013), .SH, Implementation.versionName)
        let group = DataSetWriter.write(meta, transferSyntax: .explicitVRLittleEndian)
        var output = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
        output.append(Tag(0x0002, 0x0000))
        output.append(contentsOf: Array("UL".utf8) + [4, 0])
        output.append(littleEndian: UInt32(group.count))
        return output + group
    }

    /// Takes a file apart. A missing preamble or missing file meta information is tolerated; then the first element
    /// decides between explicit and implicit VR. Throws `notADICOMFile`, or what is wrong with the meta information.
    public static func read(_ bytes: [UInt8]) throws(StreamError) -> Contents {
        let start = metaStart(bytes)
        guard bytes.count >= start + 8 else { throw StreamError(.notADICOMFile, at: bytes.count) }
        var meta = DataSet()
        var position = start
        while bytes.count >= position + 8, bytes.uint16(position) == 0x0002 {
            guard let vr = VR(bytes[position + 4], bytes[position + 5]) else {
                throw StreamError(.unknownVR, at: position + 4)
            }
            let value = vr.hasLongLength ? position + 12 : position + 8
            guard bytes.count >= value else { throw StreamError(.truncated, at: bytes.count) }
            let length = vr.hasLongLength ? Int(bytes.uint32(position + 8)) : Int(bytes.uint16(position + 6))
            guard length <= maximumMetaBytes, value + length - start <= maximumMetaBytes else {
                throw StreamError(.headerTooLarge, at: position)
            }
            guard bytes.count >= value + length else { throw StreamError(.truncated, at: bytes.count) }
            meta.set(
                DataElement(Tag(0x0002, bytes.uint16(position + 2)), vr, bytes: Array(bytes[value..<value + length])))
            position = value + length
        }
        guard meta.isEmpty || meta[Tag(0x0002, 0x0010)] != nil else { throw StreamError(.notADICOMFile, at: position) }
        let syntax = meta.uid(Tag(0x0002, 0x0010)).map { TransferSyntax($0) } ?? guess(bytes, at: position)
        guard let syntax else { throw StreamError(.notADICOMFile, at: position) }
        return Contents(
            transferSyntax: syntax, metaInformation: meta, dataSetOffset: position, dataSetBytes: bytes[position...])
    }

    /// Behind the preamble and its prefix, if they are there.
    private static func metaStart(_ bytes: [UInt8]) -> Int {
        let prefix = Array("DICM".utf8)
        if bytes.count >= 132, bytes[128..<132].elementsEqual(prefix) { return 132 }
        return bytes.starts(with: prefix) ? 4 : 0
    }

    /// A data set without meta information begins in group 0008, as a rule.
    private static func guess(_ bytes: [UInt8], at position: Int) -> TransferSyntax? {
        guard bytes.count >= position + 8, bytes.uint16(position) == 0x0008 else { return nil }
        return VR(bytes[position + 4], bytes[position + 5]) != nil ? .explicitVRLittleEndian : .implicitVRLittleEndian
    }
}
