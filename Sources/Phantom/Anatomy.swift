/// The measures of one made-up patient, in centimetres on a detector of 40 × 44, the origin at the middle of the upper
/// edge. `side` is −1 on the left of the picture (the patient's right), +1 on the right.
struct Anatomy {
    let scale: Float
    let shiftX: Float
    let shiftY: Float
    let lean: Float
    let depth: Float
    let hasBreasts: Bool
    let heart: Ellipse
    let atrium: Ellipse
    let aorticKnob: Ellipse
    let pulmonaryTrunk: Ellipse
    let gastricBubble: Ellipse
    /// Height of the right and the left dome.
    let domes: (right: Float, left: Float)
    let ribPitch: Float
    let ribStrength: Float

    init(_ random: inout SeededRandom, view: Phantom.View) {
        scale = random.between(0.95, 1.05)
        shiftX = random.between(-0.7, 0.7)
        shiftY = random.between(-0.8, 0.8)
        lean = random.between(-0.02, 0.02)
        depth = random.between(18, 23)
        hasBreasts = random.unit() < 0.5
        // Near the detector the heart is less enlarged.
        let size = random.between(0.9, 1.08) * (view == .pa ? 0.87 : 1)
        heart = Ellipse(x: 2.7, y: 24.9, radiusX: 7.3 * size, radiusY: 5.7 * size, turn: 0.55)
        atrium = Ellipse(x: -1.2, y: 24.2, radiusX: 3.7 * size, radiusY: 5.6)
        aorticKnob = Ellipse(x: 2.2, y: 12.4, radiusX: 2.0 * size, radiusY: 2.2)
        pulmonaryTrunk = Ellipse(x: 2.4, y: 16.2, radiusX: 2.2, radiusY: 2.8)
        let left = random.between(29.3, 30.6)
        domes = (random.between(28.2, 29.4), left)
        gastricBubble = Ellipse(
            x: random.between(6.2, 8), y: left + 2.6, radiusX: random.between(1.8, 2.8),
            radiusY: random.between(0.9, 1.4), turn: 0.1)
        ribPitch = random.between(2.35, 2.6)
        ribStrength = random.between(0.8, 1.1)
    }

    /// Half the width of the body.
    static let bodyHalfWidth = Profile([
        (0, 5.0), (2.4, 5.5), (4.2, 8.2), (6, 13.5), (7.6, 18.4), (9.5, 22.5), (13, 23), (16.5, 20.8), (20, 18.3),
        (26, 17.6), (34, 17.3), (44, 18.2),
    ])
    /// Distance of the outer edge of a lung from the middle line.
    static let lungOuter = Profile([
        (4.6, 4.9), (4.85, 6.2), (5.4, 7.5), (6.4, 8.9), (8.4, 10.6), (11.5, 12.3), (15.5, 13.7), (20, 14.6),
        (25, 15.1),
        (30, 15.3), (36, 15.0),
    ])
    /// Distance of the inner edge of a lung from the middle line, heart and vessels not counted.
    static let lungInner = Profile([
        (4.6, 4.7), (4.85, 3.8), (5.4, 3.1), (6.6, 2.5), (9, 2.1), (14, 1.9), (18, 2.0), (24, 2.0), (30, 2.2),
        (36, 2.4),
    ])
    static let apex: Float = 4.6

    /// Where the diaphragm lies below a point, `distance` from the middle line.
    func diaphragm(side: Float, distance: Float) -> Float {
        let top = side < 0 ? domes.right : domes.left
        let away = distance - 7.4
        return top + (away > 0 ? 4.6 * (away / 7.6) * (away / 7.6) : 1.6 * (away / 5) * (away / 5))
    }

    /// Height of the middle of the n-th rib, behind, `part` of the way from the spine to the side of the chest.
    func posteriorRib(_ n: Int, part: Float) -> Float {
        let start = 3.9 + ribPitch * Float(n)
        return start - 1.1 * Trigonometry.sine(min(part, 1) * 2.2) + 4.6 * part * part * part
            + 0.12 * Float(n) * part * part
    }

    /// Height of the n-th rib in front; it runs on from where the part behind meets the side of the chest.
    func anteriorRib(_ n: Int, part: Float) -> Float {
        let inward = 1 - part
        return posteriorRib(n, part: 1) + 0.5 + 8.2 * inward - 2.4 * inward * inward
    }

    static func clavicle(distance: Float) -> Float {
        let along = (distance - 1.4) / 13.5
        return 8.0 - 3.4 * along + 0.75 * Trigonometry.sine(along * 6.0)
    }
}
