import Foundation

/// How far two samples of one feature are apart, and how likely as much would be by chance if nothing had changed.
public struct Distance: Sendable, Codable, Hashable {
    /// Kolmogorov–Smirnov: the largest difference of the two distribution functions, 0…1. For kinds, the largest
    /// difference of a share.
    public let ks: Double
    /// Population stability index over ten bins of the reference, or over the kinds.
    public let psi: Double
    /// Wasserstein distance, in standard deviations of the reference; for kinds, half the sum of differences of shares.
    public let wasserstein: Double
    /// Means of both, in steps; for kinds, the share of the kind that changed most.
    public let before: Double
    public let after: Double
    /// The kind that changed most.
    public let kind: Int?
    /// The probability of as much without a change.
    public let chance: Double

    /// Compares counts by step. `nil` where one of the two has no images.
    public init?(reference: [Int], window: [Int], isKinds: Bool) {
        let (n, m) = (window.reduce(0, +), reference.reduce(0, +))
        guard n > 0, m > 0 else { return nil }
        if isKinds {
            self.init(kinds: reference, window, Double(n), Double(m))
        } else {
            self.init(measure: reference, window, Double(n), Double(m))
        }
    }

    private init(measure reference: [Int], _ window: [Int], _ n: Double, _ m: Double) {
        var (below, belowReference) = (0.0, 0.0)
        var (ks, area) = (0.0, 0.0)
        for step in reference.indices {
            below += Double(window[step]) / n
            belowReference += Double(reference[step]) / m
            let difference = abs(below - belowReference)
            ks = max(ks, difference)
            area += difference
        }
        let (mean, variance) = Self.moments(window, n)
        let (meanReference, varianceReference) = Self.moments(reference, m)
        // A step is the resolution: a reference without spread counts as one of half a step.
        let spread = max(varianceReference, 0.25).squareRoot()
        let error = max(variance / n + varianceReference / m, 1e-9).squareRoot()
        self.ks = ks
        wasserstein = area / spread
        psi = Self.psi(Self.tenths(reference, window, m), n, m)
        before = meanReference
        after = mean
        kind = nil
        // The more telling of the two: one for the place, one for the shape.
        chance = min(1, 2 * min(Self.normalTail((mean - meanReference) / error), Self.kolmogorovTail(ks, n, m)))
    }

    private init(kinds reference: [Int], _ window: [Int], _ n: Double, _ m: Double) {
        var best = (kind: 0, chance: 1.0, before: 0.0, after: 0.0)
        var (largest, total) = (0.0, 0.0)
        for kind in reference.indices {
            let (share, shareReference) = (Double(window[kind]) / n, Double(reference[kind]) / m)
            let pooled = Double(window[kind] + reference[kind]) / (n + m)
            largest = max(largest, abs(share - shareReference))
            total += abs(share - shareReference)
            guard pooled > 0, pooled < 1 else { continue }
            let error = (pooled * (1 - pooled) * (1 / n + 1 / m)).squareRoot()
            // The normal law fits badly where few are expected: half an image is given away on each side.
            let difference = max(0, abs(share - shareReference) - 0.5 * (1 / n + 1 / m))
            let chance = Self.normalTail(difference / error)
            if chance < best.chance { best = (kind, chance, shareReference, share) }
        }
        ks = largest
        wasserstein = total / 2
        psi = Self.psi(zip(reference, window).map { ($0, $1) }, n, m)
        before = best.before
        after = best.after
        kind = best.kind
        chance = min(1, best.chance * Double(max(1, reference.count - 1)))
    }

    private static func moments(_ counts: [Int], _ total: Double) -> (mean: Double, variance: Double) {
        var (sum, squares) = (0.0, 0.0)
        for (step, count) in counts.enumerated() where count > 0 {
            sum += Double(step) * Double(count)
            squares += Double(step) * Double(step) * Double(count)
        }
        let mean = sum / total
        return (mean, max(0, squares / total - mean * mean))
    }

    /// Both in bins that hold a tenth of the reference each, as far as its steps allow.
    private static func tenths(_ reference: [Int], _ window: [Int], _ m: Double) -> [(Int, Int)] {
        var bins: [(Int, Int)] = []
        var current = (0, 0)
        var seen = 0.0
        for step in reference.indices {
            current.0 += reference[step]
            current.1 += window[step]
            seen += Double(reference[step])
            if seen >= m * Double(bins.count + 1) / 10, bins.count < 9 {
                bins.append(current)
                current = (0, 0)
            }
        }
        bins.append(current)
        return bins
    }

    /// Half an image is added to each bin, so that an empty one is far and not infinitely far.
    private static func psi(_ bins: [(Int, Int)], _ n: Double, _ m: Double) -> Double {
        let extra = 0.5 * Double(bins.count)
        return bins.reduce(0) { sum, bin in
            let (p, q) = ((Double(bin.1) + 0.5) / (n + extra), (Double(bin.0) + 0.5) / (m + extra))
            return sum + (p - q) * log(p / q)
        }
    }

    /// Two-sided tail of the normal law.
    static func normalTail(_ z: Double) -> Double { erfc(abs(z) / 2.0.squareRoot()) }

    /// The asymptotic law of Kolmogorov, with Stephens's correction for finite samples; on steps it errs to the side of
    /// silence. Source: Stephens, JASA 69 (1974).
    static func kolmogorovTail(_ ks: Double, _ n: Double, _ m: Double) -> Double {
        let size = (n * m / (n + m)).squareRoot()
        let lambda = (size + 0.12 + 0.11 / size) * ks
        if lambda < 0.3 { return 1 }
        var (sum, sign) = (0.0, 1.0)
        for term in 1...50 {
            let part = exp(-2 * Double(term * term) * lambda * lambda)
            sum += sign * part
            sign = -sign
            if part < 1e-30 { break }
        }
        return min(1, max(0, 2 * sum))
    }
}
