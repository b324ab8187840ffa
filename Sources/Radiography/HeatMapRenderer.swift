/// Lays a heat map over the radiograph that it explains: same rows and columns, so that both can be viewed side by
/// side, with a legend in two thin translucent strips at the upper and lower edge, outside the lungs.
///
/// Pure: the same picture, map and legend give the same bytes.
public enum HeatMapRenderer {
    /// Draws the overlay. The picture keeps its own window and polarity.
    ///
    /// Throws `damagedFont` only. A map below `HeatMapScale`'s floor leaves the radiograph as it is.
    public static func overlay(
        picture: Picture, heatMap: HeatMap, legend: HeatMapLegend
    ) throws(RadiographyError) -> RGBImage {
        let atlas = try GlyphAtlas.embedded()
        let fine = heatMap.refined()
        var image = RGBImage(gray: picture)
        glow(fine, on: &image)
        let thickness = max(1.5, Float(min(picture.rows, picture.columns)) / 450)
        for region in fine.outlines(
            rows: picture.rows, columns: picture.columns, level: HeatMapScale.supportLevel)
        {
            // A dark rim keeps the line visible on white lungs as on black air.
            image.outline(region.vertices, thickness: thickness * 2.2, colour: black, opacity: 0.45)
            image.outline(region.vertices, thickness: thickness, colour: outlineColour, opacity: 0.95)
        }
        LegendLayout(atlas: atlas, image: image, legend: legend).draw(on: &image)
        return image
    }

    static let black = RGBImage.Colour(red: 0, green: 0, blue: 0)
    /// Cyan is the one strong colour that the heat colours do not contain.
    static let outlineColour = RGBImage.Colour(red: 110, green: 245, blue: 255)

    /// Blends the colours in, straight lines between the cells of the fine map.
    private static func glow(_ map: HeatMap, on image: inout RGBImage) {
        let palette = (0...1023).map { level -> (RGBImage.Colour, Float) in
            let value = Float(level) / 1023
            return (HeatMapScale.colour(value), HeatMapScale.opacity(value))
        }
        let across = (0..<image.columns).map { position($0, of: image.columns, in: map.columns) }
        var line = [Float](repeating: 0, count: map.columns)
        for row in 0..<image.rows {
            let (above, below, part) = position(row, of: image.rows, in: map.rows)
            var strongest: Float = 0
            for column in 0..<map.columns {
                let first = map.values[above * map.columns + column]
                line[column] = first + (map.values[below * map.columns + column] - first) * part
                strongest = max(strongest, line[column])
            }
            guard strongest > HeatMapScale.floor else { continue }
            for column in 0..<image.columns {
                let (left, right, part) = across[column]
                let value = line[left] + (line[right] - line[left]) * part
                guard value > HeatMapScale.floor else { continue }
                let (colour, opacity) = palette[Int(value * 1023 + 0.5)]
                image.blend(colour, opacity: opacity, row: row, column: column)
            }
        }
    }

    /// The two cells whose centres enclose the centre of a pixel, and how near the second one is.
    private static func position(_ pixel: Int, of pixels: Int, in cells: Int) -> (Int, Int, Float) {
        let place = (Float(pixel) + 0.5) * Float(cells) / Float(pixels) - 0.5
        let first = Int(place.rounded(.down))
        return (max(first, 0), min(first + 1, cells - 1), place - Float(first))
    }
}
