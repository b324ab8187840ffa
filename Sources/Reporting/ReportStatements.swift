import DICOMCore

/// The plain sentences at the head of a report, for a reader whose viewer shows nothing but text.
///
/// They say what was looked for, that nothing else was, and what the numbers mean. An absent finding is never called
/// normal.
struct ReportStatements {
    let input: ReportInput

    func lines() throws(ReportingError) -> [ReportText] {
        var lines: [String] = []
        switch input.outcome {
        case .notPerformed(let reason):
            lines.append(
                "AI analysis not performed: \(reason). No finding was assessed. "
                    + "The absence of an AI result does not mean that the image is normal.")
        case .findings(let findings):
            let names = unique(findings.map { $0.finding.meaning.lowercased() })
            lines.append(
                "AI assessed only: \(names.joined(separator: ", ")). Other findings were not assessed. "
                    + "Unverified: not reviewed by a physician.")
            if let reason = input.outsidePopulation {
                lines.append(
                    "Outside the intended population of the model (\(reason)): "
                        + "its accuracy for this patient is not established.")
            }
            lines += findings.map { sentence($0, among: findings) }
            lines.append(
                "Certainty is the model's estimate of the probability, in percent, that the finding is present in the "
                    + "image. Regions show where the model found support; they are not measurements.")
        }
        lines += input.declined.map {
            "A further image of the study was not analysed by the AI: \($0.reason). "
                + "The absence of an AI result does not mean that the image is normal."
        }
        if let predecessor = input.predecessor {
            lines.append(
                "Revision \(input.identity.instanceNumber), replaces the report of \(predecessor.time.readable).")
        }
        if let view = input.view { lines.append("View: \(view.view.value) (\(view.origin.value)).") }
        lines.append("Model: \(input.algorithm.name.value) \(input.algorithm.version.value).")
        var texts: [ReportText] = []
        for line in lines { texts.append(try ReportText(line, limit: 1024)) }
        return texts
    }

    private func sentence(_ finding: FindingInput, among findings: [FindingInput]) -> String {
        let images = input.images.map(\.sopInstanceUID)
        let place =
            images.count > 1
            ? " in image \((images.firstIndex(of: finding.image.sopInstanceUID) ?? 0) + 1) of \(images.count)" : ""
        let certainty = ReportText.percent(finding.probability)
        let upper = ReportText.percent(finding.threshold)
        let lower = ReportText.percent(finding.lowerThreshold)
        return switch finding.presence {
        case .present:
            "\(finding.finding.meaning)\(place): present, certainty \(certainty) % (present from \(upper) %)."
        case .absent:
            "\(finding.finding.meaning)\(place): not found by the AI, certainty \(certainty) % (absent below \(lower) "
                + "%). This does not mean that the image is normal."
        case .undetermined:
            "\(finding.finding.meaning)\(place): undetermined, certainty \(certainty) % (absent below \(lower) %, "
                + "present from \(upper) %)."
        }
    }

    private func unique(_ names: [String]) -> [String] {
        names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
