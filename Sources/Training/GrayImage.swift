import Tensors

/// A decoded gray picture, 8 bits for a pixel, bright bone (MONOCHROME2), row by row from the top.
public struct GrayImage: Sendable, Hashable {
    public let rows: Int
    public let columns: Int
    /// `rows * columns` values, 0 black to 255 white.
    public let pixels: [UInt8]

    /// Joins pixels and their extent. Throws if they disagree.
    public init(rows: Int, columns: Int, pixels: [UInt8]) throws(TrainingError) {
        guard rows > 0, columns > 0, rows <= GrayImage.maximumExtent, columns <= GrayImage.maximumExtent,
            pixels.count == rows * columns
        else { throw .undecodable }
        self.rows = rows
        self.columns = columns
        self.pixels = pixels
    }

    /// The largest detectors have 4,500 pixels along a side.
    static let maximumExtent = 1 << 14
}

extension GrayImage {
    /// What the network takes, `[height][width]`: spread by percentiles, squashed by averaging areas, normalised as
    /// (x - mean) / std.
    public func networkInput(width: Int, height: Int, mean: Float, std: Float) -> [Float] {
        networkInput(table: percentileTable(), width: width, height: height, mean: mean, std: std)
    }

    func networkInput(table: [Float], width: Int, height: Int, mean: Float, std: Float) -> [Float] {
        PictureGrid.areaAverage(
            pixels, rows: rows, columns: columns, table: table, outputRows: height, outputColumns: width
        ).map { ($0 - mean) / std }
    }

    /// Gray value to 0...1 so that the 0.5 % and 99.5 % percentiles of the picture fall on 0 and 1, clamped.
    ///
    /// The percentile is the smallest level with at least that part of all pixels at or below it. A picture of one
    /// gray level gives zeros. The daemon does the same to pixels of 16 bits (`PixelPipeline.networkInput`).
    func percentileTable() -> [Float] {
        var bins = [Int](repeating: 0, count: 256)
        for pixel in pixels { bins[Int(pixel)] += 1 }
        func percentile(_ part: Double) -> Int {
            var seen = 0
            for (level, count) in bins.enumerated() where count > 0 {
                seen += count
                if Double(seen) >= part * Double(pixels.count) { return level }
            }
            return 0
        }
        let (low, high) = (percentile(0.005), percentile(0.995))
        let scale: Float = high > low ? 1 / Float(high - low) : 0
        return (0..<256).map { min(max(Float($0 - low) * scale, 0), 1) }
    }

    /// FNV-1a over extent and pixels: equal pictures have equal numbers. Not for security.
    var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for extent in [rows, columns] { for shift in [0, 8] { mix(UInt8(truncatingIfNeeded: extent >> shift)) } }
        for pixel in pixels { mix(pixel) }
        return hash
    }
}
