/// Where the legend's parts stand, for a picture of any size: text grows with the picture, so that it reads alike when
/// the picture is fitted to a screen, and is never smaller than the eye can read at 1:1.
struct LegendLayout {
    /// Pixels per em below which letters are not legible.
    private static let smallestText: Float = 9
    private static let white = RGBImage.Colour(red: 255, green: 255, blue: 255)
    private static let amber = RGBImage.Colour(red: 255, green: 205, blue: 90)
    private static let stripOpacity: Float = 0.62

    private let atlas: GlyphAtlas
    private let legend: HeatMapLegend
    private let rows: Int
    private let columns: Int
    private let size: Float
    private var margin: Float { size * 0.6 }
    private var lineStep: Float { size * atlas.lineHeight * 1.08 }

    init(atlas: GlyphAtlas, image: RGBImage, legend: HeatMapLegend) {
        self.atlas = atlas
        self.legend = legend
        rows = image.rows
        columns = image.columns
        let wanted = min(max(Float(max(rows, columns)) / 60, LegendLayout.smallestText), 60)
        // A narrow picture still gets every line whole.
        let widest =
            [HeatMapLegend.warning, legend.findingLine, legend.modelLine]
            .map { atlas.width($0, size: wanted) + wanted * 1.2 }.max() ?? 1
        size = wanted * min(1, Float(columns) / widest)
    }

    func draw(on image: inout RGBImage) {
        drawTop(on: &image)
        drawBottom(on: &image)
    }

    /// What stands over the radiograph that is shown as it is, beside the heat map.
    func drawCaption(on image: inout RGBImage) {
        image.fill(
            HeatMapRenderer.black, opacity: LegendLayout.stripOpacity,
            rows: 0..<Int(lineStep + margin * 0.6), columns: 0..<columns)
        atlas.draw(
            HeatMapLegend.sourceCaption, on: &image, x: margin, y: margin * 0.3, size: size, colour: LegendLayout.white)
    }

    private func drawTop(on image: inout RGBImage) {
        let warningWidth = atlas.width(HeatMapLegend.warning, size: size)
        let findingWidth = atlas.width(legend.findingLine, size: size)
        let isOneLine = warningWidth + findingWidth + 4 * margin <= Float(columns)
        let height = lineStep * (isOneLine ? 1 : 2) + margin * 0.6
        image.fill(
            HeatMapRenderer.black, opacity: LegendLayout.stripOpacity, rows: 0..<Int(height), columns: 0..<columns)
        atlas.draw(
            HeatMapLegend.warning, on: &image, x: margin, y: margin * 0.3, size: size, colour: LegendLayout.amber)
        atlas.draw(
            legend.findingLine, on: &image, x: isOneLine ? Float(columns) - margin - findingWidth : margin,
            y: margin * 0.3 + (isOneLine ? 0 : lineStep), size: size, colour: LegendLayout.white)
    }

    private func drawBottom(on image: inout RGBImage) {
        let modelWidth = atlas.width(legend.modelLine, size: size)
        let textWidth = atlas.width(beforeScale + afterScale, size: size) + size
        // Beside the model's name the scale may shrink, but not so far that its colours cannot be told apart.
        let beside = Float(columns) - 4 * margin - textWidth - modelWidth
        let isOneLine = beside >= size * 4
        let barWidth = max(min(size * 9, isOneLine ? beside : Float(columns) - 2 * margin - textWidth), size)
        let height = lineStep * (isOneLine ? 1 : 2) + margin * 0.6
        let top = Float(rows) - height
        image.fill(
            HeatMapRenderer.black, opacity: LegendLayout.stripOpacity, rows: Int(top)..<rows, columns: 0..<columns)
        let y = top + margin * 0.3
        drawScale(on: &image, x: margin, y: y, width: barWidth)
        atlas.draw(
            legend.modelLine, on: &image, x: isOneLine ? Float(columns) - margin - modelWidth : margin,
            y: y + (isOneLine ? 0 : lineStep), size: size, colour: LegendLayout.white)
    }

    /// The colours from 0 to 1 as they look at full opacity, with a tick in the colour of the outline at its level.
    private func drawScale(on image: inout RGBImage, x: Float, y: Float, width: Float) {
        atlas.draw(beforeScale, on: &image, x: x, y: y, size: size, colour: LegendLayout.white)
        let left = Int(x + atlas.width(beforeScale, size: size) + size * 0.3)
        let right = left + max(2, Int(width))
        let barRows = Int(y + size * 0.3)..<Int(y + size * 0.95)
        for column in left..<right {
            let value = (Float(column - left) + 0.5) / Float(right - left)
            let opacity = HeatMapScale.opacity(value) / HeatMapScale.maximumOpacity
            image.fill(LegendLayout.scaleGround, opacity: 1, rows: barRows, columns: column..<(column + 1))
            image.fill(
                HeatMapScale.colour(value), opacity: opacity, rows: barRows, columns: column..<(column + 1))
        }
        let tick = left + Int(Float(right - left) * HeatMapScale.supportLevel)
        let half = max(1, Int(size / 16))
        image.fill(
            HeatMapRenderer.outlineColour, opacity: 1,
            rows: Int(y + size * 0.15)..<Int(y + size * 1.1), columns: (tick - half)..<(tick + half))
        atlas.draw(afterScale, on: &image, x: Float(right) + size * 0.3, y: y, size: size, colour: LegendLayout.white)
    }

    private var beforeScale: String { "\(HeatMapLegend.scaleName)  0" }
    private var afterScale: String { "1 · \(HeatMapLegend.outlineNote)" }
    private static let scaleGround = RGBImage.Colour(red: 60, green: 60, blue: 60)
}
