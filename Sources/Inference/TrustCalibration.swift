import Foundation

/// Makes a ``TrustProfile`` from training radiographs. Deterministic; no random numbers.
public struct TrustCalibration {
    private var thumbnails: [Thumbnail] = []
    private var features: [[Float]] = []
    private var heldThumbnails: [Thumbnail] = []
    private var heldFeatures: [[Float]] = []

    /// Directions that are told apart; the other features together are one more.
    private static let directions = 16
    /// Steps of power iteration for a direction, and of descent for the template.
    private static let iterations = 100
    private static let descents = 400
    private static let batch = 512
    /// Keeps the template small; 0.01 and 0.1 tell poses equally well.
    private static let decay: Float = 0.1

    public init() {}

    /// Takes one radiograph: the network's input and its pooled features. Held-out ones set the bounds.
    public mutating func add(input: [Float], width: Int, height: Int, features: [Float], isHeldOut: Bool) {
        let thumbnail = Thumbnail(input, width: width, height: height)
        if isHeldOut {
            heldThumbnails.append(thumbnail)
            heldFeatures.append(features)
        } else {
            thumbnails.append(thumbnail)
            self.features.append(features)
        }
    }

    /// - Returns: `nil` with fewer than 200 radiographs to learn from, or fewer than 100 to set bounds on.
    public func profile(modelHash: String) -> TrustProfile? {
        guard thumbnails.count >= 200, heldThumbnails.count >= 100, let channels = features.first?.count,
            (features + heldFeatures).allSatisfy({ $0.count == channels })
        else { return nil }
        let template = Self.template(thumbnails)
        // As surely inverted as all but one of a thousand held-out radiographs are upright; as surely turned as all but
        // one of twenty: a turned chest is harder to tell in grown-ups, whom the training radiographs do not show.
        let upright = heldThumbnails.map { thumbnail in
            let score = thumbnail.score(template)
            let turns = [thumbnail.turned, thumbnail.turned.turned, thumbnail.turned.turned.turned]
            return (2 * score, score - (turns.map { $0.score(template) }.max() ?? 0))
        }
        let law = Self.law(features)
        let distances = heldFeatures.map { features in
            TrustProfile.raw(
                features, mean: law.mean, directions: law.directions, deviations: law.deviations,
                residual: law.residual
            ).distance
        }.sorted()
        let unit = Self.quantile(0.99, of: distances)
        return TrustProfile(
            modelHash: modelHash, images: thumbnails.count, heldOut: heldThumbnails.count,
            template: template.map(Self.rounded),
            polarityBound: Self.rounded(Self.quantile(0.001, of: upright.map(\.0))),
            orientationBound: Self.rounded(Self.quantile(0.05, of: upright.map(\.1))), mean: law.mean.map(Self.rounded),
            directions: law.directions.map { $0.map(Self.rounded) }, deviations: law.deviations.map(Self.rounded),
            residual: Self.rounded(law.residual), unit: Self.rounded(unit),
            // Twice as far as the farthest of them.
            farBound: Self.rounded(2 * (distances.last ?? 0) / unit))
    }

    /// Softmax over six poses (upright, inverted, three turns, mirrored), by plain descent with momentum.
    private static func template(_ thumbnails: [Thumbnail]) -> [Float] {
        let poses = thumbnails.map { upright -> [[Float]] in
            let side = Thumbnail.side
            let mirrored = (0..<(side * side)).map { upright.values[$0 / side * side + side - 1 - $0 % side] }
            return [
                upright.values, upright.inverted.values, upright.turned.values, upright.turned.turned.values,
                upright.turned.turned.turned.values, mirrored,
            ]
        }
        let size = Thumbnail.side * Thumbnail.side
        var template = [Float](repeating: 0, count: size)
        var velocity = template
        // Every n-th of them in each step, begun one further each time: a few hundred say where to go.
        let stride = max(1, poses.count / batch)
        for step in 0..<descents {
            var gradient = template.map { $0 * decay }
            let chosen = Swift.stride(from: step % stride, to: poses.count, by: stride)
            let share = Float(poses.count) / Float(stride)
            for pose in chosen.lazy.map({ poses[$0] }) {
                let scores = pose.map { values in zip(values, template).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
                let most = scores.max() ?? 0
                let parts = scores.map { Foundation.exp($0 - most) }
                let total = parts.reduce(0, +)
                for (index, values) in pose.enumerated() {
                    let weight = (parts[index] / total - (index == 0 ? 1 : 0)) / share
                    for place in 0..<size { gradient[place] += weight * values[place] }
                }
            }
            for place in 0..<size {
                velocity[place] = 0.9 * velocity[place] - 0.05 * gradient[place]
                template[place] += velocity[place]
            }
        }
        return template
    }

    /// The normal law of the features: main directions by power iteration on the covariance.
    private static func law(
        _ features: [[Float]]
    ) -> (mean: [Float], directions: [[Float]], deviations: [Float], residual: Float) {
        let (count, channels) = (Float(features.count), features[0].count)
        var mean = [Float](repeating: 0, count: channels)
        for row in features { for index in 0..<channels { mean[index] += row[index] / count } }
        var covariance = [Float](repeating: 0, count: channels * channels)
        for row in features {
            for a in 0..<channels {
                let left = (row[a] - mean[a]) / count
                for b in 0..<channels { covariance[a * channels + b] += left * (row[b] - mean[b]) }
            }
        }
        var trace = (0..<channels).reduce(Float(0)) { $0 + covariance[$1 * channels + $1] }
        var (directions, deviations): ([[Float]], [Float]) = ([], [])
        // Some are left for the rest, whose spread would otherwise be one of rounding.
        for number in 0..<min(Self.directions, channels / 2) {
            var direction = (0..<channels).map { $0 % (number + 2) == 0 ? Float(1) : -0.5 }
            var strength: Float = 0
            for _ in 0..<iterations {
                var next = [Float](repeating: 0, count: channels)
                for a in 0..<channels {
                    for b in 0..<channels { next[a] += covariance[a * channels + b] * direction[b] }
                }
                strength = next.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
                guard strength > 1e-12 else { break }
                direction = next.map { $0 / strength }
            }
            guard strength > 1e-12 else { break }
            directions.append(direction)
            deviations.append(strength.squareRoot())
            trace -= strength
            for a in 0..<channels {
                for b in 0..<channels { covariance[a * channels + b] -= strength * direction[a] * direction[b] }
            }
        }
        return (mean, directions, deviations, max(trace, 1e-12).squareRoot())
    }

    private static func quantile(_ part: Double, of values: [Float]) -> Float {
        let sorted = values.sorted()
        return sorted[min(Int(part * Double(sorted.count)), sorted.count - 1)]
    }

    /// Four digits: the file stays small, and a bound is not known better.
    private static func rounded(_ value: Float) -> Float {
        guard value != 0, value.isFinite else { return 0 }
        let scale = Foundation.pow(10, 4 - Foundation.ceil(Foundation.log10(abs(value))))
        return (value * scale).rounded() / scale
    }
}
