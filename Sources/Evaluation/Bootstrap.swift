import Foundation

/// Poisson bootstrap: in each replicate a case counts as often as a Poisson number of mean 1 says, drawn from the seed
/// and the case's cluster. So cases can pass one by one, in any order, and those of a cluster count together.
/// Source: Chamandy et al., Estimating uncertainty for massive data streams, 2012.
public struct Bootstrap: Sendable, Hashable {
    public let seed: UInt64
    /// Within `EvaluationLimits.replicates`.
    public let replicates: Int

    /// Throws if there are too few or too many replicates.
    public init(seed: UInt64, replicates: Int) throws(EvaluationError) {
        guard EvaluationLimits.replicates.contains(replicates) else {
            throw .badSetting(
                name: "--replicates",
                range: "within \(EvaluationLimits.replicates.lowerBound)…\(EvaluationLimits.replicates.upperBound)")
        }
        self.seed = seed
        self.replicates = replicates
    }

    /// Quantiles of Poisson(1) at 65,536 places: four weights from each random number; an error below 2^-16.
    private static let quantiles: [UInt8] = {
        var (part, sum, weight) = (exp(-1.0), exp(-1.0), 0)
        return (0..<65536).map { place in
            while Double(place) + 0.5 > sum * 65536, weight < 12 {
                weight += 1
                part /= Double(weight)
                sum += part
            }
            return UInt8(weight)
        }
    }()

    /// Fills `weights` with one number for each replicate.
    func draw(_ cluster: UInt64, into weights: inout [Double]) {
        var state = cluster ^ (seed &* 0x9E37_79B9_7F4A_7C15)
        var index = 0
        while index < weights.count {
            // SplitMix64. Source: Steele et al. 2014.
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = state
            bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
            bits ^= bits >> 31
            for _ in 0..<min(4, weights.count - index) {
                weights[index] = Double(Self.quantiles[Int(bits & 0xFFFF)])
                bits >>= 16
                index += 1
            }
        }
    }
}
