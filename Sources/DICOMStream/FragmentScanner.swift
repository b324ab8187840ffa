import DICOMCore

/// Follows the items of encapsulated pixel data while they pass, to know where they end.
///
/// Source: PS3.5 A.4.
struct FragmentScanner {
    private let limits: ScanLimits
    private var header: [UInt8] = []
    private var remaining = 0
    private var total = 0
    private var fragmentCount = 0
    private(set) var oddLengths = 0
    /// The sequence delimiter has passed.
    private(set) var isFinished = false

    init(_ limits: ScanLimits) {
        self.limits = limits
        header.reserveCapacity(8)
    }

    /// Takes bytes up to the end of the delimiter; returns how many belong to the pixel data.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StreamError) -> Int {
        var index = 0
        while index < bytes.count, !isFinished {
            if remaining > 0 {
                let count = min(remaining, bytes.count - index)
                remaining -= count
                index += count
            } else {
                unsafe header.append(bytes[index])
                index += 1
                if header.count == 8 { try takeHeader(at: offset + index - 8) }
            }
        }
        return index
    }

    private mutating func takeHeader(at offset: Int) throws(StreamError) {
        let tag = Tag(header.uint16(0), header.uint16(2))
        let length = header.uint32(4)
        header.removeAll(keepingCapacity: true)
        if tag == .sequenceDelimiter {
            guard length == 0 else { throw StreamError(.delimiterWithLength, at: offset) }
            isFinished = true
            return
        }
        guard tag == .item else { throw StreamError(.itemExpected, at: offset) }
        guard length != .max else { throw StreamError(.undefinedLengthNotAllowed, at: offset) }
        fragmentCount += 1
        // The first item is the offset table.
        guard fragmentCount <= limits.maximumFragments + 1 else { throw StreamError(.tooManyFragments, at: offset) }
        total += 8 + Int(length)
        guard total <= limits.maximumPixelBytes else { throw StreamError(.pixelDataTooLarge, at: offset) }
        if length & 1 == 1 { oddLengths += 1 }
        remaining = Int(length)
    }
}
