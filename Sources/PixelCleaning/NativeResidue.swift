import DICOMCore

/// Uncompressed samples.
enum NativeResidue {
    static func clean(_ pixels: [UInt8], geometry: PixelGeometry) -> CleanedPixels {
        var bytes = pixels
        var found: Set<ResidueKind> = []
        if let expected = geometry.byteCount, bytes.count > expected {
            // One byte makes the length even; anything in it or behind it is no pixel.
            let rest = bytes[expected...]
            if rest.count > 1 || rest.contains(where: { $0 != 0 }) {
                found.insert(.trailing)
                bytes.removeLast(rest.count)
                if expected % 2 == 1 { bytes.append(0) }
            }
        }
        let cell = SampleCell(geometry)
        if cell.bits < geometry.bitsAllocated, geometry.bitsAllocated <= 16,
            PixelLoops.clearUnusedBits(&bytes, cell, count: min(bytes.count, geometry.byteCount ?? 0) / cell.bytes)
        {
            found.insert(.unusedBits)
        }
        return CleanedPixels(bytes, found)
    }
}
