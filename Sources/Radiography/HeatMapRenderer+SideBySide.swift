extension HeatMapRenderer {
    /// How the heat map and the radiograph share one picture.
    public enum Layout: String, Sendable, Codable, CaseIterable {
        /// The heat map over the radiograph; same rows and columns.
        case overlay
        /// The radiograph as it is on the left, the overlay on the right: same rows, twice the columns.
        case sideBySide = "side_by_side"

        /// How many times as wide as the radiograph.
        public var width: Int { self == .overlay ? 1 : 2 }
    }

    /// Draws in a layout. Throws `damagedFont` only.
    public static func render(
        picture: Picture, heatMap: HeatMap, legend: HeatMapLegend, layout: Layout
    ) throws(RadiographyError) -> RGBImage {
        let right = try overlay(picture: picture, heatMap: heatMap, legend: legend)
        guard layout == .sideBySide else { return right }
        var left = RGBImage(gray: picture)
        LegendLayout(atlas: try GlyphAtlas.embedded(), image: left, legend: legend).drawCaption(on: &left)
        return RGBImage(left: left, right: right)
    }
}

extension RGBImage {
    /// Two pictures of equal rows beside each other.
    init(left: RGBImage, right: RGBImage) {
        precondition(left.rows == right.rows, "both show one radiograph")
        var samples: [UInt8] = []
        samples.reserveCapacity(left.samples.count + right.samples.count)
        for row in 0..<left.rows {
            samples += left.samples[(row * left.columns * 3)..<((row + 1) * left.columns * 3)]
            samples += right.samples[(row * right.columns * 3)..<((row + 1) * right.columns * 3)]
        }
        self.init(rows: left.rows, columns: left.columns + right.columns, samples: samples)
    }
}
