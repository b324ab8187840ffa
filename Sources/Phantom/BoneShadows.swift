/// Ribs, clavicles, scapulae, humeri and spine, in centimetres of soft tissue that would stop as much.
struct BoneShadows {
    private let anatomy: Anatomy
    /// Heights of the ribs for each step of the way from spine to side.
    private let behind: [[Float]]
    private let inFront: [[Float]]

    private static let steps = 256
    private static let ribs = 1...10

    init(_ anatomy: Anatomy) {
        self.anatomy = anatomy
        behind = BoneShadows.ribs.map { n in
            (0...BoneShadows.steps).map { anatomy.posteriorRib(n, part: Float($0) / Float(BoneShadows.steps)) }
        }
        inFront = BoneShadows.ribs.map { n in
            (0...BoneShadows.steps).map { anatomy.anteriorRib(n, part: Float($0) / Float(BoneShadows.steps)) }
        }
    }

    func thickness(_ x: Float, _ y: Float) -> Float {
        let distance = abs(x)
        return ribs(distance, y) + clavicle(distance, y) + scapula(distance, y) + spine(x, y)
            + 6 * Ellipse(x: 19.6, y: 10.2, radiusX: 2.7, radiusY: 3.0).thickness(distance, y)
    }

    private func ribs(_ distance: Float, _ y: Float) -> Float {
        var sum: Float = 0
        for (index, n) in BoneShadows.ribs.enumerated() {
            // The chest is narrower at the first ribs.
            let side = Anatomy.lungOuter[behind[index][BoneShadows.steps] - 0.8] + 0.55
            let part = (distance - 1.8) / (side - 1.8)
            guard part > 0, part <= 1 else { continue }
            let step = Int(part * Float(BoneShadows.steps))
            // Seen along its bend at the side, a rib stops more.
            let bend = part * part * part * part
            let half = 0.62 - 0.1 * bend + (n == 1 ? 0.1 : 0)
            sum +=
                anatomy.ribStrength * (1 + 0.7 * bend * bend) * ramp(part, 0, 0.03) * ramp(1 - part, 0, 0.03)
                * tube((y - behind[index][step]) / half)
            if part > 0.38, n < 9 {
                sum +=
                    0.62 * anatomy.ribStrength * ramp(part, 0.38, 0.62)
                    * ramp(1 - part, 0, 0.03) * tube((y - inFront[index][step]) / 0.72)
            }
        }
        return 1.35 * sum
    }

    /// Across a hollow bone: dense at both edges, less so between.
    private func tube(_ offset: Float) -> Float {
        let square = offset * offset
        guard square < 1 else { return 0 }
        let outer = (1 - square).squareRoot()
        let inner = max(0, 1 - square * 1.7).squareRoot()
        return ramp(1 - square, 0, 0.3) * (outer - 0.6 * inner) * 2
    }

    private func clavicle(_ distance: Float, _ y: Float) -> Float {
        guard distance > 1.3, distance < 15.5 else { return 0 }
        let end = 1 - ramp(distance, 4.5, 1.4) * 0.35
        return 2.6 * tube((y - Anatomy.clavicle(distance: distance)) / (0.72 * (2 - end)))
            * ramp(distance, 1.3, 1.9) * ramp(15.5 - distance, 0, 1)
    }

    private func scapula(_ distance: Float, _ y: Float) -> Float {
        guard y > 6, y < 21.5 else { return 0 }
        let down = (y - 6) / 15.5
        let inner = 12.2 + 2.6 * down
        let outer = 19 - 4.2 * down
        let inside = min(distance - inner, outer - distance)
        guard inside > 0 else { return 0 }
        return ramp(inside, 0, 0.25) * (0.7 + 1.1 * (1 - ramp(inside, 0.15, 0.7))) * ramp(1 - down, 0, 0.12)
            * ramp(down, 0, 0.2)
    }

    private func spine(_ x: Float, _ y: Float) -> Float {
        let half: Float = 1.55 + 0.012 * y
        let inside = 1 - (x / half) * (x / half)
        guard inside > 0 else { return 0 }
        let height = y / (1.85 + 0.016 * y)
        let within = abs(height - height.rounded())
        // Discs are the gaps; the end plates beside them are densest.
        let body = 0.72 + 0.28 * ramp(0.5 - within, 0.02, 0.1)
        let process = Ellipse(x: 0, y: 0, radiusX: 0.34, radiusY: 0.3).thickness(x, (height - height.rounded()) * 2)
        return 2.1 * ramp(inside, 0, 0.6) * body + 0.8 * process
    }
}
