import DICOMCore

/// Encapsulated pixel data as they lie in the data set: an item with the Basic Offset Table, items with fragments, and a
/// sequence delimiter.
///
/// Source: PS3.5 A.4.
struct EncapsulatedPixelData {
    /// More fragments than any encoder makes of one object.
    static let maxFragments = 65_536

    /// Offsets of frames, from the first byte of the first fragment's item; empty when the sender gave none.
    let offsets: [Int]
    /// The bytes of each fragment, as positions in `bytes`.
    let fragments: [Range<Int>]
    let bytes: [UInt8]

    /// Reads the items. A missing delimiter at the very end is tolerated; everything else must add up.
    init(_ bytes: [UInt8]) throws(ToolkitError) {
        var items: [Range<Int>] = []
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= 8 else { throw .malformedEncapsulation }
            let tag = (Self.number(bytes, position, 2), Self.number(bytes, position + 2, 2))
            let length = Self.number(bytes, position + 4, 4)
            position += 8
            if tag == (0xFFFE, 0xE0DD) {
                guard length == 0 else { throw .malformedEncapsulation }
                break
            }
            guard tag == (0xFFFE, 0xE000), length <= bytes.count - position, items.count <= Self.maxFragments
            else { throw .malformedEncapsulation }
            items.append(position..<position + length)
            position += length
        }
        guard let table = items.first, items.count >= 2, table.count % 4 == 0 else { throw .malformedEncapsulation }
        self.bytes = bytes
        offsets = stride(from: table.lowerBound, to: table.upperBound, by: 4).map { Self.number(bytes, $0, 4) }
        fragments = Array(items.dropFirst())
    }

    /// The fragments of the first frame of so many.
    func firstFrame(of frames: Int, encoding: TransferSyntax.PixelEncoding) throws(ToolkitError) -> [Range<Int>] {
        if frames == 1 { return fragments }
        // RLE frames are one fragment each (PS3.5 A.4.2); so is every frame when there are as many fragments as frames.
        if encoding == .rle || fragments.count == frames { return [fragments[0]] }
        if offsets.count == frames, let start = fragments.first?.lowerBound {
            let end = offsets[1]
            let first = fragments.filter { $0.lowerBound - start < end }
            guard offsets[0] == 0, end > 0, !first.isEmpty else { throw .malformedEncapsulation }
            return first
        }
        // Without a table a frame begins where a fragment begins with the marker of a codestream.
        guard let opening = Self.opening(encoding), starts(fragments[0], with: opening) else {
            throw .malformedEncapsulation
        }
        let next = fragments.dropFirst().firstIndex { starts($0, with: opening) } ?? fragments.endIndex
        return Array(fragments[..<next])
    }

    /// The fragments put together.
    func joined(_ ranges: [Range<Int>]) -> [UInt8] {
        if ranges.count == 1, let only = ranges.first { return Array(bytes[only]) }
        var result: [UInt8] = []
        result.reserveCapacity(ranges.reduce(0) { $0 + $1.count })
        for range in ranges { result.append(contentsOf: bytes[range]) }
        return result
    }

    private func starts(_ range: Range<Int>, with opening: [UInt8]) -> Bool { bytes[range].starts(with: opening) }

    private static func opening(_ encoding: TransferSyntax.PixelEncoding) -> [UInt8]? {
        switch encoding {
        case .jpeg, .jpegLS: [0xFF, 0xD8, 0xFF]
        case .jpeg2000: [0xFF, 0x4F, 0xFF, 0x51]
        case .rle, .native, .other: nil
        }
    }

    private static func number(_ bytes: [UInt8], _ position: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    }
}
