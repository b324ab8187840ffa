/// The branching shadows of the lung's vessels, as thickness in centimetres on a coarse grid.
struct VesselTree {
    let rows: Int
    let columns: Int
    private(set) var thickness: [Float]

    private let width: Float = 40
    private let height: Float = 44

    init(rows: Int, columns: Int, random: inout SeededRandom) {
        self.rows = rows
        self.columns = columns
        thickness = [Float](repeating: 0, count: rows * columns)
        for side: Float in [-1, 1] {
            for stem in 0..<11 {
                let angle = -1.25 + Float(stem) * 0.27 + random.between(-0.1, 0.1)
                grow(
                    x: side * random.between(3.2, 4.2), y: random.between(16, 18.5), angle: angle, side: side,
                    radius: random.between(0.26, 0.46), generation: 0, &random)
            }
        }
    }

    /// `angle` is measured from sideways, downwards positive.
    private mutating func grow(
        x: Float, y: Float, angle: Float, side: Float, radius: Float, generation: Int, _ random: inout SeededRandom
    ) {
        guard radius > 0.035, generation < 7 else { return }
        let length = random.between(1.3, 2.3) * (generation == 0 ? 1.2 : 1)
        let endX = x + side * length * Trigonometry.cosine(angle)
        let endY = y + length * Trigonometry.sine(angle)
        stroke(x, y, endX, endY, radius)
        grow(
            x: endX, y: endY, angle: angle + random.between(-0.22, 0.22), side: side,
            radius: radius * random.between(0.74, 0.84), generation: generation + 1, &random)
        if random.unit() < 0.85 {
            let turn = random.between(0.35, 0.8) * (random.unit() < 0.5 ? -1 : 1)
            grow(
                x: endX, y: endY, angle: angle + turn, side: side, radius: radius * random.between(0.5, 0.68),
                generation: generation + 1, &random)
        }
    }

    private mutating func stroke(_ x0: Float, _ y0: Float, _ x1: Float, _ y1: Float, _ radius: Float) {
        let (sx, sy) = (Float(columns) / width, Float(rows) / height)
        let left = max(0, Int((min(x0, x1) - radius + width / 2) * sx))
        let right = min(columns - 1, Int((max(x0, x1) + radius + width / 2) * sx) + 1)
        let top = max(0, Int((min(y0, y1) - radius) * sy))
        let bottom = min(rows - 1, Int((max(y0, y1) + radius) * sy) + 1)
        guard left <= right, top <= bottom else { return }
        let (dx, dy) = (x1 - x0, y1 - y0)
        let square = max(dx * dx + dy * dy, 1e-6)
        for row in top...bottom {
            for column in left...right {
                let px = (Float(column) + 0.5) / sx - width / 2 - x0
                let py = (Float(row) + 0.5) / sy - y0
                let along = min(max((px * dx + py * dy) / square, 0), 1)
                let (ex, ey) = (px - along * dx, py - along * dy)
                let inside = 1 - (ex * ex + ey * ey) / (radius * radius)
                if inside > 0 {
                    let index = row * columns + column
                    thickness[index] = max(thickness[index], 2 * radius * inside.squareRoot())
                }
            }
        }
    }
}
