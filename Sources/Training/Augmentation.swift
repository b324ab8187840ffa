import Foundation

/// One random variation of a picture. At strength 1: shift up to 6 % and zoom up to 10 % along each axis, turn up to
/// 6 degrees, gamma 0.7 to 1.4, contrast 0.75 to 1.3, brightness up to 0.1, and for three pictures in ten a gray
/// rectangle of up to a quarter of each side (so that no marker or tube decides alone). Never a mirror image: the heart
/// is on the left.
struct Augmentation {
    private let zoom: (x: Float, y: Float)
    private let shift: (x: Float, y: Float)
    private let angle: Float
    private let gamma: Float
    private let contrast: Float
    private let brightness: Float
    private let patch: (x: Float, y: Float, width: Float, height: Float, gray: Float)?

    init(strength: Float, random: inout RandomSource) {
        let common = random.symmetric(0.1) * strength
        zoom = (1 + common + random.symmetric(0.04) * strength, 1 + common + random.symmetric(0.04) * strength)
        shift = (random.symmetric(0.06) * strength, random.symmetric(0.06) * strength)
        angle = random.symmetric(6 * .pi / 180) * strength
        gamma = exp(random.symmetric(0.35) * strength)
        contrast = exp(random.symmetric(0.27) * strength)
        brightness = random.symmetric(0.1) * strength
        let rectangle = (
            x: random.unit(), y: random.unit(), width: 0.08 + 0.17 * random.unit(), height: 0.08 + 0.17 * random.unit(),
            gray: random.unit()
        )
        patch = random.unit() < 0.3 * strength ? rectangle : nil
    }

    /// The gray table after gamma, contrast about the middle, and brightness; clamped to 0...1.
    func applied(to table: [Float]) -> [Float] {
        table.map { value in
            min(max((pow(value, gamma) - 0.5) * contrast + 0.5 + brightness, 0), 1)
        }
    }

    /// From (u, v) of the output to (x, y) in pixels of the source, turned and zoomed about the centre.
    func matrix(rows: Int, columns: Int) -> [Float] {
        let (width, height) = (Float(columns), Float(rows))
        let (c, s) = (cos(angle), sin(angle))
        let (a, b, d, e) = (c / zoom.x, -s / zoom.x, s / zoom.y, c / zoom.y)
        return [
            a * width, b * width, (0.5 + shift.x - 0.5 * (a + b)) * width,
            d * height, e * height, (0.5 + shift.y - 0.5 * (d + e)) * height,
        ]
    }

    /// Covers the rectangle, if there is one.
    func cover(_ values: inout [Float], size: Int) {
        guard let patch else { return }
        let extent = Float(size)
        let columns = Int((patch.x - patch.width / 2) * extent)..<Int((patch.x + patch.width / 2) * extent) + 1
        let rows = Int((patch.y - patch.height / 2) * extent)..<Int((patch.y + patch.height / 2) * extent) + 1
        for row in rows.clamped(to: 0..<size) {
            for column in columns.clamped(to: 0..<size) { values[row * size + column] = patch.gray }
        }
    }
}
