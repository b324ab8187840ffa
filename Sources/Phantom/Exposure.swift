/// Turns what lies in the beam into what the detector's software shows: contrast curve, noise, side marker, collimation.
struct Exposure {
    private let seed: UInt64
    private let brightness: Float
    private let contrast: Float
    private let noise: Float
    private let markerX: Float
    private let markerY: Float
    private let collimation: Float

    init(seed: UInt64, technique: Phantom.Technique) {
        var random = SeededRandom(seed: seed ^ 0xC0FF_EE00_D15E_A5ED)
        self.seed = random.next()
        let change: (brightness: Float, contrast: Float, noise: Float) =
            switch technique {
            case .standard: (0, 1, 1)
            case .underexposed: (0.1, 0.86, 3.4)
            case .overexposed: (-0.13, 1.05, 0.7)
            case .hard: (0, 1.32, 1.2)
            case .soft: (0.02, 0.7, 1)
            }
        brightness = random.between(-0.02, 0.03) + change.brightness
        contrast = random.between(0.94, 1.06) * change.contrast
        noise = random.between(0.006, 0.011) * change.noise
        markerX = random.between(-18.2, -16.8)
        markerY = random.between(2.2, 4.2)
        collimation = random.unit() < 0.4 ? random.between(0.2, 0.7) : 0
    }

    /// Brings the coarse fields to full size. 12 bits, dense tissue bright.
    func develop(_ fields: ChestScene.Fields, rows: Int, columns: Int) -> Phantom.Radiograph {
        var samples = [UInt16](repeating: 0, count: rows * columns)
        var mask = [UInt8](repeating: 0, count: rows * columns)
        let across = (0..<columns).map { place($0, of: columns, in: fields.columns) }
        let curve = (0...2048).map { gray(Float($0) / 2048 * Exposure.greatest) }
        for row in 0..<rows {
            let (above, below, down) = place(row, of: rows, in: fields.rows)
            let y = (Float(row) + 0.5) / Float(rows) * 44
            for column in 0..<columns {
                let (left, right, part) = across[column]
                func blend(_ field: [Float]) -> Float {
                    let top = field[above * fields.columns + left]
                    let topRight = field[above * fields.columns + right]
                    let bottom = field[below * fields.columns + left]
                    let bottomRight = field[below * fields.columns + right]
                    let upper = top + (topRight - top) * part
                    return upper + (bottom + (bottomRight - bottom) * part - upper) * down
                }
                let attenuation = blend(fields.attenuation)
                let index = row * columns + column
                var level = curve[Int(min(attenuation / Exposure.greatest, 1) * 2048)]
                // Few quanta reach the detector behind dense tissue.
                level += noise * (0.35 + 1.3 * level) * normal(index)
                let x = ((Float(column) + 0.5) / Float(columns) - 0.5) * 40
                level += (0.97 - level) * marker(x, y)
                if collimation > 0, 20 - abs(x) < collimation || min(y, 44 - y) < collimation { level = 0.004 }
                samples[index] = UInt16(min(max(level, 0), 1) * 4095 + 0.5)
                mask[index] = blend(fields.lesion) > 0.3 ? 1 : 0
            }
        }
        return Phantom.Radiograph(rows: rows, columns: columns, samples: samples, mask: mask)
    }

    /// Attenuation beyond which everything is white.
    private static let greatest: Float = 34

    private func gray(_ attenuation: Float) -> Float {
        let level = attenuation / 26
        // Lungs are spread, dense tissue is drawn together, as viewing software does.
        let curved = level < 1 ? level + 0.55 * level * (level - 0.28) * (1 - level) : 1 + (level - 1) * 0.35
        let centred = 0.5 + (curved * 0.86 - 0.5) * contrast + brightness
        return 0.012 + max(0, centred) * ramp(attenuation, 0, 4)
    }

    private func place(_ pixel: Int, of pixels: Int, in cells: Int) -> (Int, Int, Float) {
        let at = (Float(pixel) + 0.5) * Float(cells) / Float(pixels) - 0.5
        let first = Int(at.rounded(.down))
        return (max(first, 0), min(first + 1, cells - 1), first < 0 ? 0 : at - Float(first))
    }

    /// A normally distributed number, the same for the same pixel: four uniform ones added up.
    private func normal(_ index: Int) -> Float {
        let bits = SeededRandom.mix(seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
        var sum = 0
        for shift in [0, 16, 32, 48] { sum += Int((bits >> UInt64(shift)) & 0xFFFF) }
        return (Float(sum) / 65535 - 2) * 1.732
    }

    /// The lead letter R beside the patient's right shoulder: strokes, 1.7 cm high.
    private func marker(_ x: Float, _ y: Float) -> Float {
        let (px, py) = ((x - markerX) / 1.7, (y - markerY) / 1.7)
        guard px > -0.2, px < 0.9, py > -0.2, py < 1.2 else { return 0 }
        var nearest = Float.infinity
        for (ax, ay, bx, by) in Exposure.letter {
            let (dx, dy) = (bx - ax, by - ay)
            let along = min(max(((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy), 0), 1)
            let (ex, ey) = (px - ax - along * dx, py - ay - along * dy)
            nearest = min(nearest, (ex * ex + ey * ey).squareRoot())
        }
        return 1 - ramp(nearest, 0.075, 0.105)
    }

    private static let letter: [(Float, Float, Float, Float)] = [
        (0, 0, 0, 1), (0, 0, 0.38, 0), (0.38, 0, 0.56, 0.1), (0.56, 0.1, 0.6, 0.27), (0.6, 0.27, 0.56, 0.43),
        (0.56, 0.43, 0.38, 0.52), (0.38, 0.52, 0, 0.52), (0.3, 0.52, 0.62, 1),
    ]
}
