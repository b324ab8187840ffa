/// Which device a change of a source comes from.
public struct DeviceBlame: Sendable, Codable, Hashable {
    /// Keyed pseudonym; empty for images whose device is not known.
    public let device: String
    /// Images of it in the window.
    public let images: Int
    public let distance: Distance

    /// The devices of a window that differ from the reference in a feature, the most different first.
    public static func devices(
        of samples: [(device: String, sample: FeatureSample)], feature: Feature, reference: ReferenceProfile
    ) -> [DeviceBlame] {
        Dictionary(grouping: samples, by: \.device).compactMap { device, group in
            Distance(
                reference: reference[feature], window: ReferenceProfile(group.map(\.sample))[feature],
                isKinds: feature.kinds != nil
            ).map { DeviceBlame(device: device, images: group.count, distance: $0) }
        }.sorted { ($0.distance.ks, $0.device) > ($1.distance.ks, $1.device) }
    }
}
