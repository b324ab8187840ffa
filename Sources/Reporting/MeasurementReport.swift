import DICOMCore

/// TID 1500 "Measurement Report" of one study, as a whole object: modules and tree.
///
/// A value of this type is a valid report: the templates are types whose mandatory rows are not optional.
/// Source: PS3.3 A.35.13 (Comprehensive 3D SR), PS3.16 TID 1500; IHE AI Results.
public struct MeasurementReport: Sendable {
    let input: ReportInput
    private let statements: [ReportText]

    /// Checks what types cannot: at least one image, at least one finding, every finding in one of the images, text in
    /// the common repertoire.
    public init(_ input: ReportInput) throws(ReportingError) {
        guard !input.images.isEmpty else { throw .noImage }
        if case .findings(let findings) = input.outcome {
            guard !findings.isEmpty else { throw .noFinding }
            let images = Set(input.images.map(\.sopInstanceUID))
            guard findings.allSatisfy({ images.contains($0.image.sopInstanceUID) }) else { throw .noImage }
        }
        self.input = input
        statements = try ReportStatements(input: input).lines()
    }

    /// The object for the PACS, without file meta information. The same input gives the same data set.
    public var dataSet: DataSet {
        var object = input.source.shared
        ResultModules.identify(&object, input.identity, sopClass: input.reportClass.sopClassUID, modality: "SR")
        object.set(.seriesDescription, .LO, "AI CXR results (unverified)")
        object.set(.referencedPerformedProcedureStepSequence, items: [])
        ResultModules.equip(&object, device: input.device)
        object.set(
            .contributingEquipmentSequence,
            items: [ResultModules.contribution(of: input.algorithm, at: input.identity.time)])
        setDocument(&object)
        setContent(&object)
        return object
    }

    /// SR Document General (PS3.3 C.17.2).
    private func setDocument(_ object: inout DataSet) {
        object.set(.completionFlag, .CS, "COMPLETE")
        object.set(.verificationFlag, .CS, "UNVERIFIED")
        // A person has not read it yet; FINAL would say that nothing more is to be expected.
        object.set(.preliminaryFlag, .CS, "PRELIMINARY")
        object.set(.performedProcedureCodeSequence, items: input.source.procedures)
        if !input.source.requests.isEmpty {
            object.set(.referencedRequestSequence, items: input.source.requests)
        }
        object.set(
            .currentRequestedProcedureEvidenceSequence, items: [ResultModules.evidence(input.source, input.images)])
        if let predecessor = input.predecessor {
            object.set(
                .predecessorDocumentsSequence, items: [ResultModules.predecessor(predecessor, of: input.source)])
        }
    }

    /// SR Document Content (PS3.3 C.17.3): the root of the tree is the data set itself.
    private func setContent(_ object: inout DataSet) {
        object.set(.valueType, .CS, "CONTAINER")
        object.set(.conceptNameCodeSequence, code: ReportCodes.imagingMeasurementReport)
        object.set(.continuityOfContent, .CS, "CONTINUOUS")
        object.set(.contentTemplateSequence, items: [ContentItem.template("1500")])
        object.set(.contentSequence, items: tree.map(\.dataSet))
    }

    private var tree: [ContentItem] {
        LanguageOfContent().items
            + DeviceObserverContext(device: input.device).items
            + [.code(.hasConceptModifier, ReportCodes.procedureReported, ReportCodes.plainChestXRay)]
            + statements.map { .text(.contains, ReportCodes.comment, $0) }
            + [ImageLibrary(images: input.images).item]
            + [result]
    }

    private var result: ContentItem {
        switch input.outcome {
        case .findings(let findings):
            .container(
                .init(.contains, ReportCodes.imagingMeasurements, findings.flatMap(groups)), templateIdentifier: nil)
        case .notPerformed:
            .container(
                .init(
                    .contains, ReportCodes.qualitativeEvaluations,
                    [.code(.contains, ReportCodes.summaryOfAnalyses, ReportCodes.notAttempted)]),
                templateIdentifier: nil)
        }
    }

    private func groups(_ finding: FindingInput) -> [ContentItem] {
        let regions = finding.regions.enumerated().map { index, region in
            PlanarROIGroup(finding: finding, region: region, number: index + 1, algorithm: input.algorithm).item
        }
        return [FindingGroup(finding: finding, algorithm: input.algorithm).item] + regions
    }
}
