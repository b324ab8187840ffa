import Foundation

/// A logit made honest: sigmoid(scale * logit + offset) is the chance of the finding where it is as frequent as its
/// absence. Source: Platt 1999, with his softened targets; both classes weigh the same.
struct Calibration {
    let scale: Double
    let offset: Double

    /// Leaves logits as they are.
    static let identity = Calibration(scale: 1, offset: 0)

    init(scale: Double, offset: Double) {
        self.scale = scale
        self.offset = offset
    }

    /// Fits by Newton's method on held-out logits. Falls back to the identity if the fit is not usable.
    init(_ logits: [Float], _ labels: [Bool]) {
        let positives = Double(labels.count { $0 })
        let negatives = Double(labels.count) - positives
        let targets = labels.map { $0 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2) }
        let weights = labels.map { $0 ? 0.5 / max(1, positives) : 0.5 / max(1, negatives) }
        var (a, b) = (1.0, 0.0)

        func loss(_ a: Double, _ b: Double) -> Double {
            var sum = 0.0
            for index in logits.indices {
                let z = a * Double(logits[index]) + b
                sum += weights[index] * (Metrics.softplus(z) - targets[index] * z)
            }
            return sum
        }
        var current = loss(a, b)
        for _ in 0..<100 {
            var (ga, gb, haa, hab, hbb) = (0.0, 0.0, 1e-9, 0.0, 1e-9)
            for index in logits.indices {
                let x = Double(logits[index])
                let p = 1 / (1 + exp(-(a * x + b)))
                let (g, h) = (weights[index] * (p - targets[index]), weights[index] * p * (1 - p))
                ga += g * x
                gb += g
                haa += h * x * x
                hab += h * x
                hbb += h
            }
            let determinant = haa * hbb - hab * hab
            guard determinant > 0 else { break }
            let (da, db) = ((ga * hbb - gb * hab) / determinant, (gb * haa - ga * hab) / determinant)
            var step = 1.0
            while step > 1e-6, loss(a - step * da, b - step * db) > current { step /= 2 }
            guard step > 1e-6 else { break }
            a -= step * da
            b -= step * db
            let next = loss(a, b)
            defer { current = next }
            if current - next < 1e-12 { break }
        }
        let isUsable = a.isFinite && b.isFinite && a > 0
        scale = isUsable ? a : 1
        offset = isUsable ? b : 0
    }
}

/// Two thresholds by a stated rule: at or above the upper one the finding is present, below the lower one absent, and
/// between them undetermined.
struct Thresholds {
    let upper: Double
    let lower: Double

    /// The upper threshold is the largest at which at least `sensitivity` of the held-out positives are found, the
    /// lower one the largest at which at least `lowerSensitivity` are. Both are rounded down to 0.001.
    init(_ probabilities: [Float], _ labels: [Bool], sensitivity: Double, lowerSensitivity: Double) {
        let positives = zip(probabilities, labels).filter { $0.1 }.map { Double($0.0) }.sorted(by: >)
        func threshold(_ part: Double) -> Double {
            guard !positives.isEmpty else { return 0.5 }
            let needed = min(positives.count, max(1, Int((part * Double(positives.count)).rounded(.up))))
            return max(0, (positives[needed - 1] * 1000).rounded(.down) / 1000)
        }
        upper = threshold(sensitivity)
        lower = min(upper, threshold(lowerSensitivity))
    }
}
