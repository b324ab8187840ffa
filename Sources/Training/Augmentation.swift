import Foundation

/// How far pictures are varied in training; every extent is symmetric. Never upside down; mirrored only on demand,
/// because the heart is on the left.
public struct AugmentationSettings: Sendable, Codable, Hashable {
    /// Multiplies all of the following; 0 leaves pictures as they are.
    public var strength: Float = 1
    /// Degrees.
    public var rotation: Float = 6
    /// Parts of the side.
    public var shift: Float = 0.06
    /// Of both axes together, and of each by itself.
    public var zoom: Float = 0.1
    public var stretch: Float = 0.04
    /// Exponent of the gray values: e^-gamma … e^gamma.
    public var gamma: Float = 0.35
    public var brightness: Float = 0.1
    /// Contrast about the middle: 1 - contrast … 1 + contrast; and by `gain`: e^-gain … e^gain.
    public var contrast: Float = 0
    public var gain: Float = 0.27
    /// Standard deviation of the noise, for gray values 0…1.
    public var noise: Float = 0
    /// How often a gray rectangle of up to a quarter of each side covers a part, so that no marker or tube decides alone.
    public var cutout: Float = 0.3
    /// How often a picture is blended with its neighbour in the batch, label and all. Source: Zhang et al. 2017 (mixup),
    /// here with the own part uniform in 0.5…1.
    public var mixing: Float = 0
    public var horizontalFlip = false

    public init() {}
}

/// One random variation of a picture.
struct Augmentation {
    private let zoom: (x: Float, y: Float)
    private let shift: (x: Float, y: Float)
    private let angle: Float
    private let gamma: Float
    private let contrast: Float
    private let brightness: Float
    private let patch: (x: Float, y: Float, width: Float, height: Float, gray: Float)?
    private let isMirrored: Bool
    private let noise: (deviation: Float, random: RandomSource)

    /// Every draw happens whatever the settings, so that one setting does not change what another draws.
    init(_ settings: AugmentationSettings, random: inout RandomSource) {
        let strength = settings.strength
        let common = random.symmetric(settings.zoom) * strength
        zoom = (
            1 + common + random.symmetric(settings.stretch) * strength,
            1 + common + random.symmetric(settings.stretch) * strength
        )
        shift = (random.symmetric(settings.shift) * strength, random.symmetric(settings.shift) * strength)
        angle = random.symmetric(settings.rotation * .pi / 180) * strength
        gamma = exp(random.symmetric(settings.gamma) * strength)
        let gain = exp(random.symmetric(settings.gain) * strength)
        brightness = random.symmetric(settings.brightness) * strength
        let rectangle = (
            x: random.unit(), y: random.unit(), width: 0.08 + 0.17 * random.unit(), height: 0.08 + 0.17 * random.unit(),
            gray: random.unit()
        )
        patch = random.unit() < settings.cutout * strength ? rectangle : nil
        contrast = gain * max(0, 1 + random.symmetric(settings.contrast) * strength)
        let isOdd = random.unit() < 0.5
        isMirrored = settings.horizontalFlip && isOdd
        noise = (settings.noise * strength, RandomSource(seed: random.next()))
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
        let matrix = [
            a * width, b * width, (0.5 + shift.x - 0.5 * (a + b)) * width,
            d * height, e * height, (0.5 + shift.y - 0.5 * (d + e)) * height,
        ]
        // u becomes 1 - u.
        return isMirrored
            ? [-matrix[0], matrix[1], matrix[2] + matrix[0], -matrix[3], matrix[4], matrix[5] + matrix[3]] : matrix
    }

    /// Covers the rectangle and adds the noise, if there are any.
    func finish(_ values: inout [Float], size: Int) {
        if let patch {
            let extent = Float(size)
            let columns = Int((patch.x - patch.width / 2) * extent)..<Int((patch.x + patch.width / 2) * extent) + 1
            let rows = Int((patch.y - patch.height / 2) * extent)..<Int((patch.y + patch.height / 2) * extent) + 1
            for row in rows.clamped(to: 0..<size) {
                for column in columns.clamped(to: 0..<size) { values[row * size + column] = patch.gray }
            }
        }
        guard noise.deviation > 0 else { return }
        var random = noise.random
        for index in values.indices {
            values[index] = min(max(values[index] + random.normal() * noise.deviation, 0), 1)
        }
    }
}
