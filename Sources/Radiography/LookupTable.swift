import DICOMCore

/// A table that maps input values to output values: the Modality LUT or the VOI LUT of a header.
///
/// Source: PS3.3 C.11.1.1, C.11.2.1.1 (LUT Descriptor, LUT Data).
struct LookupTable {
    /// The input value of the first entry; everything below it maps like it.
    let firstInput: Int
    let entries: [UInt16]
    /// The largest output that the descriptor allows.
    let maximumOutput: Double

    /// Reads one item of a Modality or VOI LUT Sequence. `nil` if descriptor or data are unusable.
    init?(item: DataSet, inputIsSigned: Bool) {
        let descriptor = Tag(0x0028, 0x3002)
        guard let declared = item.uint16(descriptor, at: 0), let first = item.uint16(descriptor, at: 1),
            let bits = item.uint16(descriptor, at: 2), (8...16).contains(bits),
            let bytes = item[Tag(0x0028, 0x3006)]?.bytes
        else { return nil }
        // A table of 2^16 entries does not fit in 16 bits and is written as 0 (PS3.3 C.11.1.1.1).
        let count = declared == 0 ? 65536 : Int(declared)
        firstInput = inputIsSigned ? Int(Int16(bitPattern: first)) : Int(first)
        maximumOutput = Double((1 << Int(bits)) - 1)
        if bytes.count >= count * 2 {
            entries = (0..<count).map { UInt16(bytes[$0 * 2]) | UInt16(bytes[$0 * 2 + 1]) << 8 }
        } else if bits == 8, bytes.count >= count {
            // Older writers put 8-bit entries into single bytes.
            entries = bytes.prefix(count).map { UInt16($0) }
        } else {
            return nil
        }
        guard !entries.isEmpty else { return nil }
    }

    /// The output for an input value; inputs outside the table take its first or last entry.
    func output(_ input: Double) -> Double {
        let offset = input.rounded() - Double(firstInput)
        return Double(entries[Int(min(max(offset, 0), Double(entries.count - 1)))])
    }
}
