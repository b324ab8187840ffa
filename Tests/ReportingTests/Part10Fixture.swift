import DICOMCore

/// A second, tiny writer of Part 10 files (explicit VR little endian), so that these tests do not trust the writer that
/// the product uses.
enum Part10Fixture {
    static func file(_ object: DataSet) -> [UInt8] {
        var meta = DataSet()
        meta.set(DataElement(Tag(0x0002, 0x0001), .OB, bytes: [0, 1]))
        meta.set(Tag(0x0002, 0x0002), .UI, object.text(.sopClassUID) ?? "")
        meta.set(Tag(0x0002, 0x0003), .UI, object.text(.sopInstanceUID) ?? "")
        meta.set(Tag(0x0002, 0x0010), .UI, TransferSyntax.explicitVRLittleEndian.uid.value)
        meta.set(Tag(0x0002, 0x0012), .UI, "1.2.826.0.1.3680043.8.498.45787841905188114249")
        let group = dataSet(meta)
        var length = DataSet()
        length.set(DataElement(Tag(0x0002, 0x0000), .UL, bytes: number(group.count, 4)))
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + dataSet(length) + group + dataSet(object)
    }

    static func dataSet(_ object: DataSet) -> [UInt8] {
        var bytes: [UInt8] = []
        for element in object.elements {
            let value: [UInt8]
            switch element.value {
            case .bytes(let raw): value = raw
            case .items(let items):
                value = items.flatMap { item -> [UInt8] in
                    let content = dataSet(item)
                    return number(0xFFFE, 2) + number(0xE000, 2) + number(content.count, 4) + content
                }
            }
            bytes += number(Int(element.tag.group), 2) + number(Int(element.tag.element), 2)
            bytes += Array(element.vr.rawValue.utf8)
            bytes += element.vr.hasLongLength ? [0, 0] + number(value.count, 4) : number(value.count, 2)
            bytes += value
        }
        return bytes
    }

    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
