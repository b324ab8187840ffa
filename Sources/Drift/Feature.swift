/// What is watched of each image: one number on a fixed scale of 255 steps, or one of a few kinds.
///
/// The place of a feature in a sample is that of its case: new ones are added at the end. The scale never depends on a
/// reference, so that samples stay comparable when a reference is renewed.
public enum Feature: String, Sendable, Codable, Hashable, CaseIterable {
    // The picture as the model sees it.
    case brightness, contrast, black, white, polarity, sharpness
    // What the detector delivered.
    case signalMedian, signalRange, rows, aspect, kilovolts, exposureIndex
    // What the model made of it.
    case score, positive, distance, embedding1, embedding2, embedding3, embedding4
    // Who was examined with what.
    case view, age, photometric

    /// How a value becomes a step.
    enum Scale {
        /// Evenly between two values; beyond them the first or last step.
        case linear(Double, Double)
        /// Evenly in the logarithm to base 2 between two values.
        case logarithmic(Double, Double)
        /// The number of a kind; for `share` 0 or 1.
        case kinds([String])
    }

    var scale: Scale {
        switch self {
        case .brightness, .black, .white: .linear(0, 1)
        case .contrast: .linear(0, 0.5)
        case .polarity: .linear(-1, 1)
        case .sharpness: .logarithmic(1.0 / 4096, 4)
        case .signalMedian, .signalRange: .logarithmic(1, 65536)
        case .rows: .logarithmic(64, 16384)
        case .aspect: .logarithmic(0.25, 4)
        case .kilovolts: .linear(30, 160)
        case .exposureIndex: .logarithmic(1, 65536)
        case .score: .linear(-10, 10)
        case .distance: .logarithmic(0.0625, 16)
        case .embedding1, .embedding2, .embedding3, .embedding4: .linear(-5, 5)
        case .positive: .kinds(["not present", "present"])
        case .view: .kinds(["PA", "AP", "LL", "RL", "LATERAL", "other", "unknown"])
        case .age: .kinds(["0-1", "1-5", "6-17", "18-39", "40-64", "65+", "unknown"])
        case .photometric: .kinds(["MONOCHROME1", "MONOCHROME2", "other"])
        }
    }

    /// What people call it.
    public var words: String {
        switch self {
        case .brightness: "brightness"
        case .contrast: "contrast"
        case .black: "share of black pixels"
        case .white: "share of white pixels"
        case .polarity: "polarity (mediastinum against lungs)"
        case .sharpness: "sharpness"
        case .signalMedian: "detector signal (median of stored values)"
        case .signalRange: "detector signal (range of stored values)"
        case .rows: "number of rows"
        case .aspect: "height to width"
        case .kilovolts: "tube voltage"
        case .exposureIndex: "exposure index"
        case .score: "score of the model (logit)"
        case .positive: "share of positive images"
        case .distance: "distance from the training images"
        case .embedding1, .embedding2, .embedding3, .embedding4:
            "features of the network, direction \(rawValue.suffix(1))"
        case .view: "view"
        case .age: "age band"
        case .photometric: "photometric interpretation"
        }
    }

    /// It tells of the device alone, and differs between makers without any harm.
    var isOfDevice: Bool {
        switch self {
        case .signalMedian, .signalRange, .rows, .aspect, .kilovolts, .exposureIndex, .photometric: true
        default: false
        }
    }

    /// The names of the kinds, where the feature is not a measure.
    public var kinds: [String]? { if case .kinds(let names) = scale { names } else { nil } }

    /// Steps of a measure; also the mark of a value that is not known.
    static let steps = 255

    /// The step of a value; `nil` if it is no number.
    func step(_ value: Double) -> UInt8? {
        func even(_ value: Double, _ low: Double, _ high: Double) -> UInt8? {
            guard !value.isNaN else { return nil }
            let part = min(max((value - low) / (high - low), 0), 1)
            return UInt8(min(part * Double(Self.steps), Double(Self.steps - 1)))
        }
        switch scale {
        case .linear(let low, let high): return even(value, low, high)
        case .logarithmic(let low, let high):
            return even(
                FeatureLogarithm.base2(max(value, low)), FeatureLogarithm.base2(low), FeatureLogarithm.base2(high))
        case .kinds(let names):
            return names.indices.contains(Int(value)) ? UInt8(value) : nil
        }
    }

    /// The value in the middle of a step.
    public func value(_ step: Double) -> Double {
        switch scale {
        case .linear(let low, let high): return low + (step + 0.5) / Double(Self.steps) * (high - low)
        case .logarithmic(let low, let high):
            let (first, last) = (FeatureLogarithm.base2(low), FeatureLogarithm.base2(high))
            return FeatureLogarithm.power2(first + (step + 0.5) / Double(Self.steps) * (last - first))
        case .kinds: return step
        }
    }
}
