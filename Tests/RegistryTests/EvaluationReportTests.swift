import Foundation
import ModelCard
import Testing

@testable import Registry

@Suite struct EvaluationReportTests {
    private func report(
        _ package: ModelPackage, positive: [Double] = [0.9, 0.8, 0.4], negative: [Double] = [0.1, 0.2, 0.8],
        _ more: [String: Any] = [:]
    ) throws -> [UInt8] {
        let object: [String: Any] = [
            "format": EvaluationReport.format, "model": ["sha256": package.card.sha256], "label": "Pneumonia",
            "scores": ["positive": positive, "negative": negative],
        ].merging(more) { $1 }
        return Array(try JSONSerialization.data(withJSONObject: object))
    }

    @Test func figuresAreComputedFromTheCases() throws {
        let package = try ModelPackage.builtIn()
        let figures = try EvaluationReport(report(package), about: package).figures(threshold: 0.5)
        #expect(figures.cases == 6 && figures.positives == 3)
        #expect(abs(figures.auroc - 7.5 / 9) < 1e-12)
        #expect(abs(figures.sensitivity - 2.0 / 3) < 1e-12)
        #expect(abs(figures.specificity - 2.0 / 3) < 1e-12)
        #expect(abs(figures.ece - (0.1 + 0.1 + 0.2 + 0.6 + 0.6) / 6) < 1e-9)
    }

    @Test func figuresThatSomebodyTypedAreRefused() throws {
        let package = try ModelPackage.builtIn()
        let typed = Array("{\"auroc\": 0.99, \"sensitivity\": 0.99, \"specificity\": 0.99}".utf8)
        #expect(throws: RegistryError.self) { try EvaluationReport(typed, about: package) }
        let lie = try EvaluationReport(report(package, ["auroc": 0.99]), about: package)
        #expect(throws: RegistryError.self) { try lie.figures(threshold: 0.5) }
        let honest = try EvaluationReport(report(package, ["auroc": 0.8333]), about: package)
        #expect(throws: Never.self) { try honest.figures(threshold: 0.5) }
    }

    @Test func aReportAboutOtherWeightsIsRefused() throws {
        let package = try ModelPackage.builtIn()
        let other = try Bench.package("1.1.0", comment: "other").package
        #expect(throws: RegistryError.evaluation(why: "it is about other weights")) {
            try EvaluationReport(report(other), about: package)
        }
    }

    @Test func scoresThatAreNoProbabilitiesAndMissingKindsAreRefused() throws {
        let package = try ModelPackage.builtIn()
        for (positive, negative) in [([1.5], [0.1]), ([-0.1], [0.1]), ([], [0.1]), ([0.5], [])]
            as [([Double], [Double])]
        {
            #expect(throws: RegistryError.self) {
                try EvaluationReport(report(package, positive: positive, negative: negative), about: package)
            }
        }
    }

    @Test func everyGateThatIsMissedIsNamed() {
        func evaluation(_ auroc: Double, _ sensitivity: Double, _ specificity: Double, _ ece: Double, _ cases: Int)
            -> Passport.Evaluation
        {
            Passport.Evaluation(
                sha256: "", label: "Pneumonia", cases: cases, positives: 1, auroc: auroc, sensitivity: sensitivity,
                specificity: specificity, ece: ece)
        }
        let gates = PromotionGates()
        #expect(gates.failures(evaluation(0.9, 0.85, 0.7, 0.15, 100)).isEmpty)
        #expect(gates.failures(evaluation(0.01, 0.01, 0.01, 0.9, 1)).count == 5)
        #expect(gates.failures(evaluation(.nan, 0.9, 0.9, .nan, 100)).count == 2)
    }
}

@Suite struct PairedROCTests {
    /// Scores from a small generator, with many ties.
    private func scores(_ count: Int, _ seed: UInt64) -> [(control: Double, treatment: Double)] {
        var state = seed
        func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 59) / 31
        }
        return (0..<count).map { _ in (next(), next()) }
    }

    @Test func agreesWithCountingEveryPair() throws {
        let positive = scores(37, 1).map { (control: ($0.control + 0.3) / 1.3, treatment: $0.treatment) }
        let negative = scores(53, 2)
        let roc = try #require(PairedROC(positive: positive, negative: negative))
        func won(_ one: Double, _ other: Double) -> Double { one > other ? 1 : one == other ? 0.5 : 0 }
        var v = (control: [Double](), treatment: [Double]())
        var w = v
        for case let (c, t) in positive {
            v.control.append(negative.map { won(c, $0.control) }.reduce(0, +) / 53)
            v.treatment.append(negative.map { won(t, $0.treatment) }.reduce(0, +) / 53)
        }
        for case let (c, t) in negative {
            w.control.append(positive.map { won($0.control, c) }.reduce(0, +) / 37)
            w.treatment.append(positive.map { won($0.treatment, t) }.reduce(0, +) / 37)
        }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        func covariance(_ a: [Double], _ b: [Double]) -> Double {
            zip(a, b).map { ($0 - mean(a)) * ($1 - mean(b)) }.reduce(0, +) / Double(a.count - 1)
        }
        let variance =
            (covariance(v.control, v.control) + covariance(v.treatment, v.treatment)
                - 2 * covariance(v.control, v.treatment)) / 37
            + (covariance(w.control, w.control) + covariance(w.treatment, w.treatment)
                - 2 * covariance(w.control, w.treatment)) / 53
        #expect(abs(roc.control - mean(v.control)) < 1e-12)
        #expect(abs(roc.treatment - mean(v.treatment)) < 1e-12)
        #expect(abs(try #require(roc.standardError) - variance.squareRoot()) < 1e-12)
    }

    @Test func modelsThatSayTheSameDoNotDiffer() throws {
        let same = scores(20, 3).map { (control: $0.control, treatment: $0.control) }
        let roc = try #require(PairedROC(positive: same, negative: Array(same.prefix(9))))
        #expect(roc.difference == 0 && roc.pValue == 1)
        #expect(PairedROC(positive: [], negative: same) == nil)
        #expect(PairedROC(positive: [same[0]], negative: same)?.pValue == nil)
    }
}

@Suite struct AgreementTests {
    @Test func isWhatCohenAndWilsonSay() throws {
        var agreement = Agreement()
        for _ in 0..<20 { agreement.add(control: true, treatment: true) }
        for _ in 0..<5 { agreement.add(control: true, treatment: false) }
        for _ in 0..<10 { agreement.add(control: false, treatment: true) }
        for _ in 0..<15 { agreement.add(control: false, treatment: false) }
        #expect(agreement.share == 0.7)
        #expect(abs(try #require(agreement.kappa) - 0.4) < 1e-12)
        let interval = try #require(agreement.interval)
        #expect(abs(interval.lowerBound - 0.5624) < 1e-4 && abs(interval.upperBound - 0.8090) < 1e-4)
        #expect(Agreement().share == nil && Agreement().kappa == nil && Agreement().interval == nil)
    }

    /// Looked at after every case, with no difference there, it decides in at most one experiment of twenty.
    @Test func lookingAtEveryCaseDoesNotMakeFalseDecisions() {
        var state: UInt64 = 42
        var decided = 0
        for _ in 0..<2000 {
            var wins = (0, 0)
            for _ in 0..<300 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                if state >> 63 == 0 { wins.0 += 1 } else { wins.1 += 1 }
                if SequentialEvidence(treatmentWins: wins.0, controlWins: wins.1).isDecided(confidence: 0.95) {
                    decided += 1
                    break
                }
            }
        }
        #expect(decided <= 100)
        #expect(SequentialEvidence(treatmentWins: 30, controlWins: 5).isDecided(confidence: 0.95))
        #expect(!SequentialEvidence(treatmentWins: 0, controlWins: 0).isDecided(confidence: 0.95))
    }
}
