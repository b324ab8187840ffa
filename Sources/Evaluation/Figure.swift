/// One measured figure with its 95 % interval. What cannot be measured is `nil` and says why; it is never a number that
/// looks like one.
public struct Figure: Sendable, Hashable {
    public let value: Double?
    /// Bounds of the 95 % interval.
    public let low: Double?
    public let high: Double?
    /// How the interval was made.
    public let method: Method?
    /// Why there is no value, or no interval.
    public let reason: String?

    /// How an interval was made.
    public enum Method: String, Sendable, Codable {
        /// Structural components of the area under the curve. Source: DeLong et al. 1988.
        case deLong = "DeLong"
        /// Score interval of a proportion. Source: Wilson 1927.
        case wilson = "Wilson"
        /// Percentiles of a Poisson bootstrap over cases. Source: Chamandy et al. 2012.
        case bootstrap
        /// The same over clusters of cases.
        case clusterBootstrap = "cluster bootstrap"
    }

    init(_ value: Double, low: Double, high: Double, method: Method) {
        (self.value, self.low, self.high, self.method, reason) = (value, low, high, method, nil)
    }

    /// A value whose interval cannot be had.
    init(_ value: Double, noIntervalBecause reason: String) {
        (self.value, low, high, method, self.reason) = (value, nil, nil, nil, reason)
    }

    /// No value, and why.
    init(undefined reason: String) {
        (value, low, high, method, self.reason) = (nil, nil, nil, nil, reason)
    }
}

extension Figure {
    /// A share of a whole with Wilson's interval; undefined, with the reason, where there is nothing.
    public static func proportion(_ count: Int, of total: Int, undefined reason: String) -> Figure {
        guard total > 0 else { return Figure(undefined: reason) }
        let bounds = Interval.wilson(count, of: total)
        return Figure(Double(count) / Double(total), low: bounds.low, high: bounds.high, method: .wilson)
    }
}

extension Figure: Codable {
    private enum Key: String, CodingKey { case value, low, high, method, reason }

    /// Every member stands there, `null` where there is nothing.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(value, forKey: .value)
        try container.encode(low, forKey: .low)
        try container.encode(high, forKey: .high)
        try container.encode(method, forKey: .method)
        try container.encode(reason, forKey: .reason)
    }
}

/// Intervals in closed form.
enum Interval {
    /// The 97.5 % point of the standard normal distribution.
    static let normal = 1.959963984540054

    /// Wilson's interval of a proportion; `of` is above zero.
    static func wilson(_ count: Int, of total: Int) -> (low: Double, high: Double) {
        let (n, part) = (Double(total), Double(count) / Double(total))
        let square = normal * normal
        let centre = part + square / (2 * n)
        let reach = normal * (part * (1 - part) / n + square / (4 * n * n)).squareRoot()
        let divisor = 1 + square / n
        // At 0 and 1 the bound is exact; rounding must not put the value outside its own interval.
        return (
            count == 0 ? 0 : max(0, (centre - reach) / divisor),
            count == total ? 1 : min(1, (centre + reach) / divisor)
        )
    }

    /// The 2.5 % and 97.5 % percentiles, between neighbours by straight lines (Hyndman and Fan, type 7). Replicates in
    /// which the figure is undefined do not count; `nil` if more than a tenth are.
    static func percentiles(_ replicates: [Double?]) -> (low: Double, high: Double)? {
        let sorted = replicates.compactMap { $0 }.sorted()
        guard sorted.count >= 2, sorted.count * 10 >= replicates.count * 9 else { return nil }
        func at(_ part: Double) -> Double {
            let place = part * Double(sorted.count - 1)
            let below = Int(place)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
        }
        return (at(0.025), at(0.975))
    }
}
