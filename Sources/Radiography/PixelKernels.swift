/// The loops over every pixel. They alone in this module touch memory without bounds checks; each states what its
/// caller has checked.
enum PixelKernels {
    /// Counts how often each code occurs in the first frame.
    static func codeCounts(_ samples: [UInt8], _ codes: StoredCodes, pixels: Int) -> [Int] {
        precondition(samples.count >= pixels * codes.bytesPerSample)
        let size = codes.count
        // Four tables, because radiographs have runs of equal pixels, and adding to one counter again and again waits
        // for the store before.
        var tables = [UInt32](repeating: 0, count: 4 * size)
        let shift = UInt16(codes.shift)
        let mask = UInt16(truncatingIfNeeded: size - 1)
        unsafe tables.withUnsafeMutableBufferPointer { tables in
            unsafe samples.withUnsafeBytes { bytes in
                guard let counter = tables.baseAddress else { return }
                if codes.bytesPerSample == 2 {
                    for pixel in 0..<pixels {
                        let raw = unsafe bytes.loadUnaligned(fromByteOffset: pixel &* 2, as: UInt16.self)
                        let code = Int((UInt16(littleEndian: raw) &>> shift) & mask)
                        unsafe counter[(pixel & 3) &* size &+ code] &+= 1
                    }
                } else {
                    for pixel in 0..<pixels {
                        let code = Int((UInt16(unsafe bytes[pixel]) &>> shift) & mask)
                        unsafe counter[(pixel & 3) &* size &+ code] &+= 1
                    }
                }
            }
        }
        return (0..<size).map { code in
            Int(tables[code]) + Int(tables[size + code]) + Int(tables[2 * size + code]) + Int(tables[3 * size + code])
        }
    }

    /// The table's entry for every pixel. `table` has an entry for each code; masked codes cannot exceed it.
    static func lookUp(_ samples: [UInt8], _ codes: StoredCodes, _ table: [Float], pixels: Int) -> [Float] {
        let shift = UInt16(codes.shift)
        let mask = UInt16(truncatingIfNeeded: codes.count - 1)
        precondition(table.count == codes.count && samples.count >= pixels * codes.bytesPerSample)
        return unsafe [Float](unsafeUninitializedCapacity: pixels) { output, initialized in
            unsafe samples.withUnsafeBytes { bytes in
                unsafe table.withUnsafeBufferPointer { table in
                    guard let entry = table.baseAddress, let target = output.baseAddress else { return }
                    if codes.bytesPerSample == 2 {
                        for pixel in 0..<pixels {
                            let raw = unsafe bytes.loadUnaligned(fromByteOffset: pixel &* 2, as: UInt16.self)
                            let code = Int((UInt16(littleEndian: raw) &>> shift) & mask)
                            unsafe (target + pixel).initialize(to: entry[code])
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

    /// Pixels per gray level, black first. Values lie in 0…1 (clamped by the picture).
    static func levelCounts(_ values: [Float]) -> [Int] {
        var bins = [Int](repeating: 0, count: PictureFacts.steps + 1)
        for value in values { bins[Int(value * Float(PictureFacts.steps) + 0.5)] += 1 }
        return bins
    }

    /// `accumulator[x] += weight · clamp((row[x] − low) · scale)`, for one row of the picture.
    static func accumulate(
        _ values: [Float], rowStart: Int, into accumulator: inout [Float], low: Float, scale: Float, weight: Float
    ) {
        let count = accumulator.count
        precondition(rowStart >= 0 && rowStart + count <= values.count)
        unsafe accumulator.withUnsafeMutableBufferPointer { sums in
            unsafe values.withUnsafeBufferPointer { values in
                guard let sum = sums.baseAddress, let base = values.baseAddress else { return }
                let row = unsafe base + rowStart
                for x in 0..<count {
                    let level = (unsafe row[x] - low) * scale
                    unsafe sum[x] += weight * (level < 0 ? 0 : (level > 1 ? 1 : level))
                }
            }
        }
    }
}
