/// SplitMix64 (Steele, Lea and Flood 2014): a small generator whose bits depend on nothing but its seed.
///
/// Every use derives its own stream from (seed, purpose, counters), so that neither threads nor order matter.
struct RandomSource: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, _ stream: UInt64...) {
        state = seed
        for part in stream {
            state = next() ^ (part &* 0x9E37_79B9_7F4A_7C15)
        }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// Uniform in [-extent, extent).
    mutating func symmetric(_ extent: Float) -> Float { (2 * unit() - 1) * extent }

    /// Uniform below `bound`, by rejection; written out because the standard library may change its method.
    mutating func index(below bound: Int) -> Int {
        let bound = UInt64(bound)
        let limit = UInt64.max - UInt64.max % bound
        while true {
            let value = next()
            if value < limit { return Int(value % bound) }
        }
    }

    /// About normal with mean 0 and deviation 1: a sum of twelve uniform numbers, the same bits everywhere.
    mutating func normal() -> Float {
        var sum: Float = -6
        for _ in 0..<12 { sum += unit() }
        return sum
    }

    /// Fisher and Yates's shuffle.
    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, index(below: last + 1))
        }
    }
}
