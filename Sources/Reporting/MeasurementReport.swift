import DICOMCore

/// TID 1500 "Measurement Report" of one study, as a whole object: modules and tree.
///
/// A value of this type is a valid report: the templates are types whose mandatory rows are not optional.
/// Source: PS3.3 A.35.13 (Comprehensive 3D SR), PS3.16 TID 1500; IHE AI Results.
public struct MeasurementReport: Sendable {
    let input: ReportInput
    private let statements: [ReportText]

    /// Checks what types cannot: at least one image, each image once, at least one finding where the model looked, every
    /// finding in its own image, text in the common repertoire.
    public init(_ input: ReportInput) throws(ReportingError) {
        guard !input.images.isEmpty else { throw .noImage }
        guard Set(input.referencedImages.map(\.sopInstanceUID)).count == input.images.count else {
            throw .repeatedImage
        }
        for image in input.images where image.notPerformed == nil {
            guard !image.findings.isEmpty else { throw .noFinding }
            guard image.findings.allSatisfy({ $0.image.sopInstanceUID == image.image.sopInstanceUID }) else {
                throw .noImage
            }
        }
        let names = input.findings.map(\.trackingUID) + input.findings.flatMap { $0.regions.map(\.trackingUID) }
        guard Set(names).count == names.count else { throw .repeatedTracking }
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
            .currentRequestedProcedureEvidenceSequence,
            items: [ResultModules.hierarchy(input.source, input.referencedImages.map(\.object))])
        if let revision = input.revision {
            object.set(
                .predecessorDocumentsSequence, items: [ResultModules.hierarchy(input.source, [revision.replaced])])
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
            + [ImageLibrary(images: input.referencedImages).item]
            + results
    }

    /// What was found, and where nothing was looked for, why.
    private var results: [ContentItem] {
        var sections: [ContentItem] = []
        if !input.findings.isEmpty {
            sections.append(
                .container(
                    .init(.contains, ReportCodes.imagingMeasurements, input.findings.flatMap(groups)),
                    templateIdentifier: nil))
        }
        if !input.declined.isEmpty {
            let evaluations = input.declined.map { NotPerformedEvaluation(image: $0.image, why: $0.why).item }
            sections.append(
                .container(
                    .init(.contains, ReportCodes.qualitativeEvaluations, evaluations), templateIdentifier: nil))
        }
        return sections
    }

    private func groups(_ finding: FindingInput) -> [ContentItem] {
        let regions = finding.regions.enumerated().map { index, region in
            PlanarROIGroup(finding: finding, region: region, number: index + 1, algorithm: input.algorithm).item
        }
        return [FindingGroup(finding: finding, algorithm: input.algorithm).item] + regions
    }
}
