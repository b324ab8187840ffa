import Foundation

/// What the training radiographs of one model look like, so that an image which is none of them can be told: how a
/// frontal chest stands in the picture, and where the network's own features of such pictures lie.
///
/// Made by `cxrgate model calibrate` from training radiographs alone; valid for the weights whose hash it bears.
public struct TrustProfile: Sendable, Codable, Hashable {
    /// Lower-case hexadecimal SHA-256 of the ONNX file.
    public let modelHash: String
    /// How many radiographs it was made from, and on how many others its bounds were set.
    public let images: Int
    public let heldOut: Int
    /// A chest seen from afar, 8 × 8, row by row: what an upright picture has more of than a turned or inverted one.
    let template: [Float]
    /// Beyond these leads of another pose an image is said to be inverted, or turned.
    let polarityBound: Float
    let orientationBound: Float
    /// Mean of the pooled features `[C]`, their main directions `[K][C]` of length 1, and the spread along each.
    let mean: [Float]
    let directions: [[Float]]
    let deviations: [Float]
    /// Spread of what the directions do not explain.
    let residual: Float
    /// Raw distance that one held-out radiograph of a hundred exceeds; the unit of ``Place/distance``.
    let unit: Float
    /// In that unit: beyond it an image is like none that the model was made for.
    public let farBound: Float

    /// Where an image stands among poses.
    public struct Pose: Sendable, Hashable {
        /// By how much the inverted picture looks more like an upright chest than the picture does; negative if less.
        public let invertedLead: Float
        /// The same of the best of the three turns.
        public let turnedLead: Float
    }

    /// Where an image stands among the training radiographs.
    public struct Place: Sendable, Hashable {
        /// 1: as far as one of a hundred.
        public let distance: Float
        /// Along the first four directions, in standard deviations.
        public let embedding: [Float]
    }

    /// The pose of a picture, from the network's input `[height][width]`.
    public func pose(input: [Float], width: Int, height: Int) -> Pose {
        let upright = Thumbnail(input, width: width, height: height)
        let score = upright.score(template)
        let turns = [upright.turned, upright.turned.turned, upright.turned.turned.turned].map { $0.score(template) }
        return Pose(invertedLead: -2 * score, turnedLead: (turns.max() ?? score) - score)
    }

    func isInverted(_ pose: Pose) -> Bool { pose.invertedLead > polarityBound }
    func isTurned(_ pose: Pose) -> Bool { pose.turnedLead > orientationBound }

    /// The place of pooled features `[C]`; `nil` for another number of them.
    public func place(features: [Float]) -> Place? {
        guard features.count == mean.count, unit > 0 else { return nil }
        let (raw, along) = Self.raw(
            features, mean: mean, directions: directions, deviations: deviations, residual: residual)
        return Place(distance: raw / unit, embedding: Array(along.prefix(4)))
    }

    /// Distance in a normal law with one spread for all other directions, divided by the number of its parts.
    static func raw(
        _ features: [Float], mean: [Float], directions: [[Float]], deviations: [Float], residual: Float
    ) -> (distance: Float, along: [Float]) {
        var rest = zip(features, mean).map { $0 - $1 }
        var along: [Float] = []
        var sum: Float = 0
        for (direction, deviation) in zip(directions, deviations) {
            let part = zip(rest, direction).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            for index in rest.indices { rest[index] -= part * direction[index] }
            along.append(part / deviation)
            sum += (part / deviation) * (part / deviation)
        }
        let left = rest.reduce(Float(0)) { $0 + $1 * $1 } / (residual * residual)
        return (((sum + left) / Float(directions.count + 1)).squareRoot(), along)
    }

    /// The profile of the built-in model; `nil` if it was made for other weights.
    public static func builtIn(for modelHash: String) -> TrustProfile? {
        let profile = try? JSONDecoder().decode(TrustProfile.self, from: Data(builtInJSON.utf8))
        return profile?.modelHash == modelHash ? profile : nil
    }
}

/// A picture seen from afar: 8 × 8 means with mean 0 and deviation 1, so that exposure and contrast do not matter.
struct Thumbnail: Sendable, Hashable {
    static let side = 8
    let values: [Float]

    /// Takes means of a grid `[height][width]` of at least 8 × 8.
    init(_ grid: [Float], width: Int, height: Int) {
        let side = Self.side
        var means = [Float](repeating: 0, count: side * side)
        for row in 0..<side {
            for column in 0..<side {
                let rows = (row * height / side)..<max(row * height / side + 1, (row + 1) * height / side)
                let columns = (column * width / side)..<max(column * width / side + 1, (column + 1) * width / side)
                var sum: Float = 0
                for y in rows { for x in columns { sum += grid[y * width + x] } }
                means[row * side + column] = sum / Float(rows.count * columns.count)
            }
        }
        let mean = means.reduce(0, +) / Float(means.count)
        let variance = means.reduce(Float(0)) { $0 + ($1 - mean) * ($1 - mean) } / Float(means.count)
        values = means.map { ($0 - mean) / max(variance.squareRoot(), 1e-6) }
    }

    private init(_ values: [Float]) { self.values = values }

    /// Turned by a quarter.
    var turned: Thumbnail {
        let side = Self.side
        return Thumbnail(
            (0..<(side * side)).map { index in values[(index % side) * side + side - 1 - index / side] })
    }

    /// Black and white exchanged.
    var inverted: Thumbnail { Thumbnail(values.map { -$0 }) }

    func score(_ template: [Float]) -> Float { zip(values, template).reduce(0) { $0 + $1.0 * $1.1 } }
}
