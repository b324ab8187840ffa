/// How the gray levels of a picture are spread, padding left out; for the check of eligibility and for drift.
public struct PictureFacts: Hashable, Sendable {
    /// The number of steps between black and white on the picture's grid.
    static let steps = 65536

    /// Mean gray level, 0…1.
    public let mean: Float
    /// Standard deviation of the gray level, 0…0.5.
    public let standardDeviation: Float
    /// The gray level that 0.5 % of the pixels do not exceed, 0…1.
    public let lowPercentile: Float
    /// The gray level that 99.5 % of the pixels do not exceed, 0…1.
    public let highPercentile: Float
    /// The part of the pixels that is fully black, 0…1.
    public let blackFraction: Float
    /// The part of the pixels that is fully white, 0…1.
    public let whiteFraction: Float
    /// Different gray levels in use; 1 means blank.
    public let distinctLevels: Int

    /// Takes the number of pixels per level, black first, `steps + 1` of them.
    init(bins: [Int]) {
        var total = 0.0
        var sum = 0.0
        var squares = 0.0
        var distinct = 0
        for (level, count) in bins.enumerated() where count > 0 {
            let value = Double(level) / Double(PictureFacts.steps)
            total += Double(count)
            sum += value * Double(count)
            squares += value * value * Double(count)
            distinct += 1
        }
        let divisor = max(total, 1)
        let average = sum / divisor
        mean = Float(average)
        standardDeviation = Float(max(0, squares / divisor - average * average).squareRoot())
        lowPercentile = PictureFacts.percentile(0.005, of: bins, total: total)
        highPercentile = PictureFacts.percentile(0.995, of: bins, total: total)
        blackFraction = Float(Double(bins.first ?? 0) / divisor)
        whiteFraction = Float(Double(bins.last ?? 0) / divisor)
        distinctLevels = distinct
    }

    /// The smallest level with at least `part` of all pixels at or below it.
    private static func percentile(_ part: Double, of bins: [Int], total: Double) -> Float {
        var seen = 0.0
        for (level, count) in bins.enumerated() where count > 0 {
            seen += Double(count)
            if seen >= part * total { return Float(level) / Float(steps) }
        }
        return 0
    }
}
