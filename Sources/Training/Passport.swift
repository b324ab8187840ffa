import Foundation

extension TrainingReport {
    /// The model's passport, `model.json`. `sha256` is the lower-case hexadecimal SHA-256 of `onnx`. Same report, same
    /// bytes.
    public func passport(sha256: String) throws(TrainingError) -> [UInt8] {
        let card = configuration.card
        let labels = zip(card.findings, thresholds).enumerated().map { index, pair in
            let code = pair.0.split(separator: " ", maxSplits: 2).map(String.init)
            return Passport.Label(
                name: configuration.classes.isEmpty ? code[2] : configuration.classes[index], code: code,
                threshold: pair.1.upper, lowerThreshold: pair.1.lower)
        }
        let passport = Passport(
            id: card.id, version: card.version, labels: labels,
            output: configuration.outputs == 1 ? "sigmoid" : "softmax",
            input: .init(
                width: configuration.inputSize, height: configuration.inputSize,
                mean: Double("\(configuration.mean)") ?? 0, std: Double("\(configuration.std)") ?? 1),
            population: .init(
                minimumAgeYears: card.minimumAgeYears, maximumAgeYears: card.maximumAgeYears, views: card.views),
            explanationLayer: explanationLayer, explanationFullScale: explanationFullScale,
            trainingData: card.trainingData,
            validation: .init(
                auroc: rounded(validation.auroc), images: validation.images, patients: validation.patients,
                positives: validation.positives, sensitivity: rounded(validation.sensitivity),
                specificity: rounded(validation.specificity), brier: rounded(validation.brier),
                calibrationError: rounded(validation.calibrationError), undetermined: validation.undetermined),
            calibration: .init(method: configuration.outputs == 1 ? "Platt" : "temperature", prevalence: 0.5),
            thresholdRule: "largest thresholds with held-out sensitivity of at least \(configuration.sensitivity) "
                + "(present) and \(configuration.lowerSensitivity) (not absent)",
            training: .init(
                images: trainingImages, patients: trainingPatients, epochs: history.count, bestEpoch: bestEpoch,
                seed: configuration.seed, parameters: parameterCount, family: configuration.family.rawValue),
            sha256: sha256)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(passport)) + [0x0A]
        } catch {
            throw .cannotWrite
        }
    }

    private func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}

/// The fields of `model.json`.
private struct Passport: Encodable {
    struct Label: Encodable {
        let name: String
        let code: [String]
        let threshold: Double
        let lowerThreshold: Double
    }
    struct Input: Encodable {
        let width: Int
        let height: Int
        let mean: Double
        let std: Double
        let intensity = "percentile-0.5-99.5"
        let resize = "squash"
    }
    struct Population: Encodable {
        let minimumAgeYears: Int
        let maximumAgeYears: Int
        let views: [String]
    }
    struct Validation: Encodable {
        let auroc: Double
        let images: Int
        let patients: Int
        let positives: Int
        let sensitivity: Double
        let specificity: Double
        let brier: Double
        let calibrationError: Double
        let undetermined: Int
    }
    struct CalibrationNote: Encodable {
        let method: String
        let prevalence: Double
    }
    struct TrainingNote: Encodable {
        let images: Int
        let patients: Int
        let epochs: Int
        let bestEpoch: Int
        let seed: UInt64
        let parameters: Int
        let family: String
    }
    let id: String
    let version: String
    let labels: [Label]
    /// How logits become probabilities.
    let output: String
    let input: Input
    let population: Population
    let explanationLayer: String
    let explanationFullScale: Float
    let trainingData: String
    let validation: Validation
    let calibration: CalibrationNote
    let thresholdRule: String
    let training: TrainingNote
    let sha256: String
}
