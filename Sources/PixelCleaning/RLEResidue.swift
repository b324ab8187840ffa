import DICOMCore

/// Segments of RLE frames.
///
/// Source: PS3.5 G.
enum RLEResidue {
    /// The frame with each segment as long as its plane of bytes needs.
    static func clean(
        _ stream: [UInt8], geometry: PixelGeometry, _ found: inout Set<ResidueKind>
    ) throws(PixelCleaningError) -> [UInt8] {
        guard stream.count >= 64 else { throw .malformedStream }
        let numbers = (0..<16).map { index in (0..<4).reduce(0) { $0 | Int(stream[index * 4 + $1]) << (8 * $1) } }
        let count = numbers[0]
        guard (1...15).contains(count), count == geometry.samplesPerPixel * geometry.bitsAllocated / 8 else {
            throw .malformedStream
        }
        if numbers[(count + 1)...].contains(where: { $0 != 0 }) { found.insert(.reserved) }
        var header = [count]
        var body: [UInt8] = []
        var isChanged = false
        for index in 1...count {
            let start = numbers[index]
            let end = index < count ? numbers[index + 1] : stream.count
            guard start >= 64, start <= end, end <= stream.count, index > 1 || start == 64 else {
                throw .malformedStream
            }
            let used = try used(stream[start..<end], plane: geometry.rows * geometry.columns)
            // One zero makes the length even (G.3.1).
            let rest = stream[(start + used)..<end]
            if rest.count > 1 || rest.contains(where: { $0 != 0 }) { isChanged = true }
            header.append(64 + body.count)
            body += stream[start..<(start + used)]
            if body.count % 2 == 1 { body.append(0) }
        }
        if isChanged { found.insert(.trailing) }
        header += [Int](repeating: 0, count: 16 - header.count)
        return header.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } } + body
    }

    /// Bytes of a segment that its plane of so many bytes comes from.
    private static func used(_ segment: ArraySlice<UInt8>, plane: Int) throws(PixelCleaningError) -> Int {
        var position = segment.startIndex
        var made = 0
        while made < plane {
            guard position < segment.endIndex else { throw .malformedStream }
            let control = segment[position]
            if control < 128 {
                made += Int(control) + 1
                position += Int(control) + 2
            } else if control == 128 {
                position += 1
            } else {
                made += 257 - Int(control)
                position += 2
            }
            guard position <= segment.endIndex else { throw .malformedStream }
        }
        return position - segment.startIndex
    }
}
