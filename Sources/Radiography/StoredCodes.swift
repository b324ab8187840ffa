import DICOMCore

/// How a stored value lies in the bits of a cell: the bits outside it (overlays, garbage) are cut off.
///
/// Source: PS3.5 8.1.1 (Bits Stored, High Bit), PS3.3 C.7.6.3.1.1.
struct StoredCodes {
    let bytesPerSample: Int
    let shift: Int
    let bits: Int
    let isSigned: Bool

    init(_ geometry: PixelGeometry) {
        bytesPerSample = geometry.bitsAllocated / 8
        bits = min(geometry.bitsStored, geometry.bitsAllocated)
        shift = max(0, min(geometry.highBit + 1 - bits, geometry.bitsAllocated - bits))
        isSigned = geometry.isSigned
    }

    /// The number of different codes, 2^bits.
    var count: Int { 1 << bits }

    /// The value that a code stands for.
    func storedValue(_ code: Int) -> Int {
        isSigned && code >= count / 2 ? code - count : code
    }
}

/// The stored values that stand for no picture at all, such as the area outside the collimator.
///
/// Source: PS3.3 C.7.5.1.1.2 (Pixel Padding Value and Range Limit).
struct PixelPadding {
    let range: ClosedRange<Int>

    /// `nil` if the header declares none.
    init?(_ header: DataSet, _ geometry: PixelGeometry) {
        guard let first = header.uint16(.pixelPaddingValue) else { return nil }
        let last = header.uint16(Tag(0x0028, 0x0121)) ?? first
        let codes = StoredCodes(geometry)
        let values = [first, last].map { raw in
            geometry.isSigned ? codes.storedValue(Int(raw) & (codes.count - 1)) : Int(raw)
        }
        range = min(values[0], values[1])...max(values[0], values[1])
    }

    func contains(_ stored: Int) -> Bool { range.contains(stored) }
}
