import DICOMCore
import DICOMToolkit
import Foundation

/// Data sets and files for tests.
enum Specimen {
    /// An explicit VR little endian data set with pixels of any size, the same for the same seed.
    static func dataSet(
        sopClass: UID = SOPClass.computedRadiography, sopInstance: UID = "1.2.826.0.1.3680043.9.1", rows: Int,
        columns: Int,
        seed: UInt64 = 1
    ) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let pixels = (0..<rows * columns * 2).map { _ -> UInt8 in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
        return text(0x0008, 0x0016, "UI", sopClass.value) + text(0x0008, 0x0018, "UI", sopInstance.value)
            + text(0x0010, 0x0010, "PN", "Specimen^Test") + text(0x0010, 0x0020, "LO", "S1")
            + text(0x0020, 0x000D, "UI", "1.2.826.0.1.3680043.9.2")
            + text(0x0020, 0x000E, "UI", "1.2.826.0.1.3680043.9.3")
            + number(0x0028, 0x0002, 1) + text(0x0028, 0x0004, "CS", "MONOCHROME2") + number(0x0028, 0x0010, rows)
            + number(0x0028, 0x0011, columns) + number(0x0028, 0x0100, 16) + number(0x0028, 0x0101, 16)
            + number(0x0028, 0x0102, 15) + number(0x0028, 0x0103, 0)
            + tag(0x7FE0, 0x0010) + Array("OW".utf8) + [0, 0] + PDU.little(pixels.count, 4) + pixels
    }

    static func object(_ index: Int = 1, rows: Int = 16, columns: Int = 16) -> OutgoingObject {
        let instance = UID("1.2.826.0.1.3680043.9.1.\(index)") ?? "1.2"
        return OutgoingObject(
            sopClassUID: SOPClass.computedRadiography, sopInstanceUID: instance,
            transferSyntax: .explicitVRLittleEndian,
            bytes: dataSet(sopInstance: instance, rows: rows, columns: columns, seed: UInt64(index)))
    }

    /// A part 10 file around an explicit VR little endian data set (PS3.10 7.1).
    static func file(
        _ dataSet: [UInt8], sopClass: UID = SOPClass.computedRadiography, sopInstance: UID = "1.2.826.0.1.3680043.9.1"
    ) -> [UInt8] {
        let meta =
            tag(0x0002, 0x0001) + Array("OB".utf8) + [0, 0] + PDU.little(2, 4) + [0, 1]
            + text(0x0002, 0x0002, "UI", sopClass.value) + text(0x0002, 0x0003, "UI", sopInstance.value)
            + text(0x0002, 0x0010, "UI", TransferSyntax.explicitVRLittleEndian.uid.value)
            + text(0x0002, 0x0012, "UI", "1.2.3")
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
            + tag(0x0002, 0x0000) + Array("UL".utf8) + PDU.little(4, 2) + PDU.little(meta.count, 4) + meta + dataSet
    }

    static func tag(_ group: Int, _ element: Int) -> [UInt8] { PDU.little(group, 2) + PDU.little(element, 2) }

    static func text(_ group: Int, _ element: Int, _ vr: String, _ value: String) -> [UInt8] {
        let bytes = Array(value.utf8) + (value.utf8.count % 2 == 1 ? [vr == "UI" ? 0 : 0x20] : [])
        return tag(group, element) + Array(vr.utf8) + PDU.little(bytes.count, 2) + bytes
    }

    static func number(_ group: Int, _ element: Int, _ value: Int) -> [UInt8] {
        tag(group, element) + Array("US".utf8) + PDU.little(2, 2) + PDU.little(value, 2)
    }
}
