/// A picture in colour: 8 bits each of red, green and blue, pixel by pixel.
public struct RGBImage: Hashable, Sendable {
    public struct Colour: Hashable, Sendable {
        public let red: UInt8
        public let green: UInt8
        public let blue: UInt8

        public init(red: UInt8, green: UInt8, blue: UInt8) {
            self.red = red
            self.green = green
            self.blue = blue
        }
    }

    public let rows: Int
    public let columns: Int
    /// `[rows][columns][3]`, red first (Planar Configuration 0).
    public internal(set) var samples: [UInt8]

    init(rows: Int, columns: Int, samples: [UInt8]) {
        precondition(samples.count == rows * columns * 3, "three samples for each pixel")
        self.rows = rows
        self.columns = columns
        self.samples = samples
    }

    /// Takes a gray picture.
    init(gray picture: Picture) {
        rows = picture.rows
        columns = picture.columns
        samples = [UInt8](repeating: 0, count: picture.values.count * 3)
        for (index, value) in picture.values.enumerated() {
            let gray = UInt8(value * 255 + 0.5)
            samples[index * 3] = gray
            samples[index * 3 + 1] = gray
            samples[index * 3 + 2] = gray
        }
    }

    /// Lays a colour over one pixel; `opacity` is 0…1. Outside the picture nothing happens.
    mutating func blend(_ colour: Colour, opacity: Float, row: Int, column: Int) {
        guard row >= 0, row < rows, column >= 0, column < columns, opacity > 0 else { return }
        let weight = Int(min(opacity, 1) * 256 + 0.5)
        let index = (row * columns + column) * 3
        samples[index] = RGBImage.mix(samples[index], colour.red, weight)
        samples[index + 1] = RGBImage.mix(samples[index + 1], colour.green, weight)
        samples[index + 2] = RGBImage.mix(samples[index + 2], colour.blue, weight)
    }

    private static func mix(_ below: UInt8, _ above: UInt8, _ weight: Int) -> UInt8 {
        UInt8((Int(below) * (256 - weight) + Int(above) * weight + 128) >> 8)
    }

    /// Lays a colour over a rectangle, cut to the picture.
    mutating func fill(_ colour: Colour, opacity: Float, rows: Range<Int>, columns: Range<Int>) {
        for row in rows.clamped(to: 0..<self.rows) {
            for column in columns.clamped(to: 0..<self.columns) {
                blend(colour, opacity: opacity, row: row, column: column)
            }
        }
    }

    /// Draws a closed outline, `thickness` pixels wide, with smooth edges. Where its lines meet nothing is laid twice.
    mutating func outline(
        _ vertices: [HeatRegion.Point], thickness: Float, colour: Colour, opacity: Float
    ) {
        var coverage: [Int: Float] = [:]
        let reach = thickness / 2
        for (index, start) in vertices.enumerated() {
            let end = vertices[(index + 1) % vertices.count]
            let margin = reach + 1
            let top = max(0, Int(min(start.y, end.y) - margin))
            let bottom = min(rows - 1, Int(max(start.y, end.y) + margin))
            let left = max(0, Int(min(start.x, end.x) - margin))
            let right = min(columns - 1, Int(max(start.x, end.x) + margin))
            guard top <= bottom, left <= right else { continue }
            let (dx, dy) = (end.x - start.x, end.y - start.y)
            let length = max(dx * dx + dy * dy, 1e-6)
            for row in top...bottom {
                for column in left...right {
                    let (px, py) = (Float(column) + 0.5 - start.x, Float(row) + 0.5 - start.y)
                    let along = min(max((px * dx + py * dy) / length, 0), 1)
                    let (ex, ey) = (px - along * dx, py - along * dy)
                    let cover = min(max(reach + 0.5 - (ex * ex + ey * ey).squareRoot(), 0), 1)
                    let key = row * columns + column
                    if cover > coverage[key, default: 0] { coverage[key] = cover }
                }
            }
        }
        for (key, cover) in coverage {
            blend(colour, opacity: cover * opacity, row: key / columns, column: key % columns)
        }
    }
}
