/// How a threshold is chosen. A score at or above it is positive.
public enum ThresholdRule: Sendable, Hashable {
    /// Given by a person; 0…1.
    case fixed(Double)
    /// Greatest sensitivity + specificity - 1; of equals the highest. Source: Youden 1950.
    case youden
    /// Greatest F1; of equals the highest.
    case f1
    /// The highest threshold with at least this sensitivity.
    case sensitivity(Double)
    /// The lowest threshold with at least this specificity.
    case specificity(Double)
    /// The lowest threshold with at least this positive predictive value.
    case ppv(Double)
    /// The highest threshold with at least this negative predictive value.
    case npv(Double)

    /// Reads `youden`, `f1`, `sensitivity>=0.95`, `specificity>=0.9`, `ppv>=0.8`, `npv>=0.99`.
    public init(_ text: String) throws(EvaluationError) {
        let parts = text.lowercased().replacing(" ", with: "").split(separator: ">=", omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("youden", 1): self = .youden
        case ("f1", 1): self = .f1
        case (let name?, 2):
            guard let bound = Double(parts[1]), bound >= 0, bound <= 1 else {
                throw .badSetting(name: "the bound of --rule", range: "a number within 0…1")
            }
            switch name {
            case "sensitivity", "recall": self = .sensitivity(bound)
            case "specificity": self = .specificity(bound)
            case "ppv", "precision": self = .ppv(bound)
            case "npv": self = .npv(bound)
            default: throw ThresholdRule.unknown
            }
        default: throw ThresholdRule.unknown
        }
    }

    /// A threshold of a person; throws if it is not a finite number within 0…1.
    public init(threshold: Double) throws(EvaluationError) {
        guard threshold >= 0, threshold <= 1 else {
            throw .badSetting(name: "--threshold", range: "a finite number within 0…1")
        }
        self = .fixed(threshold)
    }

    private static let unknown = EvaluationError.badSetting(
        name: "--rule", range: "youden, f1, sensitivity>=X, specificity>=X, ppv>=X or npv>=X")

    /// As it is written.
    public var text: String {
        switch self {
        case .fixed(let threshold): "threshold=\(threshold)"
        case .youden: "youden"
        case .f1: "f1"
        case .sensitivity(let bound): "sensitivity>=\(bound)"
        case .specificity(let bound): "specificity>=\(bound)"
        case .ppv(let bound): "ppv>=\(bound)"
        case .npv(let bound): "npv>=\(bound)"
        }
    }
}

/// Looks at every threshold from the highest down and keeps the one that the rule wants.
struct ThresholdChoice {
    private let rule: ThresholdRule
    private let positives: Int
    private let negatives: Int
    private(set) var threshold: Double?
    private var best = -Double.infinity
    /// Counts are whole: less than a half of the smallest step between shares that matter is rounding.
    private static let rounding = 1e-9

    init(_ rule: ThresholdRule, positives: Int, negatives: Int) {
        (self.rule, self.positives, self.negatives) = (rule, positives, negatives)
        if case .fixed(let given) = rule { threshold = given }
    }

    /// - Parameters:
    ///   - truePositives: positives at or above `candidate`.
    ///   - falsePositives: negatives at or above it.
    mutating func consider(_ candidate: Double, truePositives: Int, falsePositives: Int) {
        let (tp, fp) = (Double(truePositives), Double(falsePositives))
        let (p, n) = (Double(positives), Double(negatives))
        func keepGreatest(_ value: Double) {
            if value > best { (best, threshold) = (value, candidate) }
        }
        func isAtLeast(_ bound: Double, _ part: Double, of whole: Double) -> Bool {
            whole > 0 && part >= bound * whole - Self.rounding
        }
        switch rule {
        case .fixed: break
        case .youden: if p > 0, n > 0 { keepGreatest(tp / p - fp / n) }
        case .f1: if p > 0 { keepGreatest(2 * tp / (p + tp + fp)) }
        case .sensitivity(let bound): if threshold == nil, isAtLeast(bound, tp, of: p) { threshold = candidate }
        case .specificity(let bound): if isAtLeast(bound, n - fp, of: n) { threshold = candidate }
        case .ppv(let bound): if isAtLeast(bound, tp, of: tp + fp) { threshold = candidate }
        case .npv(let bound):
            if threshold == nil, isAtLeast(bound, n - fp, of: n - fp + p - tp) { threshold = candidate }
        }
    }
}
