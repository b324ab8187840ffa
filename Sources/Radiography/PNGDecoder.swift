/// Reads PNG files with 8 bits per sample: gray or RGB, with or without alpha (which is dropped), not interlaced.
///
/// For pictures that people hand to the demonstration and the trainer; the receive path never sees PNG.
/// Source: RFC 2083.
public enum PNGDecoder {
    /// The pixels of a file.
    public struct Image: Hashable, Sendable {
        public let rows: Int
        public let columns: Int
        /// 1 for gray, 3 for RGB.
        public let samplesPerPixel: Int
        /// `[rows][columns][samplesPerPixel]`.
        public let samples: [UInt8]

        /// Gray levels; RGB as BT.601 luminance.
        public var gray8: [UInt8] {
            guard samplesPerPixel == 3 else { return samples }
            return stride(from: 0, to: samples.count, by: 3).map { at in
                let weighted = 299 * Int(samples[at]) + 587 * Int(samples[at + 1]) + 114 * Int(samples[at + 2])
                return UInt8((weighted + 500) / 1000)
            }
        }
    }

    /// Throws `unreadablePNG` for damaged files and other kinds, `pictureSize` for too many pixels.
    public static func decode(_ file: [UInt8]) throws(RadiographyError) -> Image {
        guard Array(file.prefix(8)) == PNGEncoder.signature else { throw .unreadablePNG }
        var header: [UInt8] = []
        var packed: [UInt8] = []
        var position = 8
        while position + 12 <= file.count {
            let length = number(file, position)
            guard length <= file.count - position - 12 else { throw .unreadablePNG }
            let named = Array(file[(position + 4)..<(position + 8 + length)])
            guard number(file, position + 8 + length) == Int(Checksum.crc32(named)) else { throw .unreadablePNG }
            let data = named.dropFirst(4)
            switch Array(named.prefix(4)) {
            case Array("IHDR".utf8): header = Array(data)
            case Array("IDAT".utf8): packed += data
            default: break
            }
            position += 12 + length
        }
        guard header.count == 13, header[8] == 8, header[10] == 0, header[11] == 0, header[12] == 0,
            let channels = [0: 1, 2: 3, 4: 2, 6: 4][Int(header[9])]
        else { throw .unreadablePNG }
        let (columns, rows) = (number(header, 0), number(header, 4))
        try Picture.check(rows: rows, columns: columns)
        let lineLength = columns * channels
        guard let lines = Inflate.unpack(zlib: packed, limit: (lineLength + 1) * rows),
            lines.count == (lineLength + 1) * rows
        else { throw .unreadablePNG }
        let samples = try unfilter(lines, rows: rows, lineLength: lineLength, channels: channels)
        let kept = channels < 3 ? 1 : 3
        let opaque =
            kept == channels
            ? samples
            : (0..<(rows * columns)).flatMap { samples[($0 * channels)..<($0 * channels + kept)] }
        return Image(rows: rows, columns: columns, samplesPerPixel: kept, samples: opaque)
    }

    private static func number(_ bytes: [UInt8], _ at: Int) -> Int {
        (0..<4).reduce(0) { $0 << 8 | Int(bytes[at + $1]) }
    }

    /// Undoes the prediction of each line from its left and upper neighbours (RFC 2083 6).
    private static func unfilter(
        _ lines: [UInt8], rows: Int, lineLength: Int, channels: Int
    ) throws(RadiographyError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: rows * lineLength)
        for row in 0..<rows {
            let filter = lines[row * (lineLength + 1)]
            for index in 0..<lineLength {
                let raw = lines[row * (lineLength + 1) + 1 + index]
                let at = row * lineLength + index
                let left = index >= channels ? Int(output[at - channels]) : 0
                let up = row > 0 ? Int(output[at - lineLength]) : 0
                let corner = row > 0 && index >= channels ? Int(output[at - lineLength - channels]) : 0
                let predicted: Int
                switch filter {
                case 0: predicted = 0
                case 1: predicted = left
                case 2: predicted = up
                case 3: predicted = (left + up) / 2
                case 4:
                    let estimate = left + up - corner
                    let (a, b, c) = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
                    predicted = a <= b && a <= c ? left : (b <= c ? up : corner)
                default: throw .unreadablePNG
                }
                output[at] = UInt8(truncatingIfNeeded: Int(raw) + predicted)
            }
        }
        return output
    }
}
