// Shapes and curves that the anatomy is put together from. Lengths are centimetres on the detector.

/// A smooth value along one axis, given by points in ascending order; constant beyond its ends.
struct Profile {
    private let points: [(at: Float, value: Float)]

    init(_ points: [(Float, Float)]) { self.points = points.map { (at: $0.0, value: $0.1) } }

    subscript(_ place: Float) -> Float {
        guard let first = points.first, let last = points.last else { return 0 }
        guard place > first.at else { return first.value }
        guard place < last.at else { return last.value }
        var index = 0
        while points[index + 1].at < place { index += 1 }
        let (a, b) = (points[index], points[index + 1])
        return a.value + (b.value - a.value) * smoothStep((place - a.at) / (b.at - a.at), 0.25)
    }

    /// Between a straight line (0) and an S (1), so that outlines have no corners.
    private func smoothStep(_ t: Float, _ amount: Float) -> Float {
        t + (t * t * (3 - 2 * t) - t) * amount
    }
}

/// An ellipse that may be turned; a projected ellipsoid if taken as thickness.
struct Ellipse {
    let x: Float
    let y: Float
    let radiusX: Float
    let radiusY: Float
    /// Cosine and sine of the turn.
    let cosine: Float
    let sine: Float

    init(x: Float, y: Float, radiusX: Float, radiusY: Float, turn: Float = 0) {
        self.x = x
        self.y = y
        self.radiusX = radiusX
        self.radiusY = radiusY
        cosine = Trigonometry.cosine(turn)
        sine = Trigonometry.sine(turn)
    }

    /// Squared distance from the centre, 1 on the outline.
    func distance(_ px: Float, _ py: Float) -> Float {
        let (dx, dy) = (px - x, py - y)
        let a = (dx * cosine + dy * sine) / radiusX
        let b = (dy * cosine - dx * sine) / radiusY
        return a * a + b * b
    }

    /// Thickness of the ellipsoid along the beam as a part of its greatest, 0…1.
    func thickness(_ px: Float, _ py: Float) -> Float {
        max(0, 1 - distance(px, py)).squareRoot()
    }
}

/// 0 below `low`, 1 above `high`, smooth between.
func ramp(_ value: Float, _ low: Float, _ high: Float) -> Float {
    let t = min(max((value - low) / (high - low), 0), 1)
    return t * t * (3 - 2 * t)
}

/// Noise without a grid to be seen: random values at lattice points, smoothly joined, two octaves. About −1…1.
struct Mottle {
    let seed: UInt64

    func callAsFunction(_ x: Float, _ y: Float, size: Float) -> Float {
        0.65 * single(x / size, y / size, 0) + 0.35 * single(x / size * 2.1 + 7, y / size * 2.1 + 3, 1)
    }

    private func single(_ x: Float, _ y: Float, _ octave: UInt64) -> Float {
        let (column, row) = (x.rounded(.down), y.rounded(.down))
        let (fx, fy) = (ramp(x - column, 0, 1), ramp(y - row, 0, 1))
        func corner(_ dx: Float, _ dy: Float) -> Float {
            let cell = UInt64(bitPattern: Int64(column + dx)) &* 0x9E37_79B1 &+ UInt64(bitPattern: Int64(row + dy))
            return Float(SeededRandom.mix(cell &* 0x85EB_CA77 &+ seed &+ octave) >> 40) / Float(1 << 23) - 1
        }
        let top = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * fx
        let bottom = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * fx
        return top + (bottom - top) * fy
    }
}

/// Sine, cosine and exponential from arithmetic alone, so that a seed gives the same bytes with every C library.
enum Trigonometry {
    static func sine(_ angle: Float) -> Float {
        var turn = Double(angle) / (2 * Double.pi)
        turn -= turn.rounded()
        let x = turn * 2 * Double.pi
        let square = x * x
        // Taylor series to x^15: exact to a float on −π…π.
        var term = x
        var sum = x
        var divisor = 2.0
        while divisor < 22 {
            term *= -square / (divisor * (divisor + 1))
            sum += term
            divisor += 2
        }
        return Float(sum)
    }

    static func cosine(_ angle: Float) -> Float { sine(angle + Float.pi / 2) }

    /// e to the power of a number at most 0.
    static func exponential(_ power: Float) -> Float {
        guard power > -80 else { return 0 }
        // Halve until the series is short, then square back.
        var x = Double(power)
        var halvings = 0
        while x < -0.5 {
            x /= 2
            halvings += 1
        }
        var value = 1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6)))))
        for _ in 0..<halvings { value *= value }
        return Float(value)
    }
}
