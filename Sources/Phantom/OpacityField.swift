/// How much of a lung's air an opacity takes, and where it counts as ill.
protocol OpacityShape {
    /// The part of the air that is gone at a point, 0…1.
    func filling(_ x: Float, _ y: Float) -> Float
    /// How much a point belongs to the lesion, 0…1; the mask has what is above 0.3.
    func lesion(_ x: Float, _ y: Float) -> Float
}

extension OpacityShape {
    func lesion(_ x: Float, _ y: Float) -> Float { filling(x, y) }
}

extension Phantom.Opacity {
    /// Its shape in one patient.
    func shape(_ random: inout SeededRandom) -> any OpacityShape {
        switch pattern {
        case .patchy: OpacityField(self, random: &random)
        case .lobar: LobarOpacity(self, random: &random)
        case .interstitial: InterstitialOpacity(self, random: &random)
        case .round: RoundOpacity(self, random: &random)
        }
    }

    /// −1 on the left of the picture (the patient's right), +1 on the right.
    var sign: Float { side == .right ? -1 : 1 }
}

/// Bronchopneumonia: a heap of soft blobs, so that no two look alike.
struct OpacityField: OpacityShape {
    private let blobs: [(x: Float, y: Float, radius: Float)]
    private let strength: Float
    private let mottle: Mottle

    init(_ opacity: Phantom.Opacity, random: inout SeededRandom) {
        let side = opacity.sign
        let centerY: Float =
            switch opacity.zone {
            case .upper: 10.5
            case .middle: 18
            case .lower: 25
            }
        // The heart covers the middle of the left lower zone.
        let inner: Float = opacity.side == .left && opacity.zone == .lower ? 11 : 8.6
        let centerX = side * (opacity.zone == .upper ? 7.4 : inner) + random.between(-0.6, 0.6)
        let reach = 1.4 + 2.6 * opacity.extent
        blobs = (0..<12).map { _ in
            (
                centerX + random.between(-1, 1) * reach, centerY + random.between(-0.9, 0.9) * reach,
                random.between(0.5, 1.25) * (0.7 + opacity.extent)
            )
        }
        strength = opacity.strength
        mottle = Mottle(seed: random.next())
    }

    func filling(_ x: Float, _ y: Float) -> Float {
        var sum: Float = 0
        for blob in blobs {
            let (dx, dy) = ((x - blob.x) / blob.radius, (y - blob.y) / blob.radius)
            let square = dx * dx + dy * dy
            if square < 9 { sum += Trigonometry.exponential(-square) }
        }
        guard sum > 0.01 else { return 0 }
        let patchy = sum * (1 + 0.6 * mottle(x, y, size: 1.1) + 0.3 * mottle(x, y, size: 0.4))
        return strength * min(max(1 - Trigonometry.exponential(-0.8 * max(patchy, 0)), 0), 1)
    }
}
