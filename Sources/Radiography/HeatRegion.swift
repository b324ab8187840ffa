/// One closed outline around strong evidence, in pixel coordinates of the source picture.
///
/// Coordinates are those of a spatial coordinate in a report: column then row, with 0\0 at the outer corner of the
/// first pixel and columns\rows at that of the last. Source: PS3.3 C.18.6.1.1.
public struct HeatRegion: Hashable, Sendable {
    public struct Point: Hashable, Sendable {
        /// Column, 0…columns.
        public let x: Float
        /// Row, 0…rows.
        public let y: Float

        public init(x: Float, y: Float) {
            self.x = x
            self.y = y
        }
    }

    /// At least three corners; the line from the last to the first closes the outline.
    public let vertices: [Point]
    /// The part of the picture inside, 0…1.
    public let areaFraction: Float

    public init(vertices: [Point], areaFraction: Float) {
        self.vertices = vertices
        self.areaFraction = areaFraction
    }

    /// Column and row of each corner, the first repeated at the end, as Graphic Data of a POLYLINE wants them.
    public var closedGraphicData: [Float] {
        (vertices + vertices.prefix(1)).flatMap { [$0.x, $0.y] }
    }
}

extension HeatMap {
    /// The outlines of everything at or above `level`, the largest first, at most `RadiographyLimits.maximumRegions`.
    ///
    /// `rows` × `columns` is the source picture. Holes are filled: a reader is shown where to look, not a
    /// segmentation.
    public func regions(rows: Int, columns: Int, level: Float = HeatMapScale.supportLevel) -> [HeatRegion] {
        refined().outlines(rows: rows, columns: columns, level: level)
    }

    /// `regions` of a map that is fine already.
    func outlines(rows: Int, columns: Int, level: Float) -> [HeatRegion] {
        var regions: [HeatRegion] = []
        for loop in Contour(map: self, level: level).loops() {
            let points = loop.map { node in
                HeatRegion.Point(
                    x: quarter(min(max((node.x + 0.5) / Float(self.columns), 0), 1) * Float(columns)),
                    y: quarter(min(max((node.y + 0.5) / Float(self.rows), 0), 1) * Float(rows)))
            }
            let cell = Float(rows * columns) / Float(self.rows * self.columns)
            let vertices = Contour.simplified(points, tolerance: cell * 0.05)
            let fraction = Contour.signedArea(vertices) / Float(rows * columns)
            // Outer outlines run against the clock on the screen and count negative; holes count positive.
            guard vertices.count >= 3, -fraction >= RadiographyLimits.minimumRegionFraction else { continue }
            regions.append(HeatRegion(vertices: vertices, areaFraction: -fraction))
        }
        regions.sort { $0.areaFraction > $1.areaFraction }
        return Array(regions.prefix(RadiographyLimits.maximumRegions))
    }

    /// A quarter of a pixel is finer than any explanation; round numbers keep the report short and its bytes stable.
    private func quarter(_ value: Float) -> Float { (value * 4).rounded() / 4 }
}
