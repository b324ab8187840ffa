import Drift
import Foundation

/// Two distributions of a feature in the same few bins.
enum DriftPlot {
    private static let bins = 16

    /// The bins span what the reference uses and a little more; the first and last take what lies beyond.
    private static func range(_ feature: Feature, _ reference: ReferenceProfile) -> (first: Int, width: Int) {
        let steps = reference[feature]
        guard let first = steps.firstIndex(where: { $0 > 0 }), let last = steps.lastIndex(where: { $0 > 0 }) else {
            return (0, max(1, steps.count / bins))
        }
        let margin = max(2, (last - first) / 2)
        let start = max(0, first - margin)
        return (start, max(1, (min(steps.count, last + margin + 1) - start + bins - 1) / bins))
    }

    static func labels(_ feature: Feature, _ reference: ReferenceProfile) -> [String] {
        if let kinds = feature.kinds { return kinds }
        let (first, width) = range(feature, reference)
        return (0..<bins).map { bin in
            let value = feature.value(Double(first + bin * width) - 0.5)
            return String(format: abs(value) >= 100 ? "%.0f" : "%.3g", value)
        }
    }

    /// The part of the images in each bin, 0…1.
    static func shares(_ feature: Feature, _ profile: ReferenceProfile, _ reference: ReferenceProfile) -> [Double] {
        let counts = profile[feature]
        let total = Double(max(1, counts.reduce(0, +)))
        guard feature.kinds == nil else { return counts.map { Double($0) / total } }
        let (first, width) = range(feature, reference)
        var binned = [Double](repeating: 0, count: bins)
        for (step, count) in counts.enumerated() where count > 0 {
            binned[min(max((step - first) / width, 0), bins - 1)] += Double(count) / total
        }
        return binned
    }
}
