import Testing

@testable import Radiography

@Suite("Heat map overlay")
struct HeatMapRendererTests {
    private let legend = HeatMapLegend(
        finding: "Pneumonia", decision: "present", probability: 0.87, threshold: 0.5, modelName: "cxr-pneumonia",
        modelVersion: "1.0.0", time: "2024-03-15 10:20:30")

    private func gray(rows: Int, columns: Int) throws -> Picture {
        try Picture(
            rows: rows, columns: columns,
            values: (0..<(rows * columns)).map { Float($0 % columns) / Float(columns) })
    }

    private func map(_ value: Float) throws -> HeatMap {
        var values = [Float](repeating: 0, count: 64)
        values[27] = value
        values[28] = value
        return try HeatMap(rows: 8, columns: 8, values: values)
    }

    /// Rows in which anything but the plain radiograph is seen.
    private func changedRows(_ image: RGBImage, _ picture: Picture) -> [Int] {
        let plain = RGBImage(gray: picture)
        return (0..<picture.rows).filter { row in
            let range = (row * picture.columns * 3)..<((row + 1) * picture.columns * 3)
            return image.samples[range] != plain.samples[range]
        }
    }

    @Test("the overlay has the rows and columns of its source", arguments: [(8, 8), (31, 17), (224, 224), (300, 700)])
    func size(size: (Int, Int)) throws {
        let image = try HeatMapRenderer.overlay(
            picture: try gray(rows: size.0, columns: size.1), heatMap: try map(1), legend: legend)
        #expect(image.rows == size.0 && image.columns == size.1)
        #expect(image.samples.count == size.0 * size.1 * 3)
    }

    @Test("a negative image does not glow: between the strips it is the radiograph itself")
    func negative() throws {
        let picture = try gray(rows: 600, columns: 500)
        let image = try HeatMapRenderer.overlay(picture: picture, heatMap: try map(0.19), legend: legend)
        let rows = changedRows(image, picture)
        #expect(!rows.isEmpty)
        #expect(rows.allSatisfy { $0 < 48 || $0 >= 552 })
    }

    @Test("strong support is coloured and outlined, its surroundings are not")
    func positive() throws {
        let picture = try gray(rows: 600, columns: 500)
        let image = try HeatMapRenderer.overlay(picture: picture, heatMap: try map(0.95), legend: legend)
        func pixel(_ row: Int, _ column: Int) -> [UInt8] {
            Array(image.samples[((row * 500 + column) * 3)..<((row * 500 + column) * 3 + 3)])
        }
        let middle = pixel(262, 250)
        #expect(middle[0] > middle[2] + 30)
        #expect(Set(pixel(500, 100)).count == 1)
        let outlined = (150..<400).contains { row in
            (100..<400).contains { column in
                let colour = pixel(row, column)
                return colour[2] > 200 && colour[1] > 190 && colour[0] < 170
            }
        }
        #expect(outlined)
    }

    @Test("the legend takes less than a tenth of a large picture, at its edges")
    func strips() throws {
        let picture = try gray(rows: 750, columns: 640)
        let image = try HeatMapRenderer.overlay(picture: picture, heatMap: try map(0), legend: legend)
        let rows = changedRows(image, picture)
        #expect(rows.count < 75)
        #expect(rows.allSatisfy { $0 < 38 || $0 >= 712 })
    }

    @Test("the same picture, map and legend give the same bytes")
    func deterministic() throws {
        let picture = try gray(rows: 200, columns: 150)
        let first = try HeatMapRenderer.overlay(picture: picture, heatMap: try map(1), legend: legend)
        let second = try HeatMapRenderer.overlay(picture: picture, heatMap: try map(1), legend: legend)
        #expect(first == second)
    }

    @Test("opacity starts at nothing, never falls, and leaves the radiograph visible")
    func opacity() {
        let steps = (0...100).map { HeatMapScale.opacity(Float($0) / 100) }
        #expect(steps.first == 0)
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 <= $1 })
        #expect((steps.last ?? 1) <= 0.5)
    }

    @Test("percentages never claim certainty that is not there")
    func percent() {
        #expect(HeatMapLegend.percent(0) == "0 %")
        #expect(HeatMapLegend.percent(0.004) == "<1 %")
        #expect(HeatMapLegend.percent(0.87) == "87 %")
        #expect(HeatMapLegend.percent(0.999) == ">99 %")
        #expect(HeatMapLegend.percent(1) == "100 %")
        #expect(HeatMapLegend.percent(.nan) == "–")
    }

    @Test("the embedded font has every letter of the legend, and wider text is wider")
    func font() throws {
        let atlas = try GlyphAtlas.embedded()
        let unknown = atlas.width("\u{4E00}", size: 100)
        #expect(unknown == atlas.width("?", size: 100))
        #expect(atlas.width("·", size: 100) != unknown)
        #expect(atlas.width("WW", size: 10) == 2 * atlas.width("W", size: 10))
        #expect(atlas.width("i", size: 10) < atlas.width("W", size: 10))
        #expect(atlas.lineHeight > 1 && atlas.lineHeight < 1.4)
    }

    @Test("a damaged font is refused, not read beyond its end")
    func damagedFont() {
        #expect(GlyphAtlas([]) == nil)
        #expect(GlyphAtlas(Array("CXF1".utf8) + [UInt8](repeating: 0xFF, count: 40)) == nil)
        #expect(GlyphAtlas([UInt8](repeating: 0, count: 4000)) == nil)
    }

    @Test("a drawn letter covers about as much as its area, wherever it stands")
    func letter() throws {
        let atlas = try GlyphAtlas.embedded()
        func ink(_ x: Float, _ size: Float) throws -> Float {
            var image = RGBImage(gray: try Picture(rows: 80, columns: 80, values: [Float](repeating: 0, count: 6400)))
            atlas.draw("M", on: &image, x: x, y: 4, size: size, colour: .init(red: 255, green: 255, blue: 255))
            return Float(image.samples.reduce(0) { $0 + Int($1) }) / 3 / 255 / (size * size)
        }
        let reference = try ink(4, 60)
        #expect(reference > 0.1)
        for (x, size) in [(Float(4.3), Float(20)), (10.7, 31), (3.5, 12)] {
            #expect(abs(try ink(x, size) - reference) < 0.02)
        }
    }
}
