import DICOMCore
import DICOMStream
import DICOMToolkit
import Deidentification
import Foundation
import Inference
import ModelCard
import Passage
import Radiography
import Reporting
import Sealing
import Tensors

/// The results of a file, for the command line: the network, the explanation, the templates and the gate of the path,
/// without its queue, keys and journal. The UIDs are not those of the path: nothing made here passes for a result that
/// was sent.
public struct ResultStation: Sendable {
    private let classifier: Classifier
    private let executable: String
    private let layout: HeatMapRenderer.Layout
    private let reportClass: ReportClass

    /// One object, as a file, and what the gate says of it.
    public struct Made: Sendable {
        /// `report`, `capture`, `presentation`, `keys`.
        public let kind: String
        public let file: [UInt8]
        public let problems: [String]
    }

    /// - Parameters:
    ///   - layout: `overlay` or `side_by_side`.
    ///   - reportClass: `comprehensive_3d`, `comprehensive` or `enhanced`.
    public init(executable: String, layout: String, reportClass: String) throws {
        guard let layout = HeatMapRenderer.Layout(rawValue: layout) else {
            throw GatewayError.badRequest("the layout is overlay or side_by_side")
        }
        guard let reportClass = ReportClass(name: reportClass) else {
            throw GatewayError.badRequest("the class is comprehensive_3d, comprehensive or enhanced")
        }
        classifier = try Classifier(.builtIn())
        self.executable = executable
        self.layout = layout
        self.reportClass = reportClass
    }

    /// Every object that the gateway can make of one image, and what it says, for machines.
    ///
    /// - Parameter milliseconds: the time of the results, since 1970-01-01 UTC.
    public func make(_ file: [UInt8], at milliseconds: Int64) throws -> (objects: [Made], summary: JSONValue) {
        let contents = try Part10.read(file)
        let header = try DataSetParser.parse(Array(contents.dataSetBytes), transferSyntax: contents.transferSyntax)
        let source = try SourceAttributes(header: header)
        let image = try ReferencedImage(header: header, transferSyntax: contents.transferSyntax)
        let names = StationNames(image: image, card: classifier.card, source: source, milliseconds: milliseconds)
        let facts = AnalysisFacts(from: header, deviceToken: { _ in nil })
        let (refusal, analysis) = try analyse(header, contents.transferSyntax, facts, at: milliseconds)
        guard let analysis else {
            let why = try NotPerformedReason(code: refusal?.rawValue ?? "", reason: refusal?.meaning ?? "")
            let report = try report(
                [AssessedImage(image: image, outcome: .notPerformed(why))], source: source, names: names)
            return (
                [try made("report", report.object, report.problems)],
                .object(["refusal": .optional(refusal?.rawValue), "findings": .array([])])
            )
        }
        let findings = try analysis.record.findings.findings.enumerated().map { index, finding in
            try FindingInput(
                finding, of: image, outlines: analysis.record.regions[index], trackingIdentifier: finding.label,
                trackingUID: names.uid("finding \(index)"), regionUID: { names.uid("region \(index) \($0)") })
        }
        let assessed = AssessedImage(
            image: image, outcome: .findings(findings), view: try ViewStatement(facts),
            outsidePopulation: PopulationStatement.words(for: analysis.record.findings.remarks))
        let report = try report([assessed], source: source, names: names)
        var objects = [try made("report", report.object, report.problems)]
        objects.append(try capture(analysis, image: image, source: source, names: names))
        if findings.contains(where: \.hasRegions) {
            let object = try PresentationState(
                PresentationInput(
                    source: source, display: DisplayAttributes(header: header), findings: findings,
                    algorithm: names.algorithm(), device: names.device(), identity: names.identity(.presentation))
            ).dataSet
            objects.append(
                try made(
                    "presentation", object,
                    ResultValidator.problems(inPresentation: object, source: source, image: image)))
        }
        if analysis.record.findings.isNotable {
            let object = try KeyObjectSelection(
                KeyObjectInput(
                    source: source, images: [image], description: "AI, unverified: image with a finding",
                    device: names.device(), algorithm: names.algorithm(), identity: names.identity(.keys))
            ).dataSet
            objects.append(
                try made(
                    "keys", object, ResultValidator.problems(inKeyObjects: object, source: source, images: [image])))
        }
        return (objects, Self.summary(analysis.record))
    }

    private func analyse(
        _ header: DataSet, _ syntax: TransferSyntax, _ facts: AnalysisFacts, at milliseconds: Int64
    ) throws -> (Eligibility.Refusal?, Explainer.Analysis?) {
        guard let geometry = PixelGeometry(header), let pixels = header[.pixelData]?.bytes else {
            throw GatewayError.badRequest("the file is not an image")
        }
        let assessor = ImageAssessor(
            classifier: classifier,
            rule: EligibilityRule(population: classifier.card.population, policy: .mark))
        let verdict = assessor.rule.judge(facts, geometry: geometry)
        if let refusal = verdict.refusal { return (refusal, nil) }
        let samples =
            syntax.isEncapsulated
            ? try CodecWorker.decode(
                frame: pixels, transferSyntax: syntax, geometry: geometry, executable: executable,
                arguments: ["role", "codec"]) : pixels
        let picture = try PixelPipeline.picture(native: samples, geometry: geometry, header: header)
        let findings: Findings
        let run: Run
        switch try assessor.assess(picture, remarks: verdict.remarks) {
        case .refused(let refusal): return (refusal, nil)
        case .assessed(let said, let kept, _): (findings, run) = (said, kept)
        }
        let explainer = Explainer(card: classifier.card, policy: .always, layout: layout)
        return (nil, try explainer.explain(findings, run: run, facts: facts, picture: picture, now: milliseconds))
    }

    private func report(
        _ images: [AssessedImage], source: SourceAttributes, names: StationNames
    ) throws -> (object: DataSet, problems: [ResultProblem]) {
        let object = try MeasurementReport(
            ReportInput(
                reportClass: reportClass, source: source, images: images, algorithm: names.algorithm(),
                device: names.device(), identity: names.identity(.report))
        ).dataSet
        let codes = Set(classifier.card.labels.compactMap { Code($0.code) })
        return (
            object,
            ResultValidator.problems(
                inReport: object, source: source, images: images.map(\.image), modelCodes: codes)
        )
    }

    private func capture(
        _ analysis: Explainer.Analysis, image: ReferencedImage, source: SourceAttributes, names: StationNames
    ) throws -> Made {
        let object = try SecondaryCapture(
            CaptureInput(
                source: source, image: image, samples: analysis.picture, algorithm: names.algorithm(),
                device: names.device(), identity: names.identity(.capture), layout: layout)
        ).dataSet
        return try made(
            "capture", object,
            ResultValidator.problems(inCapture: object, source: source, image: image, layout: layout))
    }

    private func made(_ kind: String, _ object: DataSet, _ problems: [ResultProblem]) throws -> Made {
        Made(
            kind: kind, file: try Part10.file(dataSet: object, transferSyntax: .explicitVRLittleEndian),
            problems: problems.map(\.description))
    }

    private static func summary(_ record: AnalysisRecord) -> JSONValue {
        .object([
            "refusal": .null,
            "findings": .array(
                zip(record.findings.findings, record.regions).map { finding, regions in
                    .object([
                        "label": .string(finding.label), "code": .array(finding.code.map { .string($0) }),
                        "probability": .number(finding.probability), "presence": .string(finding.presence.rawValue),
                        "threshold": .number(finding.threshold), "lowerThreshold": .number(finding.lowerThreshold),
                        "regions": .array(
                            finding.presence == .absent
                                ? [] : regions.map { .array($0.map { .number(Double($0)) }) }),
                    ])
                }),
        ])
    }
}

extension ReportClass {
    /// As a person writes it.
    init?(name: String) {
        switch name {
        case "comprehensive_3d": self = .comprehensive3D
        case "comprehensive": self = .comprehensive
        case "enhanced": self = .enhanced
        default: return nil
        }
    }
}
