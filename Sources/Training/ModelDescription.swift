import Foundation

/// What a model's passport says beside what training measured.
public struct ModelDescription: Sendable {
    public var id: String
    public var version: String
    public var labelName: String
    /// Value, coding scheme, meaning.
    public var labelCode: [String]
    public var minimumAgeYears: Int
    public var maximumAgeYears: Int
    public var views: [String]
    /// Attribution of the training data.
    public var trainingData: String

    public init(
        id: String, version: String, labelName: String, labelCode: [String], minimumAgeYears: Int, maximumAgeYears: Int,
        views: [String], trainingData: String
    ) {
        self.id = id
        self.version = version
        self.labelName = labelName
        self.labelCode = labelCode
        self.minimumAgeYears = minimumAgeYears
        self.maximumAgeYears = maximumAgeYears
        self.views = views
        self.trainingData = trainingData
    }

    /// Pneumonia on paediatric chest radiographs, from the data of Kermany and others.
    public static let paediatricPneumonia = ModelDescription(
        id: "cxr-pneumonia", version: "1.0.0", labelName: "Pneumonia", labelCode: ["233604007", "SCT", "Pneumonia"],
        minimumAgeYears: 1, maximumAgeYears: 5, views: ["AP"],
        trainingData: "Kermany et al., Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for "
            + "Classification, Mendeley Data rscbjbr9sj (CC BY 4.0); in the 224-pixel edition of Yang et al., "
            + "MedMNIST v2 (CC BY 4.0)")
}

extension TrainingReport {
    /// The model's passport, `model.json`. `sha256` is the lower-case hexadecimal SHA-256 of `onnx`. Same report, same
    /// bytes.
    public func passport(_ description: ModelDescription, sha256: String) throws(TrainingError) -> [UInt8] {
        let passport = Passport(
            id: description.id, version: description.version,
            labels: [
                .init(
                    name: description.labelName, code: description.labelCode, threshold: threshold,
                    lowerThreshold: lowerThreshold)
            ],
            input: .init(
                width: configuration.inputSize, height: configuration.inputSize,
                mean: Double("\(configuration.mean)") ?? 0,
                std: Double("\(configuration.std)") ?? 1),
            population: .init(
                minimumAgeYears: description.minimumAgeYears, maximumAgeYears: description.maximumAgeYears,
                views: description.views),
            explanationLayer: explanationLayer, explanationFullScale: explanationFullScale,
            trainingData: description.trainingData,
            validation: .init(
                auroc: rounded(validation.auroc), images: validation.images, patients: validation.patients,
                positives: validation.positives, sensitivity: rounded(validation.sensitivity),
                specificity: rounded(validation.specificity), brier: rounded(validation.brier),
                undetermined: validation.undetermined),
            calibration: .init(method: "Platt", prevalence: 0.5),
            thresholdRule: "largest thresholds with held-out sensitivity of at least \(configuration.sensitivity) "
                + "(present) and \(configuration.lowerSensitivity) (not absent)",
            training: .init(
                images: trainingImages, patients: trainingPatients, epochs: history.count, bestEpoch: bestEpoch,
                seed: configuration.seed, parameters: parameterCount),
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
    }
    let id: String
    let version: String
    let labels: [Label]
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
