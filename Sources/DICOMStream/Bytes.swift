import DICOMCore

// Little-endian numbers out of bytes; the caller has checked the bounds.
extension [UInt8] {
    func uint16(_ index: Int) -> UInt16 { UInt16(self[index]) | UInt16(self[index + 1]) << 8 }
    func uint32(_ index: Int) -> UInt32 { UInt32(uint16(index)) | UInt32(uint16(index + 2)) << 16 }

    mutating func append(littleEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }

    mutating func append(littleEndian value: UInt32) {
        append(littleEndian: UInt16(truncatingIfNeeded: value))
        append(littleEndian: UInt16(truncatingIfNeeded: value >> 16))
    }

    mutating func append(_ tag: Tag) {
        append(littleEndian: tag.group)
        append(littleEndian: tag.element)
    }

    mutating func replace(littleEndian value: UInt32, at index: Int) {
        for byte in 0..<4 { self[index + byte] = UInt8(truncatingIfNeeded: value >> UInt32(8 * byte)) }
    }
}

extension Tag {
    static let item = Tag(0xFFFE, 0xE000)
    static let itemDelimiter = Tag(0xFFFE, 0xE00D)
    static let sequenceDelimiter = Tag(0xFFFE, 0xE0DD)
}

extension VR {
    /// The VR that two letters name.
    init?(_ first: UInt8, _ second: UInt8) {
        guard VR.isPlausible(first, second), let vr = VR.byLetters[Int(first - 0x41) * 26 + Int(second - 0x41)] else {
            return nil
        }
        self = vr
    }

    /// By both letters, A to Z each: every element header asks, so no string is made for it.
    private static let byLetters: [VR?] = {
        var table = [VR?](repeating: nil, count: 26 * 26)
        for vr in VR.allCases {
            let letters = Array(vr.rawValue.utf8)
            table[Int(letters[0] - 0x41) * 26 + Int(letters[1] - 0x41)] = vr
        }
        return table
    }()

    /// Two capital letters: a VR of a later edition, which has a 32-bit length (PS3.5 6.2).
    static func isPlausible(_ first: UInt8, _ second: UInt8) -> Bool {
        (0x41...0x5A).contains(first) && (0x41...0x5A).contains(second)
    }
}
