import Foundation

/// What a model did on a site's own cases, in counts alone: it may leave the site.
public struct AcceptanceReport: Sendable, Codable {
    /// What the site wants, and what was found.
    public struct Criterion: Sendable, Hashable, Codable {
        public let name: String
        public let wanted: Double
        /// `nil` where the figure is undefined.
        public let found: Double?
        /// Lower bound of the figure's 95 % interval.
        public let low: Double?
        public let isMet: Bool
    }

    /// The name of this form and its version.
    public static let format = "cxrgate acceptance 1"
    /// Subgroups of fewer cases are not shown: a count of one says something about someone.
    public static let smallestGroup = 10

    public let format: String
    public let product: String
    public let made: String
    public let model: EvaluationReport.Subject?
    public let criteria: [Criterion]
    public let isMet: Bool
    /// Without rows, and without small subgroups.
    public let result: EvaluationResult
    /// Subgroups that were left out.
    public let hiddenGroups: Int
    public let saliency: SaliencyFigures?

    /// Takes what can leave the site out of an evaluation. A criterion is met if the figure itself reaches it; its interval
    /// stands beside it for whoever decides.
    public init(_ report: EvaluationReport, minimum: AcceptanceMinimum) {
        format = Self.format
        (product, made, model, saliency) = (report.product, report.made, report.model, report.saliency)
        result = report.result.countsOnly(smallestGroup: Self.smallestGroup)
        hiddenGroups = report.result.subgroups.count - result.subgroups.count
        criteria = minimum.criteria(report.result)
        isMet = criteria.allSatisfy(\.isMet)
    }

    /// `acceptance.json`, keys sorted.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// `acceptance.html`.
    public var html: String {
        let report = EvaluationReport(
            product: product, model: model, predictionsSHA256: "", labelsSHA256: "", made: made, result: result)
        return HTMLReport(report, acceptance: self).text
    }
}

/// What a site wants of a model on its own cases.
public struct AcceptanceMinimum: Sendable, Hashable {
    public let cases: Int
    public let auroc: Double
    public let sensitivity: Double
    public let specificity: Double

    /// Throws if a share is not within 0…1, or the number of cases below 1.
    public init(cases: Int, auroc: Double, sensitivity: Double, specificity: Double) throws(EvaluationError) {
        guard cases >= 1 else { throw .badSetting(name: "--minimum-cases", range: "1 or more") }
        for share in [auroc, sensitivity, specificity] {
            guard share >= 0, share <= 1 else {
                throw .badSetting(name: "a minimum", range: "a finite number within 0…1")
            }
        }
        (self.cases, self.auroc, self.sensitivity, self.specificity) = (cases, auroc, sensitivity, specificity)
    }

    func criteria(_ result: EvaluationResult) -> [AcceptanceReport.Criterion] {
        let binary = result.overall.binary
        let count = result.overall.cases
        let figures = [
            ("AUROC", auroc, binary?.auroc), ("sensitivity", sensitivity, binary?.sensitivity),
            ("specificity", specificity, binary?.specificity),
        ]
        return [
            .init(name: "cases", wanted: Double(cases), found: Double(count), low: nil, isMet: count >= cases)
        ]
            + figures.map { name, wanted, figure in
                .init(
                    name: name, wanted: wanted, found: figure?.value, low: figure?.low,
                    isMet: (figure?.value).map { $0 >= wanted } ?? false)
            }
    }
}

extension EvaluationResult {
    /// The same without rows, and without subgroups of fewer cases than `smallestGroup`; where one value of a column is
    /// left out alone, its count would follow from the others, so the column goes.
    func countsOnly(smallestGroup: Int) -> EvaluationResult {
        let small = Dictionary(grouping: subgroups.filter { $0.cases < smallestGroup }, by: \.by)
        let kept = subgroups.filter { slice in
            slice.cases >= smallestGroup && small[slice.by]?.count != 1
        }
        return EvaluationResult(
            classes: classes, threshold: threshold, rule: rule, overall: overall, subgroups: kept, worstErrors: [],
            bins: bins, replicates: replicates, seed: seed, isClustered: isClustered)
    }
}
