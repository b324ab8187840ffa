import Foundation

@testable import Tensors

extension Double {
    static func exponential(_ value: Double) -> Double { Foundation.exp(value) }
    static func errorFunction(_ value: Double) -> Double { Foundation.erf(value) }
    static func power(_ base: Double, _ exponent: Double) -> Double { Foundation.pow(base, exponent) }
}

/// A small generator whose bits depend on the seed alone.
struct Seeded {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// Values in ±4 that keep clear of the kinks of piecewise functions, so that a finite difference never steps over
    /// one: odd multiples of 1/512, none within 1/512 of a multiple of 1/8.
    mutating func tensor(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        let values = (0..<count).map { _ in Float(int(-1024...1023) * 2 + 1) / 512 }
        return Tensor(shape: shape, values: values)
    }

    /// Different values everywhere, for maxima.
    mutating func distinct(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        var values: [Float] = []
        for index in 0..<count { values.append(Float(index * 2 + 1 - count) / 128) }
        for last in stride(from: values.count - 1, to: 0, by: -1) { values.swapAt(last, int(0...last)) }
        return Tensor(shape: shape, values: values)
    }
}
