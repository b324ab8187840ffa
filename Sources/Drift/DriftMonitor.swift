/// Compares the last images of a source with what its images were like. Pure: it is given the samples and says what it
/// sees.
public struct DriftMonitor: Sendable {
    public let policy: DriftPolicy

    public init(policy: DriftPolicy = DriftPolicy()) { self.policy = policy }

    /// How many samples ``look(_:seen:reference:)`` wants at most: twice the window, to tell when a change began.
    public var memory: Int { policy.window * 2 }

    /// After so many images a look may be due.
    public var stride: Int { policy.windows.map(\.stride).min() ?? 10 }

    /// Looks at a source that has a reference of its own.
    ///
    /// - Parameters:
    ///   - samples: the last images since the reference was frozen, oldest first; at most ``memory`` are used.
    ///   - seen: images since the reference was frozen; it decides which windows are due.
    public func look(_ samples: [FeatureSample], seen: Int, reference: ReferenceProfile) -> [DriftFinding] {
        var findings: [Feature: DriftFinding] = [:]
        for (size, stride) in policy.windows where seen % stride == 0 && samples.count >= size {
            let window = ReferenceProfile(samples.suffix(size))
            for feature in Feature.allCases {
                let isKinds = feature.kinds != nil
                guard
                    let distance = Distance(reference: reference[feature], window: window[feature], isKinds: isKinds),
                    distance.chance < policy.chance(of: feature), let level = policy.level(distance, isKinds: isKinds)
                else { continue }
                if let found = findings[feature], found.level > level { continue }
                findings[feature] = DriftFinding(
                    feature: feature, level: level, window: size, distance: distance,
                    onset: Onset.imagesAgo(samples.suffix(memory), feature, reference[feature], distance.kind))
            }
        }
        return findings.values.sorted { ($1.level, $0.distance.chance) < ($0.level, $1.distance.chance) }
    }

    /// Looks at a source that has no reference of its own yet, beside one of others: only what is grossly different, and
    /// not what merely tells one maker's device from another's.
    public func lookAtStranger(_ samples: [FeatureSample], others: ReferenceProfile) -> [DriftFinding] {
        guard samples.count >= Self.strangerWindow else { return [] }
        let recent = samples.suffix(policy.window)
        let window = ReferenceProfile(recent)
        return Feature.allCases.compactMap { feature in
            guard !feature.isOfDevice, feature.kinds == nil || feature == .positive,
                let distance = Distance(
                    reference: others[feature], window: window[feature], isKinds: feature.kinds != nil),
                distance.chance < policy.chance(of: feature), distance.ks >= Self.strangerDifference
            else { return nil }
            return DriftFinding(
                feature: feature, level: distance.ks >= Self.gross ? .critical : .warning, window: recent.count,
                distance: distance, onset: recent.count)
        }.sorted { $0.distance.ks > $1.distance.ks }
    }

    /// Images before a stranger is judged, and what then is worth a word: half of its images where the others have none.
    private static let strangerWindow = 50
    private static let strangerDifference = 0.6
    private static let gross = 0.9
}

/// When a change began.
enum Onset {
    /// The split of the samples that is most unlikely if nothing changed: a change of the mean of one feature, or of the
    /// share of one kind. Returns how many images lie behind it.
    static func imagesAgo(
        _ samples: ArraySlice<FeatureSample>, _ feature: Feature, _ reference: [Int], _ kind: Int?
    ) -> Int {
        func value(_ step: Int) -> Double { kind.map { step == $0 ? 1 : 0 } ?? Double(step) }
        let total = Double(max(1, reference.reduce(0, +)))
        let mean = reference.enumerated().reduce(0) { $0 + value($1.offset) * Double($1.element) } / total
        // From the newest back: before the change the sum drifts away, behind it it comes to rest.
        var (sum, best, ago, count) = (0.0, 0.0, 0, 0)
        let values = samples.reversed().map { sample in sample[feature].map { value($0) - mean } }
        for element in values {
            count += 1
            guard let element else { continue }
            sum += element
            let strength = sum * sum / Double(count)
            if strength > best { (best, ago) = (strength, count) }
        }
        return max(ago, 1)
    }
}
