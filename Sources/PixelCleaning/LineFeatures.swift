/// What tells a line of text from a row of anything else, as numbers.
struct LineFeatures {
    /// In the order of ``LineScore``'s weights.
    let values: [Double]
    /// Mean likeness of the components to characters, −1…1, in the best orientation.
    let likeness: Double
    let orientation: GlyphReader.Orientation

    static let names = [
        "count", "bottoms", "tops", "alignment", "heights", "peaks", "evenness", "gap", "gaps", "fill", "areas",
        "contrast", "threshold", "likeness", "aspect", "strokes", "sharpness",
    ]

    init(_ line: LineCandidate, cells: [[Bool]], perimeters: [Int], threshold: Int, reader: GlyphReader) {
        let parts = line.components
        let boxes = parts.map { line.isVertical ? $0.box.transposed : $0.box }
        let height = Self.median(boxes.map { Double($0.height) })
        let bottoms = Self.deviation(boxes.map { Double($0.bottom) }, along: boxes.map { Double($0.left) }) / height
        let tops = Self.deviation(boxes.map { Double($0.top) }, along: boxes.map { Double($0.left) }) / height
        let gaps = zip(boxes.dropFirst(), boxes).map { Double($0.left - $1.right) / height }
        let peaks = parts.map { Double($0.peak) }
        let contrast = Self.mean(peaks)
        let areas = parts.map { Double($0.area) }
        let strokes = zip(parts, perimeters).map { 2 * Double($0.area) / Double(max(1, $1)) }

        var best: (likeness: Double, orientation: GlyphReader.Orientation) = (-1, .upright)
        for orientation in GlyphReader.Orientation.allCases where orientation.isVertical == line.isVertical {
            let shaped = zip(parts, cells).compactMap { reader.likeness($1, box: $0.box, orientation) }
            let likeness = shaped.isEmpty ? 0 : Self.mean(shaped.map { Double($0) })
            if likeness > best.likeness { best = (likeness, orientation) }
        }
        likeness = best.likeness
        orientation = best.orientation
        values = [
            Double(line.characters).squareRoot(),
            min(bottoms, 1), min(tops, 1), min(bottoms, tops, 1),
            Self.deviation(boxes.map { Double($0.height) }) / height,
            Self.deviation(peaks) / max(1, contrast),
            Self.mean(parts.map { $0.level.deviation }) / max(1, contrast),
            min(max(Self.mean(gaps), -0.3), 1.5), Self.deviation(gaps),
            Self.mean(parts.map(\.fill)),
            Self.deviation(areas) / Self.mean(areas),
            contrast / 255, min(contrast / Double(threshold) / 10, 1),
            best.likeness,
            Self.mean(boxes.map { Double($0.width) / Double($0.height) }),
            Self.deviation(strokes) / max(0.1, Self.mean(strokes)),
            Self.mean(parts.map { $0.meanResponse / Double(max(1, $0.peak)) }),
        ]
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return max(1, sorted[sorted.count / 2])
    }

    private static func deviation(_ values: [Double]) -> Double {
        let mean = mean(values)
        return Self.mean(values.map { ($0 - mean) * ($0 - mean) }).squareRoot()
    }

    /// Mean absolute distance from a straight line through the values: a tilted film is still a line.
    private static func deviation(_ values: [Double], along positions: [Double]) -> Double {
        let (x, y) = (mean(positions), mean(values))
        let spread = positions.reduce(0) { $0 + ($1 - x) * ($1 - x) }
        let product = zip(positions, values).reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) }
        let slope = spread > 0 ? product / spread : 0
        return mean(zip(positions, values).map { abs($1 - y - slope * ($0 - x)) })
    }
}
