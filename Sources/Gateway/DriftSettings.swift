import Drift

/// How drift is watched, and what follows from it.
public struct DriftSettings: Sendable, Codable, Hashable {
    /// What a critical finding does to the model. Reception goes on in any case.
    public enum StopRule: String, Sendable, Codable, CaseIterable {
        /// Nothing but alarms.
        case never
        /// The model is paused; its images are answered by "AI not performed" until a person resumes it.
        case critical
    }

    public var isWatched = true
    /// Images of a source that make its reference.
    public var referenceImages = 2000
    public var policy = DriftPolicy()
    public var stop = StopRule.never

    public init() {}
}
