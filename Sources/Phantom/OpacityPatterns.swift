/// Lobar pneumonia: one lobe filled evenly up to its fissure, in which the bronchi stay open.
struct LobarOpacity: OpacityShape {
    private let sign: Float
    /// Height of the upper and lower border beside the spine, and how they fall outwards.
    private let top: Float
    private let bottom: Float
    private let slope: Float
    private let strength: Float
    private let soft: Float
    private let bronchi: [(x: Float, y: Float, dx: Float, dy: Float)]
    private let mottle: Mottle

    init(_ opacity: Phantom.Opacity, random: inout SeededRandom) {
        sign = opacity.sign
        let shift = random.between(-0.5, 0.5)
        let shrink = 2 * (1 - opacity.extent)
        switch opacity.zone {
        case .upper: (top, bottom, slope) = (3, 17.2 + shift - shrink, random.between(-0.02, 0.06))
        case .middle:
            (top, bottom, slope) = (16.6 + shift + shrink / 2, 23.5 + shift - shrink / 2, random.between(0, 0.08))
        case .lower: (top, bottom, slope) = (20.5 + shift + shrink, 40, random.between(-0.34, -0.22))
        }
        strength = opacity.strength
        soft = random.between(0.25, 0.6)
        let (hilumY, side) = (Float(17.6), opacity.sign)
        let toward: Float = opacity.zone == .upper ? -1 : opacity.zone == .lower ? 1 : 0.25
        bronchi = (0..<5).map { number in
            let spread = Float(number) / 4 - 0.5
            return (
                side * random.between(3.4, 4.6), hilumY + toward * random.between(1.2, 2.6),
                side * random.between(2.5, 5.5), toward * random.between(2.5, 5) + spread * 6
            )
        }
        mottle = Mottle(seed: random.next())
    }

    func lesion(_ x: Float, _ y: Float) -> Float {
        guard x * sign > 0 else { return 0 }
        let distance = abs(x) - 8
        let wave = 0.35 * mottle(x, y, size: 2.4)
        return ramp(y - (top - slope * distance + wave), -soft, soft)
            * ramp(bottom + slope * distance + wave - y, -soft, soft)
    }

    func filling(_ x: Float, _ y: Float) -> Float {
        let inside = lesion(x, y)
        guard inside > 0 else { return 0 }
        var open: Float = 0
        for branch in bronchi {
            let square = branch.dx * branch.dx + branch.dy * branch.dy
            let along = min(max(((x - branch.x) * branch.dx + (y - branch.y) * branch.dy) / square, 0), 1)
            let (ex, ey) = (x - branch.x - along * branch.dx, y - branch.y - along * branch.dy)
            let width = 0.26 * (1.2 - along)
            open = max(open, (1 - ramp((ex * ex + ey * ey).squareRoot(), width * 0.3, width)) * ramp(1 - along, 0, 0.6))
        }
        return strength * inside * (0.94 + 0.12 * mottle(x, y, size: 0.8)) * (1 - 0.3 * open)
    }
}

/// Interstitial (viral, atypical) pneumonia: a net of thin lines and a haze, spread from the hilum over a lung.
struct InterstitialOpacity: OpacityShape {
    private let sign: Float
    private let centerY: Float
    private let reach: Float
    private let strength: Float
    private let net: Mottle
    private let fine: Mottle
    private let haze: Mottle

    init(_ opacity: Phantom.Opacity, random: inout SeededRandom) {
        sign = opacity.sign
        centerY =
            switch opacity.zone {
            case .upper: 13.5
            case .middle: 18
            case .lower: 22.5
            }
        reach = 4.5 + 4 * opacity.extent + random.between(-0.4, 0.4)
        strength = opacity.strength
        net = Mottle(seed: random.next())
        fine = Mottle(seed: random.next())
        haze = Mottle(seed: random.next())
    }

    func lesion(_ x: Float, _ y: Float) -> Float {
        guard x * sign > 1.5 else { return 0 }
        let (dx, dy) = ((x - sign * 6.5) / reach, (y - centerY) / (reach * 1.25))
        let edge = (dx * dx + dy * dy) * (1 + 0.35 * haze(x, y, size: 2.8))
        return 1 - ramp(edge, 0.45, 1.1)
    }

    func filling(_ x: Float, _ y: Float) -> Float {
        let inside = lesion(x, y)
        guard inside > 0 else { return 0 }
        // Where noise passes through zero there is a line.
        let coarse = 1 - ramp(abs(net(x, y, size: 1.3)), 0, 0.26)
        let thin = 1 - ramp(abs(fine(x, y, size: 0.6)), 0, 0.28)
        let lines = max(coarse, 0.75 * thin)
        return strength * inside * (0.12 + 0.22 * max(0, haze(x, y, size: 2.2)) + 0.3 * lines)
    }
}

/// Round pneumonia, as children have it: a ball with an edge.
struct RoundOpacity: OpacityShape {
    private let ball: Ellipse
    private let strength: Float
    private let mottle: Mottle

    init(_ opacity: Phantom.Opacity, random: inout SeededRandom) {
        let y: Float =
            switch opacity.zone {
            case .upper: 11
            case .middle: 17.5
            case .lower: 23.5
            }
        let x: Float = opacity.side == .left && opacity.zone == .lower ? 11.4 : 8.6
        let radius = 1.1 + 1.9 * opacity.extent
        ball = Ellipse(
            x: opacity.sign * (x + random.between(-0.8, 0.8)), y: y + random.between(-0.8, 0.8),
            radiusX: radius * random.between(0.9, 1.1), radiusY: radius * random.between(0.9, 1.1),
            turn: random.between(0, 1.5))
        strength = opacity.strength
        mottle = Mottle(seed: random.next())
    }

    func filling(_ x: Float, _ y: Float) -> Float {
        let wave = 0.16 * mottle(x, y, size: 2.1)
        let inside = 1 - ball.distance(x, y) + wave
        guard inside > 0 else { return 0 }
        return strength * ramp(inside, 0, 0.5) * (0.62 + 0.3 * inside.squareRoot())
    }
}
