/// A synthetic image that walks the real path now and then.
public struct CanarySettings: Sendable, Codable, Hashable {
    /// Minutes between two of them; 0: none.
    public var minutes = 0
    /// The report must be there after so many seconds.
    public var seconds = 60.0

    public init() {}
}

extension ConfigurationTopic {
    static let canary = ConfigurationTopic(
        [
            .whole(
                "canary.minutes", \.canary.minutes, 0...1440, unit: "minutes", .live,
                """
                Every so many minutes a synthetic radiograph walks the whole path to a destination of its own on the \
                loopback; an alarm says when it does not come back, or with another answer than the first time. It counts \
                in no statistics and goes to no other destination. 0: none. See `cxrgate canary`.
                """),
            .number(
                "canary.seconds", \.canary.seconds, 1...600, unit: "seconds", .live,
                """
                Its report must have come back after so many seconds; the quiet time of a study is part of it.
                """),
        ])
}
