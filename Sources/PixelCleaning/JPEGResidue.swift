/// Segments of JPEG and JPEG-LS streams.
///
/// Source: ISO/IEC 10918-1 B.1, ISO/IEC 14495-1 C.1.
enum JPEGResidue {
    /// The stream without comments, without application segments that no decoder needs, and without what stands behind
    /// its end.
    static func clean(
        _ stream: [UInt8], _ found: inout Set<ResidueKind>
    ) throws(PixelCleaningError) -> [UInt8] {
        guard stream.starts(with: [0xFF, 0xD8]) else { throw .malformedStream }
        var output: [UInt8] = []
        output.reserveCapacity(stream.count)
        output += stream[..<2]
        var position = 2
        while true {
            guard position + 2 <= stream.count, stream[position] == 0xFF else { throw .malformedStream }
            let marker = stream[position + 1]
            if marker == 0xFF {  // fill byte (B.1.1.2)
                position += 1
                continue
            }
            if marker == 0xD9 {
                output += [0xFF, 0xD9]
                position += 2
                break
            }
            guard position + 4 <= stream.count else { throw .malformedStream }
            let length = Int(stream[position + 2]) << 8 | Int(stream[position + 3])
            guard length >= 2, position + 2 + length <= stream.count, !(0xD0...0xD8).contains(marker), marker >= 0xC0
            else { throw .malformedStream }
            let segment = stream[position..<position + 2 + length]
            position += 2 + length
            switch marker {
            case 0xFE: found.insert(.comment)
            case 0xE0...0xEF where !isNeeded(marker, segment.dropFirst(4)): found.insert(.application)
            default: output += segment
            }
            if marker == 0xDA {
                let end = endOfScan(stream, from: position)
                output += stream[position..<end]
                position = end
                // A stream that breaks off has no end to look behind; its decoder decides.
                if end >= stream.count - 1 { return output + stream[end...] }
            }
        }
        let rest = stream[position...]
        if rest.count > 1 || rest.contains(where: { $0 != 0 && $0 != 0xFF }) { found.insert(.trailing) }
        return output
    }

    /// What decoders go by: JFIF without a thumbnail, Adobe's colour transform, the colour transform of JPEG-LS.
    private static func isNeeded(_ marker: UInt8, _ payload: ArraySlice<UInt8>) -> Bool {
        switch marker {
        case 0xE0:
            payload.count == 14 && payload.starts(with: Array("JFIF\0".utf8))
                && payload.suffix(2).elementsEqual([0, 0])
        case 0xEE: payload.count == 12 && payload.starts(with: Array("Adobe".utf8))
        case 0xE8: payload.count == 5 && payload.starts(with: Array("mrfx".utf8))
        default: false
        }
    }

    /// Where the next marker stands that is neither a restart nor a stuffed byte. JPEG-LS stuffs bits instead: there a
    /// byte below 0x80 follows 0xFF inside a scan.
    private static func endOfScan(_ stream: [UInt8], from start: Int) -> Int {
        var position = start
        while position + 1 < stream.count {
            if stream[position] == 0xFF {
                let next = stream[position + 1]
                if next >= 0x80, !(0xD0...0xD7).contains(next), next != 0xFF { return position }
            }
            position += 1
        }
        return stream.count
    }
}
