/// Markers of JPEG 2000 codestreams.
///
/// Source: ISO/IEC 15444-1 Annex A.
enum JPEG2000Residue {
    /// The codestream without comments in any header and without what stands behind its end.
    static func clean(
        _ stream: [UInt8], _ found: inout Set<ResidueKind>
    ) throws(PixelCleaningError) -> [UInt8] {
        guard stream.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) else { throw .malformedStream }
        var output: [UInt8] = Array(stream[..<2])
        output.reserveCapacity(stream.count)
        var position = 2
        while true {
            guard position + 4 <= stream.count, stream[position] == 0xFF else { throw .malformedStream }
            let marker = stream[position + 1]
            if marker == 0x90 { break }
            let length = Int(stream[position + 2]) << 8 | Int(stream[position + 3])
            guard length >= 2, position + 2 + length <= stream.count else { throw .malformedStream }
            if marker == 0x64 { found.insert(.comment) } else { output += stream[position..<position + 2 + length] }
            position += 2 + length
        }
        while position + 2 <= stream.count, stream[position] == 0xFF, stream[position + 1] == 0x90 {
            guard position + 12 <= stream.count else { throw .malformedStream }
            let length = (0..<4).reduce(0) { $0 << 8 | Int(stream[position + 6 + $1]) }
            // A length of 0 reaches to the end of the codestream.
            let end = length == 0 ? lastEnd(stream) : position + length
            guard length == 0 || length >= 14, end <= stream.count else { throw .malformedStream }
            output += try tilePart(stream[position..<end], &found)
            position = end
        }
        // Some encoders leave the last marker out; whatever else stands there is no tile-part.
        let isEnded =
            position + 2 <= stream.count && stream[position] == 0xFF && stream[position + 1] == 0xD9
        let rest = stream[(isEnded ? position + 2 : position)...]
        if rest.count > 1 || rest.contains(where: { $0 != 0 }) { found.insert(.trailing) }
        return output + [0xFF, 0xD9]
    }

    /// The last end marker; no packet holds 0xFF with a byte above 0x8F behind it.
    private static func lastEnd(_ stream: [UInt8]) -> Int {
        var position = stream.count - 2
        while position > 0, !(stream[position] == 0xFF && stream[position + 1] == 0xD9) { position -= 1 }
        return position > 0 ? position : stream.count
    }

    /// A tile-part without its comments, its length set anew.
    private static func tilePart(
        _ part: ArraySlice<UInt8>, _ found: inout Set<ResidueKind>
    ) throws(PixelCleaningError) -> [UInt8] {
        let bytes = Array(part)
        var output = Array(bytes[..<12])
        var position = 12
        while true {
            guard position + 2 <= bytes.count, bytes[position] == 0xFF else { throw .malformedStream }
            if bytes[position + 1] == 0x93 { break }
            guard position + 4 <= bytes.count else { throw .malformedStream }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard length >= 2, position + 2 + length <= bytes.count else { throw .malformedStream }
            if bytes[position + 1] == 0x64 {
                found.insert(.comment)
            } else {
                output += bytes[position..<position + 2 + length]
            }
            position += 2 + length
        }
        output += bytes[position...]
        if bytes[6..<10].contains(where: { $0 != 0 }), output.count != bytes.count {
            for index in 0..<4 { output[6 + index] = UInt8(truncatingIfNeeded: output.count >> (8 * (3 - index))) }
        }
        return output
    }
}
