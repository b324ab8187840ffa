/// Seeded synthetic chest radiographs: lungs, ribs, heart, spine, diaphragm, clavicles, vessels, a side marker, noise,
/// and on demand an opacity. For demonstrations, the canary study and tests; they look like a radiograph, but nobody
/// should learn medicine from them.
public enum Phantom {
    /// A consolidation in one lung.
    public struct Opacity: Hashable, Sendable {
        /// Of the patient; the patient's right is on the left of the picture.
        public enum Side: String, Hashable, Sendable, CaseIterable { case right, left }
        public enum Zone: String, Hashable, Sendable, CaseIterable { case upper, middle, lower }
        /// Bronchopneumonia in patches, a lobe filled evenly, a net of lines, or a ball.
        public enum Pattern: String, Hashable, Sendable, CaseIterable { case patchy, lobar, interstitial, round }

        public let side: Side
        public let zone: Zone
        /// How dense, 0…1.
        public let strength: Float
        /// How large, 0…1: from a small patch to most of the zone.
        public let extent: Float
        public let pattern: Pattern

        public init(side: Side, zone: Zone, strength: Float = 0.8, extent: Float = 0.6, pattern: Pattern = .patchy) {
            self.side = side
            self.zone = zone
            self.pattern = pattern
            self.strength = min(max(strength, 0), 1)
            self.extent = min(max(extent, 0), 1)
        }
    }

    /// What may lie in or on a patient.
    public enum Device: String, Hashable, Sendable, CaseIterable {
        case endotrachealTube, gastricTube, centralLine, electrodes, pacemaker
    }

    /// How the picture was taken. Too little dose is noisy and pale, too much is dark, a narrow window hard.
    public enum Technique: String, Hashable, Sendable, CaseIterable {
        case standard, underexposed, overexposed, hard, soft
    }

    /// How a patient stands to the beam; the heart is smaller where it lies near the detector.
    public enum View: String, Hashable, Sendable, CaseIterable { case ap = "AP", pa = "PA" }

    /// Everything about a phantom but its seed.
    public struct Scene: Hashable, Sendable {
        public var opacities: [Opacity] = []
        public var devices: Set<Device> = []
        public var technique = Technique.standard
        public var view = View.ap

        public init() {}
    }

    /// What a phantom is, and where its opacity lies.
    public struct Radiograph: Hashable, Sendable {
        public let rows: Int
        public let columns: Int
        /// `[rows][columns]`, 12 bits (0…4095), dense tissue bright.
        public let samples: [UInt16]
        /// `[rows][columns]`, 1 inside the opacity, 0 elsewhere.
        public let mask: [UInt8]
    }

    /// The largest picture; a common detector has 2048 × 2500.
    public static let maximumSide = 4096

    /// Draws a radiograph of 12 bits in 16, MONOCHROME2. Rows and columns are brought into 8…`maximumSide`; the body
    /// always fills the whole picture. Every seed is another patient.
    public static func radiograph(seed: UInt64, rows: Int, columns: Int, opacity: Opacity? = nil) -> [UInt16] {
        rendering(seed: seed, rows: rows, columns: columns, opacity: opacity).samples
    }

    /// `radiograph`, together with the mask of its opacity.
    public static func rendering(seed: UInt64, rows: Int, columns: Int, opacity: Opacity? = nil) -> Radiograph {
        var scene = Scene()
        scene.opacities = opacity.map { [$0] } ?? []
        return rendering(seed: seed, rows: rows, columns: columns, scene: scene)
    }

    /// A radiograph of a whole scene, with the mask of all its opacities.
    public static func rendering(seed: UInt64, rows: Int, columns: Int, scene: Scene) -> Radiograph {
        let rows = min(max(rows, 8), maximumSide)
        let columns = min(max(columns, 8), maximumSide)
        let chest = ChestScene(seed: seed, scene: scene, rows: min(rows, 1024), columns: min(columns, 1024))
        return Exposure(seed: seed, technique: scene.technique).develop(chest.fields(), rows: rows, columns: columns)
    }
}
