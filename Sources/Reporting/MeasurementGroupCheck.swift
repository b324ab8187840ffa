import DICOMCore

/// The rows that a measurement group of ours must have, and whether its decision follows from its numbers.
///
/// Source: PS3.16 TID 1410, 1501, 4019.
struct MeasurementGroupCheck {
    let group: DataSet

    func problems() -> [ResultProblem] {
        let template = group.items(.contentTemplateSequence).first?.text(.templateIdentifier)
        let isRegion = template == "1410"
        var mandatory = [
            ReportCodes.trackingIdentifier, ReportCodes.trackingUniqueIdentifier, ReportCodes.findingCategory,
            ReportCodes.finding, ReportCodes.findingSite, ReportCodes.algorithmName, ReportCodes.algorithmVersion,
            ReportCodes.algorithmManufacturer, ReportCodes.algorithmParameters, ReportCodes.algorithmFamily,
            ReportCodes.presenceOfProperty,
        ]
        mandatory +=
            isRegion ? [ReportCodes.imageRegion] : [ReportCodes.certaintyOfFinding, ReportCodes.sourceOfMeasurement]
        var problems = mandatory.filter { rows($0).isEmpty }.map { ResultProblem.groupWithoutContent($0.value) }
        if !isRegion, template != "1501" { problems.append(.templateMissing) }
        let parameters = ["threshold", "lowerThreshold", "weightsSHA256"]
        for parameter in parameters where value(of: parameter) == nil {
            problems.append(.groupWithoutContent(ReportCodes.algorithmParameters.value))
        }
        if !isRegion, !decisionFollows { problems.append(.decisionDoesNotFollow) }
        return problems
    }

    private func rows(_ concept: Code) -> [DataSet] {
        group.items(.contentSequence).filter {
            $0.items(.conceptNameCodeSequence).first?.text(.codeValue) == concept.value
        }
    }

    /// What stands behind the equals sign of a parameter.
    private func value(of parameter: String) -> Substring? {
        rows(ReportCodes.algorithmParameters).compactMap { $0.text(.textValue) }
            .first { $0.hasPrefix(parameter + "=") }?.dropFirst(parameter.utf8.count + 1)
    }

    /// Certainty against the two thresholds gives the presence that is written; true where a number is missing, which
    /// is another problem.
    private var decisionFollows: Bool {
        let measured = rows(ReportCodes.certaintyOfFinding).first?.items(.measuredValueSequence).first
        guard let certainty = measured?.decimal(.numericValue),
            let upper = value(of: "threshold").flatMap({ Double($0) }),
            let lower = value(of: "lowerThreshold").flatMap({ Double($0) }),
            let presence = rows(ReportCodes.presenceOfProperty).first?.items(.conceptCodeSequence).first
        else { return true }
        // The certainty is rounded, and so are the thresholds beside it: compare them as they are written.
        let words = CertaintyWords(probability: certainty / 100, threshold: upper, lowerThreshold: lower)
        guard let shown = Double(words.probability), let from = Double(words.threshold),
            let below = Double(words.lowerThreshold)
        else { return false }
        let expected =
            shown >= from
            ? ReportCodes.present : shown >= below ? ReportCodes.presenceUndetermined : ReportCodes.absent
        return presence.text(.codeValue) == expected.value
    }
}
