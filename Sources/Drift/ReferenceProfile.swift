/// What the images of a source looked like when they were as they should be: counts for each feature, frozen.
public struct ReferenceProfile: Sendable, Hashable {
    /// How many images went into it.
    public private(set) var images = 0
    /// Counts by step, for each feature in the order of ``Feature``.
    private(set) var counts: [[Int]]

    public init() {
        counts = Feature.allCases.map { [Int](repeating: 0, count: $0.kinds?.count ?? Feature.steps) }
    }

    public init(_ samples: some Sequence<FeatureSample>) {
        self.init()
        for sample in samples { add(sample) }
    }

    public mutating func add(_ sample: FeatureSample) {
        images += 1
        for (place, step) in sample.steps.enumerated() where Int(step) < counts[place].count {
            counts[place][Int(step)] += 1
        }
    }

    /// The images of several sources together.
    public static func + (a: ReferenceProfile, b: ReferenceProfile) -> ReferenceProfile {
        var sum = a
        sum.images += b.images
        for place in sum.counts.indices {
            for step in sum.counts[place].indices { sum.counts[place][step] += b.counts[place][step] }
        }
        return sum
    }

    /// Images by step of one feature.
    public subscript(_ feature: Feature) -> [Int] { counts[feature.place] }
}

extension ReferenceProfile: Codable {
    private enum Key: String, CodingKey { case images, features }

    /// Runs of `step, count` for each feature by name: short where few steps are in use.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(images, forKey: .images)
        var features: [String: [Int]] = [:]
        for feature in Feature.allCases {
            features[feature.rawValue] = self[feature].enumerated().filter { $1 > 0 }.flatMap { [$0, $1] }
        }
        try container.encode(features, forKey: .features)
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: Key.self)
        images = try container.decode(Int.self, forKey: .images)
        for (name, pairs) in try container.decode([String: [Int]].self, forKey: .features) {
            guard let feature = Feature(rawValue: name) else { continue }
            for index in stride(from: 0, to: pairs.count - 1, by: 2) {
                guard counts[feature.place].indices.contains(pairs[index]), pairs[index + 1] >= 0 else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .features, in: container, debugDescription: "a step or a count is out of range")
                }
                counts[feature.place][pairs[index]] = pairs[index + 1]
            }
        }
    }
}
