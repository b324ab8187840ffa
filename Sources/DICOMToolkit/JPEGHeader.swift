/// What the frame header of a JPEG or JPEG-LS image says about its size.
///
/// Source: ISO/IEC 10918-1 B.2.2 (SOF), ISO/IEC 14495-1 C.2.2.
struct JPEGHeader: Equatable {
    let rows: Int
    let columns: Int
    let components: Int
    /// Bits of a sample.
    let precision: Int
    /// The marker: `0xC0` baseline, `0xC1` extended, `0xC3` lossless, `0xF7` JPEG-LS, …
    let process: UInt8

    /// Reads segments up to the frame header; `nil` if there is none where one must be. Reads each byte once.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
        var position = 2
        while position + 4 <= bytes.count {
            guard bytes[position] == 0xFF else { return nil }
            let marker = bytes[position + 1]
            if marker == 0xFF {  // fill byte (B.1.1.2)
                position += 1
                continue
            }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard length >= 2, position + 2 + length <= bytes.count else { return nil }
            switch marker {
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF, 0xF7:
                guard length >= 8 else { return nil }
                process = marker
                precision = Int(bytes[position + 4])
                rows = Int(bytes[position + 5]) << 8 | Int(bytes[position + 6])
                columns = Int(bytes[position + 7]) << 8 | Int(bytes[position + 8])
                components = Int(bytes[position + 9])
                return
            case 0x01, 0xD0...0xDA:
                return nil  // the image data begin, or a marker without length: no frame header came before
            default:
                position += 2 + length
            }
        }
        return nil
    }
}
