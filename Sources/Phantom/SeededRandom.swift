/// A small reproducible source of numbers (SplitMix64). For pictures and names of test patients; never for keys.
///
/// Source: Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators (2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SeededRandom.mix(state)
    }

    /// A number in 0..<1.
    mutating func unit() -> Float { Float(next() >> 40) / Float(1 << 24) }

    /// A number between both.
    mutating func between(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

    /// Scatters neighbouring numbers; the same input gives the same output.
    static func mix(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
