/// Where a network saw evidence for one finding: a coarse grid laid over the whole picture.
///
/// `[rows][columns]`, row-major, 0…1 on an absolute scale: 1 is the strongest evidence that the scale knows, not the
/// strongest in this image, so that a negative image does not glow.
public struct HeatMap: Hashable, Sendable {
    public let rows: Int
    public let columns: Int
    public let values: [Float]

    /// Takes the cells; values outside 0…1 and no-numbers are brought inside. Throws if their number is not
    /// rows × columns, or zero.
    public init(rows: Int, columns: Int, values: [Float]) throws(RadiographyError) {
        guard rows > 0, columns > 0, rows <= RadiographyLimits.maximumHeatMapSide,
            columns <= RadiographyLimits.maximumHeatMapSide, values.count == rows * columns
        else {
            throw .malformedHeatMap(rows: rows, columns: columns, values: values.count)
        }
        self.init(checkedRows: rows, columns: columns, values: values.map { $0 > 0 ? min($0, 1) : 0 })
    }

    private init(checkedRows rows: Int, columns: Int, values: [Float]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// The same map on a grid so fine that straight lines between its cells look smooth: cubic (Catmull-Rom) through
    /// the given cells, kept in 0…1. Its cells are the only thing that picture, outline and report region are made of.
    func refined() -> HeatMap {
        let factor = max(1, (HeatMap.fineCells + min(rows, columns) - 1) / min(rows, columns))
        guard factor > 1 else { return self }
        let wide = HeatMap.refine(values, lines: rows, count: columns, stride: 1, lineStride: columns, factor: factor)
        let fineColumns = columns * factor
        let both = HeatMap.refine(
            wide, lines: fineColumns, count: rows, stride: fineColumns, lineStride: 1, factor: factor)
        // The second pass ran along columns and left the map lying on its side.
        let fineRows = rows * factor
        var upright = [Float](repeating: 0, count: both.count)
        for column in 0..<fineColumns {
            for row in 0..<fineRows { upright[row * fineColumns + column] = both[column * fineRows + row] }
        }
        return HeatMap(checkedRows: fineRows, columns: fineColumns, values: upright)
    }

    /// Enough for edges of less than a hundredth of the picture.
    private static let fineCells = 112

    private static func refine(
        _ values: [Float], lines: Int, count: Int, stride: Int, lineStride: Int, factor: Int
    ) -> [Float] {
        var output = [Float]()
        output.reserveCapacity(lines * count * factor)
        for line in 0..<lines {
            for fine in 0..<(count * factor) {
                let position = (Float(fine) + 0.5) / Float(factor) - 0.5
                let cell = Int(position.rounded(.down))
                let t = position - Float(cell)
                func at(_ index: Int) -> Float {
                    values[line * lineStride + min(max(index, 0), count - 1) * stride]
                }
                let (a, b, c, d) = (at(cell - 1), at(cell), at(cell + 1), at(cell + 2))
                let curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
                output.append(min(max(curve, 0), 1))
            }
        }
        return output
    }
}
