/// The loops over every pixel: the only file of this module that touches memory without bounds checks. Each function
/// states what it has checked before.
enum PixelLoops {
    /// Counts codes in every third pixel: a line of text has hundreds, so none of its levels is missed.
    static func sampledCounts(_ samples: [UInt8], _ cell: SampleCell, pixels: Int) -> [UInt32] {
        precondition(samples.count >= pixels * cell.bytes)
        var counts = [UInt32](repeating: 0, count: cell.count)
        let shift = UInt16(cell.shift)
        let mask = UInt16(truncatingIfNeeded: cell.count - 1)
        unsafe counts.withUnsafeMutableBufferPointer { counts in
            unsafe samples.withUnsafeBytes { bytes in
                guard let counter = counts.baseAddress else { return }
                for pixel in stride(from: 0, to: pixels, by: 3) {
                    let raw =
                        cell.bytes == 2
                        ? UInt16(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: pixel &* 2, as: UInt16.self))
                        : UInt16(unsafe bytes[pixel])
                    unsafe counter[Int((raw &>> shift) & mask)] &+= 1
                }
            }
        }
        return counts
    }

    /// The table's entry for every pixel; masked codes cannot exceed the table.
    static func lookUp(_ samples: [UInt8], _ cell: SampleCell, _ table: [UInt8], pixels: Int) -> [UInt8] {
        precondition(samples.count >= pixels * cell.bytes && table.count == cell.count)
        let shift = UInt16(cell.shift)
        let mask = UInt16(truncatingIfNeeded: cell.count - 1)
        return unsafe [UInt8](unsafeUninitializedCapacity: pixels) { output, initialized in
            unsafe samples.withUnsafeBytes { bytes in
                unsafe table.withUnsafeBufferPointer { table in
                    guard let entry = table.baseAddress, let target = output.baseAddress else { return }
                    if cell.bytes == 2 {
                        for pixel in 0..<pixels {
                            let raw = unsafe bytes.loadUnaligned(fromByteOffset: pixel &* 2, as: UInt16.self)
                            unsafe (target + pixel).initialize(
                                to: entry[Int((UInt16(littleEndian: raw) &>> shift) & mask)])
                        }
                    } else {
                        for pixel in 0..<pixels {
                            let code = Int((UInt16(unsafe bytes[pixel]) &>> shift) & mask)
                            unsafe (target + pixel).initialize(to: entry[code])
                        }
                    }
                }
            }
            initialized = pixels
        }
    }

    /// Means of two by two pixels; an odd last row or column is left out.
    static func halved(_ values: [UInt8], rows: Int, columns: Int) -> [UInt8] {
        precondition(values.count == rows * columns)
        let height = rows / 2
        let width = columns / 2
        return unsafe [UInt8](unsafeUninitializedCapacity: height * width) { output, initialized in
            unsafe values.withUnsafeBufferPointer { source in
                guard let base = source.baseAddress, let target = output.baseAddress else { return }
                for row in 0..<height {
                    let upper = unsafe base + row &* 2 &* columns
                    let lower = unsafe upper + columns
                    let line = unsafe target + row &* width
                    for column in 0..<width {
                        let sum =
                            unsafe UInt16(upper[column &* 2]) &+ UInt16(upper[column &* 2 &+ 1])
                            &+ UInt16(lower[column &* 2]) &+ UInt16(lower[column &* 2 &+ 1])
                        unsafe (line + column).initialize(to: UInt8(truncatingIfNeeded: (sum &+ 2) &>> 2))
                    }
                }
            }
            initialized = height * width
        }
    }

    /// Runs of bytes that are at least `threshold` (1…127), row by row: `(row, first, end)`.
    static func runs(_ values: [UInt8], rows: Int, columns: Int, threshold: UInt8, most: Int) -> [PixelRun] {
        precondition(values.count == rows * columns && (1...127).contains(threshold))
        // The high bit of (low seven bits + 128 − threshold), or of the byte itself, says "at least".
        let add = UInt64(128 - threshold) &* 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        var runs: [PixelRun] = []
        unsafe values.withUnsafeBytes { bytes in
            for row in 0..<rows {
                let start = row &* columns
                var column = 0
                while column < columns {
                    if column &+ 8 <= columns {
                        let word = unsafe bytes.loadUnaligned(fromByteOffset: start &+ column, as: UInt64.self)
                        if (((word & ~high) &+ add) | word) & high == 0 {
                            column &+= 8
                            continue
                        }
                    }
                    if unsafe bytes[start &+ column] < threshold {
                        column &+= 1
                        continue
                    }
                    let first = column
                    while column < columns, unsafe bytes[start &+ column] >= threshold { column &+= 1 }
                    runs.append(PixelRun(row: Int32(row), first: Int32(first), end: Int32(column)))
                }
                if runs.count > most { return }
            }
        }
        return runs
    }

    /// Sets the bits of cells outside the stored ones to what they must be, 0 or the sign; whether any was otherwise.
    static func clearUnusedBits(_ samples: inout [UInt8], _ cell: SampleCell, count: Int) -> Bool {
        precondition(samples.count >= count * cell.bytes)
        let mask = UInt16(truncatingIfNeeded: cell.count - 1) << UInt16(cell.shift)
        let sign = UInt16(1) << UInt16(cell.shift + cell.bits - 1)
        let above: UInt16 = cell.bytes == 2 ? ~(sign | (sign &- 1)) : ~(sign | (sign &- 1)) & 0xFF
        let isSigned = cell.isSigned
        // A first look without writing: nearly every image is clean.
        var differences: UInt16 = 0
        unsafe samples.withUnsafeMutableBytes { bytes in
            if cell.bytes == 2 {
                for index in 0..<count {
                    let raw = UInt16(
                        littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
                    // The sign may be repeated above it or not: both are seen.
                    let wanted = (raw & mask) | (isSigned && raw & sign != 0 && raw & above != 0 ? above : 0)
                    differences |= raw ^ wanted
                }
                guard differences != 0 else { return }
                for index in 0..<count {
                    let raw = UInt16(
                        littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
                    let wanted = (raw & mask) | (isSigned && raw & sign != 0 ? above : 0)
                    unsafe bytes.storeBytes(of: wanted.littleEndian, toByteOffset: index &* 2, as: UInt16.self)
                }
            } else {
                for index in 0..<count {
                    let raw = UInt16(unsafe bytes[index])
                    let wanted = (raw & mask) | (isSigned && raw & sign != 0 && raw & above != 0 ? above : 0)
                    differences |= raw ^ wanted
                    unsafe bytes[index] = UInt8(truncatingIfNeeded: wanted)
                }
            }
        }
        return differences != 0
    }
}

/// Pixels side by side: columns `first..<end` of a row.
struct PixelRun {
    let row: Int32
    let first: Int32
    let end: Int32
}
