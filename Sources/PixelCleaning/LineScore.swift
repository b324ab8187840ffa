import Foundation

/// Weighs the features of a line: a logistic regression, fitted on lines of names, numbers and dates rendered into half
/// of the public radiographs against everything else that was found in them; the other half was held out.
///
/// How it was made and what it is worth: `Conformance/PixelCleaning.md`.
enum LineScore {
    /// In the order of ``LineFeatures/names``.
    private static let weights: [Double] = [
        2.545, -8.075, -2.769, -9.21, -0.6465, 3.03, -23.81, -2.982, 2.091, 6.908, 4.04, 4.472, 3.152, 14.89, -1.562,
        1.147, 13.51,
    ]
    private static let bias = -21.287
    /// Fewer of one image in a hundred have a line of anatomy above this.
    static let certain = 1.0
    /// In an image that has a certain line, others above this belong to it.
    static let likely = -1.0
    /// What looks like no characters at all is none, however straight it stands.
    private static let smallestLikeness = 0.3
    /// Ribs and vertebrae stand in columns more often than writing does.
    private static let verticalPenalty = 1.0

    /// Above 0: more likely text than not. `nil`: not text.
    static func score(_ features: LineFeatures, isVertical: Bool) -> Double? {
        guard features.likeness >= smallestLikeness else { return nil }
        let sum = zip(weights, features.values).reduce(bias) { $0 + $1.0 * $1.1 }
        return isVertical ? sum - verticalPenalty : sum
    }
}
