import CAssets

/// The embedded font: glyphs at one large size, from which every smaller one is made by averaging areas.
///
/// Layout of the data: `Tools/font/generate.py`.
struct GlyphAtlas {
    private struct Glyph {
        let advance: Float
        let left: Float
        let top: Float
        let width: Int
        let height: Int
        let offset: Int
    }

    private let em: Float
    /// Height of a line for an em of 1.
    let lineHeight: Float
    private let glyphs: [UInt32: Glyph]
    private let bytes: [UInt8]
    private let coverageStart: Int

    /// Reads the font that is part of the program.
    static func embedded() throws(RadiographyError) -> GlyphAtlas {
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: cxr_font_bytes(), count: Int(cxr_font_size())))
        guard let atlas = GlyphAtlas(bytes) else { throw .damagedFont }
        return atlas
    }

    init?(_ bytes: [UInt8]) {
        func u16(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
        guard bytes.count > 12, Array(bytes[0..<4]) == Array("CXF1".utf8) else { return nil }
        let count = u16(10)
        coverageStart = 12 + 16 * count
        guard u16(4) > 0, bytes.count >= coverageStart else { return nil }
        var glyphs: [UInt32: Glyph] = [:]
        for index in 0..<count {
            let at = 12 + 16 * index
            let glyph = Glyph(
                advance: Float(u16(at + 4)), left: Float(Int16(truncatingIfNeeded: u16(at + 6))),
                top: Float(Int16(truncatingIfNeeded: u16(at + 8))), width: Int(bytes[at + 10]),
                height: Int(bytes[at + 11]), offset: u16(at + 12) | u16(at + 14) << 16)
            guard coverageStart + glyph.offset + (glyph.width + 1) / 2 * glyph.height <= bytes.count else { return nil }
            glyphs[UInt32(u16(at)) | UInt32(u16(at + 2)) << 16] = glyph
        }
        em = Float(u16(4))
        lineHeight = Float(u16(8)) / em
        self.glyphs = glyphs
        self.bytes = bytes
    }

    /// The glyph of a character; a question mark for those that the font lacks.
    private func glyph(_ scalar: Unicode.Scalar) -> Glyph? { glyphs[scalar.value] ?? glyphs[0x3F] }

    /// The ink of a character at the atlas' own size, cut to the box around it; `nil` if the font lacks it.
    func ink(of character: Character) -> (rows: Int, columns: Int, coverage: [Float])? {
        guard let scalar = character.unicodeScalars.first, let glyph = glyphs[scalar.value] else { return nil }
        var coverage: [Float] = []
        coverage.reserveCapacity(glyph.width * glyph.height)
        for row in 0..<glyph.height {
            for column in 0..<glyph.width {
                let byte = bytes[coverageStart + glyph.offset + row * ((glyph.width + 1) / 2) + column / 2]
                coverage.append(Float(column % 2 == 0 ? byte >> 4 : byte & 15) / 15)
            }
        }
        return (glyph.height, glyph.width, coverage)
    }

    /// Width of a line of text in pixels, at `size` pixels per em.
    func width(_ text: String, size: Float) -> Float {
        text.unicodeScalars.reduce(0) { $0 + (glyph($1)?.advance ?? 0) } * size / em
    }

    /// Writes a line with its upper left corner at `x`, `y`.
    func draw(
        _ text: String, on image: inout RGBImage, x: Float, y: Float, size: Float, colour: RGBImage.Colour
    ) {
        let scale = size / em
        var pen = x
        for scalar in text.unicodeScalars {
            guard let glyph = glyph(scalar) else { continue }
            let left = pen + glyph.left * scale
            let top = y + glyph.top * scale
            pen += glyph.advance * scale
            guard glyph.width > 0, glyph.height > 0 else { continue }
            for row in Int(top.rounded(.down))...Int((top + Float(glyph.height) * scale).rounded(.down)) {
                for column in Int(left.rounded(.down))...Int((left + Float(glyph.width) * scale).rounded(.down)) {
                    let cover = coverage(
                        glyph, from: (Float(column) - left) / scale, (Float(row) - top) / scale, side: 1 / scale)
                    image.blend(colour, opacity: cover, row: row, column: column)
                }
            }
        }
    }

    /// The mean coverage, 0…1, of a square of the glyph; outside the glyph there is none.
    private func coverage(_ glyph: Glyph, from x: Float, _ y: Float, side: Float) -> Float {
        var sum: Float = 0
        let columns = max(0, Int(x.rounded(.down)))..<max(0, min(glyph.width, Int((x + side).rounded(.up))))
        let rows = max(0, Int(y.rounded(.down)))..<max(0, min(glyph.height, Int((y + side).rounded(.up))))
        guard !columns.isEmpty else { return 0 }
        for row in rows {
            let high = min(Float(row + 1), y + side) - max(Float(row), y)
            for column in columns {
                let wide = min(Float(column + 1), x + side) - max(Float(column), x)
                let byte = bytes[coverageStart + glyph.offset + row * ((glyph.width + 1) / 2) + column / 2]
                sum += Float(column % 2 == 0 ? byte >> 4 : byte & 15) * wide * high
            }
        }
        return sum / 15 / (side * side)
    }
}
