/// When a difference is worth a word, and how seldom chance may cause one.
///
/// A difference is reported when it is both unlikely and large. Unlikely: a window of a quiet source is allowed
/// ``falseAlarmsPerQuarter`` for **all** looks at **all** features over a quarter of ``quarterImages`` images, divided
/// beforehand (Bonferroni, weighted), so the rate holds whatever the features have to do with each other. Large: beyond a floor of
/// effect, so that in a busy department a difference that nobody could see does not alarm.
public struct DriftPolicy: Sendable, Codable, Hashable {
    /// The longest window, in images of one source. A half and a quarter of it are looked at too: they find sooner.
    public var window = 1000
    /// The chance of any false alarm of one source in a quarter, 0…1.
    public var falseAlarmsPerQuarter = 0.05
    /// What counts as a quarter: images of one source. A busier source gets its share more often.
    public var quarterImages = 6000

    public init() {}

    /// The windows, shortest first, each with the number of images between two looks: a fifth of itself.
    var windows: [(size: Int, stride: Int)] {
        [window / 4, window / 2, window].map { (max($0, 50), max($0 / 5, 10)) }
    }

    /// The part of the allowed alarms that score and share of positive images get, half each: what the model says is
    /// what harms patients when it shifts, and a shift of prevalence moves little else.
    private static let shareOfVerdicts = 0.4

    /// The chance that one comparison of a feature may have.
    func chance(of feature: Feature) -> Double {
        let looks = windows.reduce(0) { $0 + quarterImages / $1.stride }
        let isVerdict = feature == .score || feature == .positive
        let part =
            isVerdict ? Self.shareOfVerdicts / 2 : (1 - Self.shareOfVerdicts) / Double(Feature.allCases.count - 2)
        return falseAlarmsPerQuarter * part / Double(looks)
    }

    /// How large a difference is: the greater of its measures against their floors. PSI 0.1 and 0.25 are the customary
    /// bounds of "moderate" and "large" (Siddiqi, Credit Risk Scorecards, 2006).
    func level(_ distance: Distance, isKinds: Bool) -> DriftLevel? {
        if isKinds {
            return distance.ks >= 0.25 ? .critical : distance.ks >= 0.05 || distance.psi >= 0.1 ? .warning : nil
        }
        if distance.psi >= 0.5 || distance.wasserstein >= 0.8 { return .critical }
        return distance.psi >= 0.1 || distance.wasserstein >= 0.2 || distance.ks >= 0.1 ? .warning : nil
    }
}

public enum DriftLevel: String, Sendable, Codable, Hashable, Comparable {
    case warning, critical
    public static func < (a: Self, b: Self) -> Bool { a == .warning && b == .critical }
}

/// One feature of one source that is not as it was.
public struct DriftFinding: Sendable, Codable, Hashable {
    public let feature: Feature
    public let level: DriftLevel
    /// Images in the window that told.
    public let window: Int
    public let distance: Distance
    /// How many images ago it began, as far as can be told.
    public let onset: Int
}
