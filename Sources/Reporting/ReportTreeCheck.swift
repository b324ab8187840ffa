import DICOMCore

/// Walks the tree of a finished report and compares it with what its templates demand.
///
/// Source: PS3.16 TID 1500, 1501, 1410, 1600, 4019; PS3.3 Tables A.35.13-2 and C.17-5 (relationships).
struct ReportTreeCheck {
    let root: DataSet
    let images: [ReferencedImage]
    let modelCodes: Set<Code>

    /// Root, section, group, item, its modifier, one to spare.
    private static let maximumDepth = 8

    func problems() -> [ResultProblem] {
        var problems: [ResultProblem] = []
        let template = root.items(.contentTemplateSequence).first
        if template?.text(.templateIdentifier) != "1500" || template?.text(.mappingResource) != "DCMR" {
            problems.append(.templateMissing)
        }
        if name(root) != ReportCodes.imagingMeasurementReport.value {
            problems.append(.contentMissing(ReportCodes.imagingMeasurementReport.value))
        }
        let top = root.items(.contentSequence)
        for concept in [
            ReportCodes.language, ReportCodes.observerType, ReportCodes.deviceObserverUID,
            ReportCodes.deviceObserverName, ReportCodes.deviceObserverManufacturer,
            ReportCodes.deviceObserverModelName, ReportCodes.deviceObserverSerialNumber,
            ReportCodes.procedureReported, ReportCodes.comment,
        ] where !top.contains(where: { name($0) == concept.value }) {
            problems.append(.contentMissing(concept.value))
        }
        problems += library(top)
        problems += groups(top)
        walk(root, depth: 0, &problems)
        return problems
    }

    private func name(_ item: DataSet) -> String? {
        item.items(.conceptNameCodeSequence).first?.text(.codeValue)
    }

    private func children(_ item: DataSet, _ concept: Code) -> [DataSet] {
        item.items(.contentSequence).filter { name($0) == concept.value }
    }

    private func library(_ top: [DataSet]) -> [ResultProblem] {
        guard let library = top.first(where: { name($0) == ReportCodes.imageLibrary.value }) else {
            return [.contentMissing(ReportCodes.imageLibrary.value)]
        }
        let entries = children(library, ReportCodes.imageLibraryGroup).flatMap { $0.items(.contentSequence) }
        let named = entries.compactMap { $0.items(.referencedSOPSequence).first?.uid(.referencedSOPInstanceUID) }
        return Set(named) == Set(images.map(\.sopInstanceUID)) && named.count == entries.count
            ? [] : [.imageLibraryIncomplete]
    }

    /// For every image, measurement groups with their mandatory rows, or the statement that none was made.
    private func groups(_ top: [DataSet]) -> [ResultProblem] {
        let section = top.first { name($0) == ReportCodes.imagingMeasurements.value }
        let groups = section.map { children($0, ReportCodes.measurementGroup) } ?? []
        let evaluations = top.first { name($0) == ReportCodes.qualitativeEvaluations.value }
        let declined = evaluations.map { children($0, ReportCodes.summaryOfAnalyses) } ?? []
        guard !groups.isEmpty || !declined.isEmpty else { return [.noResult] }
        var problems = groups.flatMap { MeasurementGroupCheck(group: $0).problems() }
        let answered = (groups + declined).flatMap(references)
        if !Set(images.map(\.sopInstanceUID)).isSubset(of: answered) { problems.append(.imageWithoutResult) }
        for item in declined where children(item, ReportCodes.comment).isEmpty {
            problems.append(.groupWithoutContent(ReportCodes.comment.value))
        }
        let names = groups.flatMap { children($0, ReportCodes.trackingUniqueIdentifier) }.map { $0.text(.uidValue) }
        if Set(names).count != names.count { problems.append(.trackingRepeated) }
        return problems
    }

    /// The images that an item or its children refer to.
    private func references(_ item: DataSet) -> [UID] {
        let own = item.items(.referencedSOPSequence).compactMap { $0.uid(.referencedSOPInstanceUID) }
        return own + item.items(.contentSequence).filter { $0.text(.valueType) == "IMAGE" }.flatMap(references)
    }

    /// Rules for every node: name, value, relationship, codes, references.
    private func walk(_ item: DataSet, depth: Int, _ problems: inout [ResultProblem]) {
        guard depth <= ReportTreeCheck.maximumDepth else {
            problems.append(.treeTooDeep)
            return
        }
        check(value: item, &problems)
        let parent = item.text(.valueType) ?? ""
        for child in item.items(.contentSequence) {
            let relation = child.text(.relationshipType) ?? ""
            let type = child.text(.valueType) ?? ""
            if !ReportTreeCheck.legal.contains([parent, relation, type]) {
                problems.append(.illegalRelationship("\(parent) \(relation) \(type)"))
            }
            check(row: child, relation, type, &problems)
            walk(child, depth: depth + 1, &problems)
        }
    }

    /// The concept's own row: relationship, value type, and value where it is one of a few.
    private func check(row item: DataSet, _ relation: String, _ type: String, _ problems: inout [ResultProblem]) {
        guard let concept = name(item), let row = TemplateRow.byConcept[concept] else { return }
        if !row.relationships.contains(relation) || row.valueType != type {
            problems.append(.wrongRow(concept))
        }
        guard !row.values.isEmpty else { return }
        let value = item.items(.conceptCodeSequence).first
        if !row.values.contains(where: {
            $0.value == value?.text(.codeValue) && $0.scheme == value?.text(.codingSchemeDesignator)
        }) {
            problems.append(.wrongRow(concept))
        }
    }

    private func check(value item: DataSet, _ problems: inout [ResultProblem]) {
        guard let name = item.items(.conceptNameCodeSequence).first else {
            problems.append(.malformedContentItem)
            return
        }
        check(code: name, &problems)
        switch item.text(.valueType) {
        case "CONTAINER":
            if item[.continuityOfContent]?.isEmpty != false { problems.append(.malformedContentItem) }
        case "CODE":
            if let code = item.items(.conceptCodeSequence).first {
                check(code: code, &problems)
            } else {
                problems.append(.malformedContentItem)
            }
        case "NUM":
            number(item, &problems)
        case "TEXT":
            if item.text(.textValue)?.isEmpty != false { problems.append(.malformedContentItem) }
        case "UIDREF":
            if item.uid(.uidValue) == nil { problems.append(.malformedContentItem) }
        case "IMAGE":
            reference(item, &problems)
        case "SCOORD":
            region(item, &problems)
        default:
            problems.append(.malformedContentItem)
        }
    }

    private func check(code item: DataSet, _ problems: inout [ResultProblem]) {
        let value = item.text(.codeValue) ?? ""
        let scheme = item.text(.codingSchemeDesignator) ?? ""
        let code = Code(value, scheme, item.text(.codeMeaning) ?? "")
        if ReportCodes.known.contains(code) || modelCodes.contains(code) { return }
        func isSame(_ other: Code) -> Bool { other.value == value && other.scheme == scheme }
        let isKnown = ReportCodes.known.contains(where: isSame) || modelCodes.contains(where: isSame)
        problems.append(
            isKnown ? .wrongMeaning(value: value, scheme: scheme) : .unknownCode(value: value, scheme: scheme))
    }

    private func reference(_ item: DataSet, _ problems: inout [ResultProblem]) {
        let reference = item.items(.referencedSOPSequence).first
        let isKnown = images.contains {
            $0.sopInstanceUID == reference?.uid(.referencedSOPInstanceUID)
                && $0.sopClassUID == reference?.uid(.referencedSOPClassUID)
        }
        if !isKnown { problems.append(.referenceWithoutEvidence) }
    }

    private func number(_ item: DataSet, _ problems: inout [ResultProblem]) {
        guard let measured = item.items(.measuredValueSequence).first,
            let unit = measured.items(.measurementUnitsCodeSequence).first,
            let number = measured.decimal(.numericValue), number.isFinite
        else {
            problems.append(.malformedContentItem)
            return
        }
        check(code: unit, &problems)
        let expected = name(item).flatMap { TemplateRow.units[$0] }
        if let expected,
            expected.value != unit.text(.codeValue) || expected.scheme != unit.text(.codingSchemeDesignator)
        {
            problems.append(.wrongRow(name(item) ?? ""))
        }
        let isPercent = unit.text(.codeValue) == ReportCodes.percent.value
        if isPercent, !(0...100).contains(number) { problems.append(.malformedContentItem) }
    }

    private func region(_ item: DataSet, _ problems: inout [ResultProblem]) {
        let bytes = item[.graphicData]?.bytes ?? []
        let numbers = stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { at in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) })
        }
        let source = item.items(.contentSequence).first { $0.text(.valueType) == "IMAGE" }
        let uid = source?.items(.referencedSOPSequence).first?.uid(.referencedSOPInstanceUID)
        guard let image = images.first(where: { $0.sopInstanceUID == uid }),
            item.text(.graphicType) == "POLYLINE", numbers.count >= 8, numbers.count % 2 == 0,
            numbers.prefix(2) == numbers.suffix(2),
            stride(from: 0, to: numbers.count, by: 2).allSatisfy({
                (0...Float(image.columns)).contains(numbers[$0]) && (0...Float(image.rows)).contains(numbers[$0 + 1])
            })
        else {
            problems.append(.malformedRegion)
            return
        }
    }

    /// Value type above, relationship, value type below: those of the standard's table that our templates use.
    private static let legal: Set<[String]> = [
        ["CONTAINER", "CONTAINS", "CONTAINER"], ["CONTAINER", "CONTAINS", "TEXT"], ["CONTAINER", "CONTAINS", "CODE"],
        ["CONTAINER", "CONTAINS", "NUM"], ["CONTAINER", "CONTAINS", "IMAGE"], ["CONTAINER", "CONTAINS", "SCOORD"],
        ["CONTAINER", "HAS OBS CONTEXT", "CODE"], ["CONTAINER", "HAS OBS CONTEXT", "TEXT"],
        ["CONTAINER", "HAS OBS CONTEXT", "UIDREF"], ["CONTAINER", "HAS CONCEPT MOD", "CODE"],
        ["CONTAINER", "HAS CONCEPT MOD", "TEXT"], ["CODE", "HAS CONCEPT MOD", "CODE"],
        ["CODE", "HAS PROPERTIES", "TEXT"], ["CODE", "INFERRED FROM", "IMAGE"],
        ["IMAGE", "HAS ACQ CONTEXT", "CODE"], ["IMAGE", "HAS ACQ CONTEXT", "TEXT"],
        ["IMAGE", "HAS ACQ CONTEXT", "NUM"], ["NUM", "INFERRED FROM", "IMAGE"], ["SCOORD", "SELECTED FROM", "IMAGE"],
    ]
}
