import DICOMCore

/// The plain sentences at the head of a report, for a reader whose viewer shows nothing but text.
///
/// They say what was looked for, that nothing else was, and what the numbers mean. An absent finding is never called
/// normal, and neither is an image that was not analysed.
struct ReportStatements {
    let input: ReportInput

    /// Longest line: the findings of a model with many labels stand in the first.
    private static let longestLine = 4096

    func lines() throws(ReportingError) -> [ReportText] {
        var lines: [String] = [first]
        if let revision = input.revision { lines.append(revision.words(at: input.identity.time)) }
        lines += perImage(\.outsidePopulation).map { places, reason in
            "Outside the intended population of the model (\(reason))\(inImages(places)): "
                + "its accuracy for this patient is not established."
        }
        lines += input.images.enumerated().flatMap { index, image in
            image.findings.map { sentence($0, place: inImages([index])) }
        }
        if !input.findings.isEmpty {
            lines += perImage(\.notPerformed?.words).map { places, reason in
                "AI analysis not performed\(inImages(places)): \(reason). No finding was assessed there. "
                    + "The absence of an AI result does not mean that the image is normal."
            }
            lines.append(
                "Certainty is the model's estimate of the probability, in percent, that the finding is present in the "
                    + "image. Regions show where the model found support; they are not measurements.")
        }
        lines += perImage(\.view?.words).map { places, view in
            input.images.count > 1 ? "View\(inImages(places)): \(view)." : "View: \(view)."
        }
        lines.append("Model: \(input.algorithm.name.value) \(input.algorithm.version.value).")
        var texts: [ReportText] = []
        for line in lines { texts.append(try ReportText(line, limit: ReportStatements.longestLine)) }
        return texts
    }

    private var first: String {
        guard input.findings.isEmpty else {
            let names = unique(input.findings.map { $0.finding.meaning.lowercased() })
            return "AI assessed only: \(names.joined(separator: ", ")). Other findings were not assessed. "
                + "Unverified: not reviewed by a physician."
        }
        let reasons = perImage(\.notPerformed?.words)
        let why =
            reasons.count == 1
            ? reasons[0].text : reasons.map { "\(inImages($0.places).dropFirst()): \($0.text)" }.joined(separator: "; ")
        return "AI analysis not performed: \(why). No finding was assessed. "
            + "The absence of an AI result does not mean that the image is normal."
    }

    private func sentence(_ finding: FindingInput, place: String) -> String {
        let what = "\(finding.finding.meaning)\(place)"
        let certainty = "certainty \(finding.certainty.probability) % (\(finding.certainty.rule))"
        return switch finding.presence {
        case .present: "\(what): present, \(certainty)."
        case .absent: "\(what): not found by the AI, \(certainty). This does not mean that the image is normal."
        case .undetermined: "\(what): undetermined, \(certainty). The AI cannot tell."
        }
    }

    /// The different values of an attribute of the images, each with the places of the images that have it.
    private func perImage(_ value: (AssessedImage) -> String?) -> [(places: [Int], text: String)] {
        let values = input.images.map(value)
        return unique(values.compactMap(\.self)).map { text in
            (values.indices.filter { values[$0] == text }, text)
        }
    }

    /// ` in image 2 of 3`, ` in images 1, 3 of 3`; nothing where there is only one.
    private func inImages(_ places: [Int]) -> String {
        guard input.images.count > 1 else { return "" }
        let numbers = places.map { "\($0 + 1)" }.joined(separator: ", ")
        return " in image\(places.count > 1 ? "s" : "") \(numbers) of \(input.images.count)"
    }

    private func unique(_ names: [String]) -> [String] {
        names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
