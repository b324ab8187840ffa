/// A probability and its two thresholds in percent, written so that they can be compared as they stand: rounding must
/// not lift a number over a threshold that it does not reach, nor make a certainty of 99.98 % look like certainty itself.
struct CertaintyWords: Hashable, Sendable {
    let probability: String
    let threshold: String
    let lowerThreshold: String

    /// All three in 0…1. As few digits after the point as tell the truth, from one to `mostDigits`.
    init(probability: Double, threshold: Double, lowerThreshold: Double) {
        for digits in 1...CertaintyWords.mostDigits {
            let written = [probability, threshold, lowerThreshold].map { CertaintyWords.units($0, digits: digits) }
            let whole = CertaintyWords.units(1, digits: digits)
            let keepsOrder =
                (written[0] >= written[1]) == (probability >= threshold)
                && (written[0] >= written[2]) == (probability >= lowerThreshold)
            let keepsDoubt =
                (written[0] == 0) == (probability == 0) && (written[0] == whole) == (probability == 1)
            guard (keepsOrder && keepsDoubt) || digits == CertaintyWords.mostDigits else { continue }
            self.probability = ReportText.decimal(probability * 100, digits: digits)
            self.threshold = ReportText.decimal(threshold * 100, digits: digits)
            self.lowerThreshold = ReportText.decimal(lowerThreshold * 100, digits: digits)
            return
        }
        preconditionFailure("the last round returns")
    }

    /// Finer than the 32-bit numbers that a network computes with.
    private static let mostDigits = 7

    /// Same rounding as `ReportText.decimal`.
    private static func units(_ part: Double, digits: Int) -> Int {
        var scale = 100.0
        for _ in 0..<digits { scale *= 10 }
        return Int((part * scale).rounded())
    }

    /// What the numbers mean for the decision, with the band between the thresholds where there is one.
    var rule: String {
        threshold == lowerThreshold
            ? "present from \(threshold) %, otherwise not found"
            : "not found below \(lowerThreshold) %, undetermined from \(lowerThreshold) % and below \(threshold) %, "
                + "present from \(threshold) %"
    }
}
