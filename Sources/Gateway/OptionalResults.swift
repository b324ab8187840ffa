import DICOMCore
import Reporting

/// The objects that a site may ask for beside report and heat map, made in the same step as these.
struct OptionalResults {
    let maker: ResultMaker

    /// The regions of one image as a presentation state; `nil` if there is nothing to draw.
    func presentation(of instance: InstanceLookup, _ source: AnalysedSource) throws -> MadeResult? {
        let model = ModelIdentity(source.record.findings)
        let sourceSet = SourceSet.digest([instance.id])
        let names = try ResultNames(
            secrets: maker.secrets, source: instance.id, kind: .presentation, sourceSet: sourceSet, revision: 1,
            model: model)
        let findings = try source.record.findings.findings.enumerated().map { index, finding in
            try names.finding(finding, at: index, of: source, number: 0)
        }
        guard findings.contains(where: \.hasRegions) else { return nil }
        let object = try PresentationState(
            PresentationInput(
                source: source.attributes, display: source.display, findings: findings,
                algorithm: names.algorithm(), device: names.device(),
                identity: names.identity(
                    sopClass: SOPClass.grayscalePresentationState, at: source.record.analysedAt,
                    like: source.attributes))
        ).dataSet
        try maker.gate(
            ResultValidator.problems(inPresentation: object, source: source.attributes, image: source.image))
        return MadeResult(
            object: object, kind: .presentation, study: instance, sourceSet: sourceSet, revision: 1, model: model,
            madeAt: source.record.analysedAt, isNotable: source.record.findings.isNotable)
    }

    /// The images of a report with a finding that is not absent; `nil` if there is none.
    func keyObjects(of report: ReportInput, like made: MadeResult) throws -> MadeResult? {
        let images = report.notableImages
        guard !images.isEmpty else { return nil }
        let names = try ResultNames(
            secrets: maker.secrets, source: made.study.study, kind: .keys, sourceSet: made.sourceSet,
            revision: made.revision, model: made.model)
        let object = try KeyObjectSelection(
            KeyObjectInput(
                source: report.source, images: images,
                description: "AI, unverified: images with a finding that is present or undetermined",
                device: names.device(), algorithm: names.algorithm(),
                identity: names.identity(
                    sopClass: SOPClass.keyObjectSelection, at: made.madeAt, like: report.source))
        ).dataSet
        try maker.gate(ResultValidator.problems(inKeyObjects: object, source: report.source, images: images))
        return MadeResult(
            object: object, kind: .keys, study: made.study, sourceSet: made.sourceSet, revision: made.revision,
            model: made.model, madeAt: made.madeAt, isNotable: true)
    }
}
