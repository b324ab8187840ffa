import Foundation

/// How scores agree with labels.
public enum Metrics {
    /// The area under the ROC curve: the chance that a random positive scores above a random negative, ties half.
    /// `nil` if a class is missing. Source: Mann and Whitney 1947.
    public static func auroc(_ scores: [Float], _ labels: [Bool]) -> Double? {
        precondition(scores.count == labels.count, "every score needs a label")
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var rankSum = 0.0
        var at = 0
        while at < order.count {
            var end = at
            while end < order.count, scores[order[end]] == scores[order[at]] { end += 1 }
            // Ranks at+1 ... end share their mean.
            let rank = Double(at + 1 + end) / 2
            for index in at..<end where labels[order[index]] { rankSum += rank }
            at = end
        }
        let positives = Double(labels.count { $0 })
        let negatives = Double(labels.count) - positives
        guard positives > 0, negatives > 0 else { return nil }
        return (rankSum - positives * (positives + 1) / 2) / (positives * negatives)
    }

    /// Mean of -log p(label), each class weighted; from logits, without overflow.
    static func crossEntropy(_ logits: [Float], _ labels: [Bool], positiveWeight: Double, negativeWeight: Double)
        -> Double
    {
        var (sum, weights) = (0.0, 0.0)
        for (logit, label) in zip(logits, labels) {
            let weight = label ? positiveWeight : negativeWeight
            sum += weight * softplus(label ? -Double(logit) : Double(logit))
            weights += weight
        }
        return weights > 0 ? sum / weights : 0
    }

    /// log(1 + e^x)
    static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}

/// What a threshold does to a set of scores.
public struct Confusion: Sendable, Codable, Hashable {
    public let truePositives: Int
    public let falsePositives: Int
    public let trueNegatives: Int
    public let falseNegatives: Int

    /// Counts a score at or above the threshold as positive.
    public init(_ scores: [Float], _ labels: [Bool], threshold: Float) {
        var counts = [0, 0, 0, 0]
        for (score, label) in zip(scores, labels) {
            counts[(score >= threshold ? 0 : 2) + (label == (score >= threshold) ? 0 : 1)] += 1
        }
        truePositives = counts[0]
        falsePositives = counts[1]
        trueNegatives = counts[2]
        falseNegatives = counts[3]
    }

    /// Part of the present that is found.
    public var sensitivity: Double { Double(truePositives) / Double(max(1, truePositives + falseNegatives)) }
    /// Part of the absent that is passed.
    public var specificity: Double { Double(trueNegatives) / Double(max(1, trueNegatives + falsePositives)) }
}
