import Foundation
import ModelCard
import Sealing

/// An evaluation report, as far as a promotion needs it: which weights were evaluated, and the score of every case. The
/// figures of the gates are computed from the cases here; a figure that somebody typed counts for nothing, and one that
/// contradicts the cases refuses the report.
public struct EvaluationReport: Sendable {
    private struct File: Decodable {
        struct Model: Decodable { let sha256: String }
        struct Scores: Decodable {
            let positive: [Double]
            let negative: [Double]
        }
        let format: String
        let model: Model
        let label: String
        let scores: Scores
        let auroc: Double?
        let sensitivity: Double?
        let specificity: Double?
        let ece: Double?
    }

    public let label: String
    /// Probability of each case that has the finding, 0…1.
    public let positive: [Double]
    /// Probability of each case that has it not, 0…1.
    public let negative: [Double]
    private let declared: [(name: String, value: Double?)]
    private let sha256: String

    public static let format = "cxrgate evaluation 1"
    /// Cases of a report: more than a site will have, few enough to be sorted at once.
    public static let caseLimit = 1_000_000
    /// Largest difference between a declared figure and the one of the cases: figures are rounded when they are written.
    private static let rounding = 0.0006
    private static let bins = 10

    /// Reads a report about these weights. Throws `evaluation`.
    public init(_ bytes: [UInt8], about package: ModelPackage) throws {
        guard let file = try? JSONDecoder().decode(File.self, from: Data(bytes)) else {
            throw RegistryError.evaluation(
                why: "it must be a report with the score of every case; figures alone are not taken")
        }
        guard file.format == Self.format else {
            throw RegistryError.evaluation(why: "its format is not '\(Self.format)'")
        }
        guard file.model.sha256 == package.card.sha256 else {
            throw RegistryError.evaluation(why: "it is about other weights")
        }
        guard package.card.labels.contains(where: { $0.name == file.label }) else {
            throw RegistryError.evaluation(why: "the model has no label of that name")
        }
        let all = file.scores.positive + file.scores.negative
        guard !file.scores.positive.isEmpty, !file.scores.negative.isEmpty else {
            throw RegistryError.evaluation(why: "it needs cases with the finding and cases without")
        }
        guard all.count <= Self.caseLimit, all.allSatisfy({ $0.isFinite && (0...1).contains($0) }) else {
            throw RegistryError.evaluation(why: "a score is a probability, 0…1, of at most \(Self.caseLimit) cases")
        }
        label = file.label
        positive = file.scores.positive
        negative = file.scores.negative
        declared = [
            ("auroc", file.auroc), ("sensitivity", file.sensitivity), ("specificity", file.specificity),
            ("ece", file.ece),
        ]
        sha256 = Hexadecimal.text(try SHA256.hash(bytes))
    }

    /// The figures at a threshold, from the cases. Throws `evaluation` if the report declares others.
    public func figures(threshold: Double) throws(RegistryError) -> Passport.Evaluation {
        let evaluation = Passport.Evaluation(
            sha256: sha256, label: label, cases: positive.count + negative.count, positives: positive.count,
            auroc: PairedROC.area(positive: positive, negative: negative),
            sensitivity: share(of: positive) { $0 >= threshold },
            specificity: share(of: negative) { $0 < threshold }, ece: calibrationError())
        let computed = [evaluation.auroc, evaluation.sensitivity, evaluation.specificity, evaluation.ece]
        for (figure, value) in zip(declared, computed) {
            guard let stated = figure.value else { continue }
            guard abs(stated - value) <= Self.rounding else {
                throw .evaluation(why: "its \(figure.name) is not the one of its cases at the card's threshold")
            }
        }
        return evaluation
    }

    private func share(of scores: [Double], _ isRight: (Double) -> Bool) -> Double {
        Double(scores.count(where: isRight)) / Double(scores.count)
    }

    /// Expected calibration error over bins of equal width.
    private func calibrationError() -> Double {
        var sums = [(count: Double, score: Double, positive: Double)](repeating: (0, 0, 0), count: Self.bins)
        for (scores, isPositive) in [(positive, 1.0), (negative, 0.0)] {
            for score in scores {
                let bin = min(Int(score * Double(Self.bins)), Self.bins - 1)
                sums[bin].count += 1
                sums[bin].score += score
                sums[bin].positive += isPositive
            }
        }
        let total = Double(positive.count + negative.count)
        return sums.reduce(0) { $0 + abs($1.score - $1.positive) / total }
    }
}

/// What an evaluation must show before a model may speak. Source: the site's configuration, `model.gates.*`.
public struct PromotionGates: Sendable, Codable, Hashable {
    public var cases = 100
    public var auroc = 0.90
    public var sensitivity = 0.85
    public var specificity = 0.70
    /// Largest expected calibration error.
    public var ece = 0.15

    public init() {}

    /// What an evaluation does not reach, in words; empty if it passes.
    public func failures(_ evaluation: Passport.Evaluation) -> [String] {
        func text(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
        var failures: [String] = []
        if evaluation.cases < cases { failures.append("\(evaluation.cases) cases, \(cases) wanted") }
        for (name, value, least) in [
            ("AUROC", evaluation.auroc, auroc), ("sensitivity", evaluation.sensitivity, sensitivity),
            ("specificity", evaluation.specificity, specificity),
        ] where !(value >= least) {
            failures.append("\(name) \(text(value)), at least \(text(least)) wanted")
        }
        if !(evaluation.ece <= ece) {
            failures.append("calibration error \(text(evaluation.ece)), at most \(text(ece)) wanted")
        }
        return failures
    }
}
