extension Phantom.Scene {
    /// A scene drawn by a seed.
    ///
    /// - Parameters:
    ///   - share: how often something is ill, 0…1.
    ///   - patterns: what it may be; nothing is ill where there is none.
    ///   - varies: whether devices, technique and view differ from picture to picture.
    public init(seed: UInt64, share: Float, patterns: [Phantom.Opacity.Pattern], varies: Bool) {
        self.init()
        var random = SeededRandom(seed: seed ^ 0x5CE4_E0F_C4E57)
        func one<Element>(_ elements: [Element]) -> Element? {
            elements.isEmpty ? nil : elements[Int(random.next() % UInt64(elements.count))]
        }
        let isIll = random.unit() < share
        let zone = one(Phantom.Opacity.Zone.allCases) ?? .lower
        let side = one(Phantom.Opacity.Side.allCases) ?? .right
        let (strength, extent) = (random.between(0.6, 0.95), random.between(0.3, 0.9))
        if isIll, let pattern = one(patterns) {
            opacities = [.init(side: side, zone: zone, strength: strength, extent: extent, pattern: pattern)]
            // The kind that viruses cause is on both sides as a rule.
            if pattern == .interstitial, random.unit() < 0.7 {
                opacities.append(
                    .init(
                        side: side == .right ? .left : .right, zone: zone, strength: strength * 0.9, extent: extent,
                        pattern: pattern))
            }
        }
        guard varies else { return }
        // From here on: nothing that tells the ill from the well.
        var other = SeededRandom(seed: seed ^ 0x0DE_71CE_5EED)
        for device in Phantom.Device.allCases where other.unit() < 0.17 { devices.insert(device) }
        technique = other.unit() < 0.5 ? .standard : Phantom.Technique.allCases[Int(other.next() % 5)]
        view = other.unit() < 0.5 ? .pa : .ap
    }
}
