import Foundation

/// A department that does not exist, for measuring how often the monitor cries without cause and how soon with one.
///
/// Features are drawn from laws with the spread of real departments; those of one image are independent, which makes
/// false alarms more frequent than where features go together. Same seed, same images.
public struct DriftSimulation: Sendable {
    /// What changes.
    public enum Change: String, Sendable, CaseIterable {
        case none
        /// The detector delivers a tenth more.
        case gain
        /// Fifteen images in a hundred more are positive.
        case prevalence
    }

    /// The share of positive images before a change, 0…1.
    public var prevalence = 0.25
    private var random: SplitMix

    public init(seed: UInt64) { random = SplitMix(state: seed) }

    public mutating func image(_ change: Change = .none) -> FeatureSample {
        var sample = FeatureSample()
        let isPositive = uniform() < prevalence + (change == .prevalence ? 0.15 : 0)
        let score = isPositive ? normal(2.2, 1.4) : normal(-2.4, 1.5)
        sample.set(.score, score)
        sample.set(.positive, score > 1 ? 1 : 0)
        sample.set(.brightness, normal(0.48, 0.06) + (isPositive ? 0.02 : 0))
        sample.set(.contrast, normal(0.24, 0.03))
        sample.set(.black, abs(normal(0.03, 0.02)))
        sample.set(.white, abs(normal(0.01, 0.01)))
        sample.set(.polarity, normal(0.27, 0.08))
        sample.set(.sharpness, exp2(normal(-5, 0.4)))
        let gain = change == .gain ? 1.1 : 1
        // Automatic exposure leaves about a third of a stop.
        let exposure = exp2(normal(0, 0.35))
        sample.set(.signalMedian, 1200 * exposure * gain)
        sample.set(.signalRange, 2400 * exp2(normal(0, 0.3)) * gain)
        sample.set(.rows, uniform() < 0.7 ? 2500 : 2048)
        sample.set(.aspect, exp2(normal(0.25, 0.05)))
        sample.set(.kilovolts, uniform() < 0.6 ? 120 : 90)
        sample.set(.exposureIndex, 300 * exposure)
        sample.set(.distance, exp2(normal(0, 0.25)))
        for feature in [Feature.embedding1, .embedding2, .embedding3, .embedding4] {
            sample.set(feature, normal(0, 1) + (isPositive && feature == .embedding1 ? 1 : 0))
        }
        sample.set(.view, kind: uniform() < 0.65 ? "PA" : "AP")
        let ages = ["18-39", "40-64", "65+", "6-17"]
        sample.set(.age, kind: ages[min(Int(uniform() * 4), 3)])
        sample.set(.photometric, kind: uniform() < 0.5 ? "MONOCHROME1" : "MONOCHROME2")
        return sample
    }

    public mutating func images(_ count: Int, _ change: Change = .none) -> [FeatureSample] {
        (0..<count).map { _ in image(change) }
    }

    /// The same image with black and white exchanged, as a wrongly set up device sends it.
    public static func inverted(_ sample: FeatureSample) -> FeatureSample {
        var inverted = sample
        inverted.set(.brightness, sample[.brightness].map { 1 - Feature.brightness.value(Double($0)) })
        inverted.set(.polarity, sample[.polarity].map { -Feature.polarity.value(Double($0)) })
        inverted.set(.black, sample[.white].map { Feature.white.value(Double($0)) })
        inverted.set(.white, sample[.black].map { Feature.black.value(Double($0)) })
        return inverted
    }

    /// One quiet quarter of a source, and whether anything was said.
    public static func alarmsInQuietQuarter(seed: UInt64, baseline: Int, policy: DriftPolicy = DriftPolicy())
        -> [Feature]
    {
        var department = DriftSimulation(seed: seed)
        let reference = ReferenceProfile(department.images(baseline))
        return first(in: &department, .none, reference, DriftMonitor(policy: policy), atMost: policy.quarterImages)?
            .findings.map(\.feature) ?? []
    }

    /// How many images after a change something is said, and what; `nil` if nothing within `atMost`.
    public static func delay(
        of change: Change, seed: UInt64, baseline: Int, atMost: Int, policy: DriftPolicy = DriftPolicy()
    ) -> (images: Int, findings: [DriftFinding])? {
        var department = DriftSimulation(seed: seed)
        let reference = ReferenceProfile(department.images(baseline))
        return first(in: &department, change, reference, DriftMonitor(policy: policy), atMost: atMost)
    }

    /// Quiet images lie before the change, as in a department that was watched for long.
    private static func first(
        in department: inout DriftSimulation, _ change: Change, _ reference: ReferenceProfile, _ monitor: DriftMonitor,
        atMost: Int
    ) -> (images: Int, findings: [DriftFinding])? {
        var samples = change == .none ? [] : department.images(monitor.memory)
        let quiet = samples.count
        for image in 1...atMost {
            samples.append(department.image(change))
            if samples.count > monitor.memory { samples.removeFirst(samples.count - monitor.memory) }
            let findings = monitor.look(samples, seen: quiet + image, reference: reference)
            if !findings.isEmpty { return (image, findings) }
        }
        return nil
    }

    private mutating func uniform() -> Double { Double(random.next() >> 11) / 9_007_199_254_740_992 }

    private mutating func normal(_ mean: Double, _ deviation: Double) -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return mean + deviation * radius * cos(2 * .pi * uniform())
    }
}

/// SplitMix64. Source: Steele, Lea, Flood, OOPSLA 2014.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
