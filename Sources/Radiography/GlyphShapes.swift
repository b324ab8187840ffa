/// The shapes of the embedded font's characters, for telling text from what is none.
public enum GlyphShapes {
    /// A character and how its ink lies in the box around it.
    public struct Shape: Sendable, Hashable {
        public let character: Character
        /// Width over height of the box.
        public let aspect: Float
        /// Mean coverage of the cells of a grid laid over the box, 0…1, `[rows][columns]`.
        public let cells: [Float]
    }

    /// The shapes of those characters that the font has and that have any ink. Throws `damagedFont`.
    public static func shapes(
        of characters: String, rows: Int, columns: Int
    ) throws(RadiographyError) -> [Shape] {
        let atlas = try GlyphAtlas.embedded()
        return characters.compactMap { character in
            guard let ink = atlas.ink(of: character), ink.rows > 0, ink.columns > 0 else { return nil }
            return Shape(
                character: character, aspect: Float(ink.columns) / Float(ink.rows),
                cells: means(ink.coverage, ink.rows, ink.columns, rows: rows, columns: columns))
        }
    }

    /// Area means of an image on a coarser or finer grid.
    public static func means(
        _ values: [Float], _ height: Int, _ width: Int, rows: Int, columns: Int
    ) -> [Float] {
        let tall = Float(height) / Float(rows)
        let wide = Float(width) / Float(columns)
        var cells = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            let (top, bottom) = (Float(row) * tall, Float(row + 1) * tall)
            for column in 0..<columns {
                let (left, right) = (Float(column) * wide, Float(column + 1) * wide)
                var sum: Float = 0
                for y in Int(top)..<min(height, Int(bottom.rounded(.up))) {
                    let high = min(Float(y + 1), bottom) - max(Float(y), top)
                    for x in Int(left)..<min(width, Int(right.rounded(.up))) {
                        sum += values[y * width + x] * high * (min(Float(x + 1), right) - max(Float(x), left))
                    }
                }
                cells[row * columns + column] = sum / (tall * wide)
            }
        }
        return cells
    }
}
