import DICOMCore

/// What the detector delivered, before any window: quantiles of the stored values, padding left out.
///
/// A change of gain moves them even where the picture is stretched to its own range. Taken from every n-th row of the
/// first frame, so that it costs little beside the picture.
public struct StoredSignal: Sendable, Hashable {
    /// The stored value that 1 %, 50 % and 99 % of the pixels do not exceed.
    public let low: Int
    public let median: Int
    public let high: Int

    /// Rows that are looked at; enough for a median within a fraction of a percent.
    private static let rows = 192

    /// `nil` for colour, for too few bytes, and where every pixel is padding.
    public init?(native samples: [UInt8], geometry: PixelGeometry, header: DataSet) {
        guard geometry.samplesPerPixel == 1, geometry.bitsAllocated == 8 || geometry.bitsAllocated == 16 else {
            return nil
        }
        let codes = StoredCodes(geometry)
        let rowBytes = geometry.columns * codes.bytesPerSample
        guard geometry.rows > 0, rowBytes > 0, samples.count >= geometry.rows * rowBytes else { return nil }
        let step = max(1, geometry.rows / Self.rows)
        var part: [UInt8] = []
        part.reserveCapacity((geometry.rows / step + 1) * rowBytes)
        for row in stride(from: 0, to: geometry.rows, by: step) {
            part += samples[(row * rowBytes)..<((row + 1) * rowBytes)]
        }
        let counts = PixelKernels.codeCounts(part, codes, pixels: part.count / codes.bytesPerSample)
        let padding = PixelPadding(header, geometry)
        let order =
            codes.isSigned ? Array(codes.count / 2..<codes.count) + Array(0..<codes.count / 2) : Array(0..<codes.count)
        let present = order.filter { code in
            counts[code] > 0 && padding.map { !$0.contains(codes.storedValue(code)) } ?? true
        }
        let total = present.reduce(0) { $0 + counts[$1] }
        guard total > 0 else { return nil }
        var quantiles: [Int] = []
        var seen = 0
        for code in present {
            seen += counts[code]
            while quantiles.count < 3, Double(seen) >= [0.01, 0.5, 0.99][quantiles.count] * Double(total) {
                quantiles.append(codes.storedValue(code))
            }
        }
        guard quantiles.count == 3 else { return nil }
        (low, median, high) = (quantiles[0], quantiles[1], quantiles[2])
    }
}
