import DICOMCore

/// The stored values of one frame in 256 steps, for searching only: `[rows][columns]`, without window or polarity.
///
/// Half of the scale follows the full range of the stored values, half their middle 98 %: so text at the end of a
/// range that the anatomy does not use leaves the anatomy its contrast, and the other way round.
struct GreyPlane {
    let rows: Int
    let columns: Int
    var values: [UInt8]

    init(rows: Int, columns: Int, values: [UInt8]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// Takes the first frame. `nil` for fewer bytes than one frame needs, and for kinds of pixels that no radiograph has.
    init?(native samples: [UInt8], geometry: PixelGeometry) {
        let pixels = geometry.rows * geometry.columns
        let width = geometry.bitsAllocated / 8
        guard pixels > 0, width == 1 || width == 2, samples.count >= pixels * width * geometry.samplesPerPixel else {
            return nil
        }
        rows = geometry.rows
        columns = geometry.columns
        if geometry.samplesPerPixel == 1 {
            let cell = SampleCell(geometry)
            let table = Self.scale(PixelLoops.sampledCounts(samples, cell, pixels: pixels), isSigned: cell.isSigned)
            values = PixelLoops.lookUp(samples, cell, table, pixels: pixels)
        } else if geometry.samplesPerPixel == 3, width == 1 {
            // Text in any colour differs from its ground in the brightest of three channels or in the darkest; the mean
            // differs for all but deliberate pairs. YBR has its luminance first.
            let isLuminance = geometry.photometricInterpretation.hasPrefix("YBR")
            values = (0..<pixels).map { pixel in
                if isLuminance { return samples[pixel * 3] }
                let sum = Int(samples[pixel * 3]) + Int(samples[pixel * 3 + 1]) + Int(samples[pixel * 3 + 2])
                return UInt8(sum / 3)
            }
        } else {
            return nil
        }
    }

    /// Half as large, each pixel the mean of four.
    func halved() -> GreyPlane {
        GreyPlane(
            rows: rows / 2, columns: columns / 2,
            values: PixelLoops.halved(values, rows: rows, columns: columns))
    }

    /// The table from codes to steps.
    private static func scale(_ counts: [UInt32], isSigned: Bool) -> [UInt8] {
        let half = counts.count / 2
        // Signed codes in the order of their values: the upper half of the codes is negative.
        let order = isSigned ? Array(half..<counts.count) + Array(0..<half) : Array(0..<counts.count)
        let total = counts.reduce(0) { $0 + Int($1) }
        var seen = 0
        var first: Int?
        var last = 0
        var low: Int?
        var high: Int?
        for (position, code) in order.enumerated() where counts[code] > 0 {
            seen += Int(counts[code])
            first = first ?? position
            last = position
            if low == nil, seen * 100 >= total { low = position }
            if high == nil, seen * 100 >= total * 99 { high = position }
        }
        let full = Steps(first ?? 0, last)
        let middle = Steps(low ?? 0, high ?? last)
        var table = [UInt8](repeating: 0, count: counts.count)
        for (position, code) in order.enumerated() {
            table[code] = UInt8((full.step(position) + middle.step(position)) / 2)
        }
        return table
    }

    private struct Steps {
        let low: Int
        let span: Int

        init(_ low: Int, _ high: Int) {
            self.low = low
            span = max(1, high - low)
        }

        func step(_ position: Int) -> Int { min(max((position - low) * 255 / span, 0), 255) }
    }
}

/// Where a stored value lies in the bits of its cell.
///
/// Source: PS3.5 8.1.1.
struct SampleCell {
    let bytes: Int
    let shift: Int
    let bits: Int
    let isSigned: Bool

    init(_ geometry: PixelGeometry) {
        bytes = geometry.bitsAllocated / 8
        bits = min(geometry.bitsStored, geometry.bitsAllocated, 16)
        shift = max(0, min(geometry.highBit + 1 - bits, geometry.bitsAllocated - bits))
        isSigned = geometry.isSigned
    }

    /// The number of different codes, 2^bits.
    var count: Int { 1 << bits }
}
