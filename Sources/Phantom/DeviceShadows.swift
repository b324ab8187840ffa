/// Things that doctors leave in or on a patient, as centimetres of soft tissue that would stop as much.
struct DeviceShadows {
    /// A wire or tube along points, with its half width and what it stops.
    private struct Wire {
        let points: [(x: Float, y: Float)]
        let radius: Float
        let stops: Float
        /// A tube is dense at its edges only.
        let isHollow: Bool
    }

    private var wires: [Wire] = []
    private var plates: [(shape: Ellipse, stops: Float)] = []

    init(_ devices: Set<Phantom.Device>, random: inout SeededRandom) {
        for device in Phantom.Device.allCases where devices.contains(device) {
            switch device {
            case .endotrachealTube:
                let end = random.between(11.4, 13)
                wires.append(
                    Wire(points: [(0.1, -1), (0.3, 4), (0.25, end)], radius: 0.42, stops: 1.5, isHollow: true))
            case .gastricTube:
                let x = random.between(-0.3, 0.5)
                wires.append(
                    Wire(
                        points: [(x, -1), (x + 0.2, 9), (x + 0.5, 20), (1.6, 28), (4.5, 32.5), (7.5, 34)], radius: 0.24,
                        stops: 2.2, isHollow: true))
            case .centralLine:
                let side: Float = random.unit() < 0.7 ? -1 : 1
                wires.append(
                    Wire(
                        points: [
                            (side * 15, 5.2), (side * 9, 7.2), (side * 4, 8.8), (-1.6, 11.5), (-2, 16),
                            (-1.9, random.between(18, 20.5)),
                        ], radius: 0.15, stops: 3.2, isHollow: false))
            case .electrodes:
                for place: (Float, Float) in [(-12, 6), (12, 6), (11.5, 27)] {
                    let (x, y) = (place.0 + random.between(-1.2, 1.2), place.1 + random.between(-1, 1))
                    plates.append((Ellipse(x: x, y: y, radiusX: 0.75, radiusY: 0.75), 2.6))
                    wires.append(
                        Wire(
                            points: [
                                (x, y), (x * 0.86 + random.between(-1, 1), y + 4),
                                (x * 0.72, y + 10 + random.between(-2, 2)),
                                (x * 0.8, 45),
                            ], radius: 0.09, stops: 3.2, isHollow: false))
                }
            case .pacemaker:
                let (x, y) = (Float(11.6) + random.between(-0.6, 0.6), Float(9.6) + random.between(-0.6, 0.6))
                plates.append((Ellipse(x: x, y: y, radiusX: 2.5, radiusY: 2.1, turn: 0.3), 16))
                wires.append(
                    Wire(
                        points: [(x - 1.6, y - 1.4), (7, 7), (2.6, 9.4), (-1.6, 13), (-2, 21), (0.4, 27.2), (3.4, 28)],
                        radius: 0.16, stops: 8, isHollow: false))
            }
        }
        wires = wires.map { wire in
            Wire(
                points: DeviceShadows.smooth(wire.points), radius: wire.radius, stops: wire.stops,
                isHollow: wire.isHollow)
        }
    }

    var isEmpty: Bool { wires.isEmpty && plates.isEmpty }

    func thickness(_ x: Float, _ y: Float) -> Float {
        var sum: Float = 0
        for plate in plates {
            let inside = 1 - plate.shape.distance(x, y)
            if inside > 0 { sum += plate.stops * ramp(inside, 0, 0.15) }
        }
        for wire in wires {
            let nearest = DeviceShadows.distance(x, y, wire.points)
            guard nearest < wire.radius else { continue }
            let part = nearest / wire.radius
            let round = (1 - part * part).squareRoot()
            sum += wire.stops * (wire.isHollow ? ramp(part, 0.45, 0.8) * (0.4 + round) : round)
        }
        return sum
    }

    /// Chaikin's corner cutting: three rounds make a curve of the corners.
    private static func smooth(_ points: [(x: Float, y: Float)]) -> [(x: Float, y: Float)] {
        var points = points
        for _ in 0..<3 {
            guard let first = points.first, let last = points.last else { return points }
            var finer = [first]
            for (a, b) in zip(points, points.dropFirst()) {
                finer.append((a.x * 0.75 + b.x * 0.25, a.y * 0.75 + b.y * 0.25))
                finer.append((a.x * 0.25 + b.x * 0.75, a.y * 0.25 + b.y * 0.75))
            }
            points = finer + [last]
        }
        return points
    }

    private static func distance(_ x: Float, _ y: Float, _ points: [(x: Float, y: Float)]) -> Float {
        var nearest = Float.infinity
        for (a, b) in zip(points, points.dropFirst()) {
            // Far from this piece nothing can be nearer than its box.
            guard y > min(a.y, b.y) - 1, y < max(a.y, b.y) + 1, x > min(a.x, b.x) - 1, x < max(a.x, b.x) + 1 else {
                continue
            }
            let (dx, dy) = (b.x - a.x, b.y - a.y)
            let along = min(max(((x - a.x) * dx + (y - a.y) * dy) / max(dx * dx + dy * dy, 1e-6), 0), 1)
            let (ex, ey) = (x - a.x - along * dx, y - a.y - along * dy)
            nearest = min(nearest, (ex * ex + ey * ey).squareRoot())
        }
        return nearest
    }
}
