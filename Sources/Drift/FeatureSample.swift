import Foundation

/// The features of one image, as steps on their scales: a byte for each, in the order of ``Feature``.
public struct FeatureSample: Sendable, Hashable {
    /// Beyond the last step: not known.
    static let absent = UInt8(Feature.steps)

    public private(set) var steps: [UInt8]

    public init() { steps = [UInt8](repeating: Self.absent, count: Feature.allCases.count) }

    /// Takes what was kept; features that were not watched then are not known.
    public init(steps kept: [UInt8]) {
        self.init()
        for (index, step) in kept.prefix(steps.count).enumerated() { steps[index] = step }
    }

    /// Notes a measure.
    public mutating func set(_ feature: Feature, _ value: Double?) {
        steps[feature.place] = value.flatMap(feature.step) ?? Self.absent
    }

    /// Notes a kind by its name; one that the feature does not know counts as its last.
    public mutating func set(_ feature: Feature, kind: String) {
        guard let kinds = feature.kinds else { return }
        steps[feature.place] = UInt8(kinds.firstIndex(of: kind) ?? kinds.count - 1)
    }

    /// The step of a feature; `nil` if it is not known.
    public subscript(_ feature: Feature) -> Int? {
        let step = steps[feature.place]
        return step == Self.absent ? nil : Int(step)
    }
}

extension Feature {
    private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

    /// Its byte in a sample.
    var place: Int { Self.places[self] ?? 0 }
}

enum FeatureLogarithm {
    static func base2(_ value: Double) -> Double { log2(value) }
    static func power2(_ value: Double) -> Double { exp2(value) }
}
