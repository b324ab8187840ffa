import DICOMCore
import Testing

@testable import Reporting

@Suite("Result validator")
struct ResultValidatorTests {
    /// Applies a change to every content item at every depth; an item may be taken away.
    private static func edit(_ object: DataSet, _ change: (DataSet) -> DataSet?) -> DataSet {
        var copy = object
        if copy[.contentSequence] != nil {
            copy.set(.contentSequence, items: copy.items(.contentSequence).compactMap(change).map { edit($0, change) })
        }
        return copy
    }

    private static func without(_ concept: String) -> @Sendable (DataSet) -> DataSet {
        { edit($0) { $0.items(.conceptNameCodeSequence).first?.text(.codeValue) == concept ? nil : $0 } }
    }

    private static func removing(_ tag: Tag) -> @Sendable (DataSet) -> DataSet {
        {
            var copy = $0
            copy.remove(tag)
            return copy
        }
    }

    private static func setting(_ tag: Tag, _ vr: VR, _ value: String) -> @Sendable (DataSet) -> DataSet {
        {
            var copy = $0
            copy.set(tag, vr, value)
            return copy
        }
    }

    private static func changing(_ type: String, _ change: @escaping @Sendable (inout DataSet) -> Void)
        -> @Sendable (DataSet) -> DataSet
    {
        {
            edit($0) { item in
                guard item.text(.valueType) == type else { return item }
                var copy = item
                change(&copy)
                return copy
            }
        }
    }

    struct Mutation: Sendable, CustomTestStringConvertible {
        let name: String
        let apply: @Sendable (DataSet) -> DataSet
        let problem: ResultProblem
        var testDescription: String { name }
    }

    static let mutations: [Mutation] = [
        Mutation(name: "no language", apply: without("121049"), problem: .contentMissing("121049")),
        Mutation(name: "no observer", apply: without("121005"), problem: .contentMissing("121005")),
        Mutation(name: "no procedure", apply: without("121058"), problem: .contentMissing("121058")),
        Mutation(name: "no first line", apply: without("121106"), problem: .contentMissing("121106")),
        Mutation(name: "no image library", apply: without("111028"), problem: .contentMissing("111028")),
        Mutation(name: "empty image library", apply: without("126200"), problem: .imageLibraryIncomplete),
        Mutation(name: "no measurements", apply: without("126010"), problem: .noResult),
        Mutation(name: "no tracking identifier", apply: without("112039"), problem: .groupWithoutContent("112039")),
        Mutation(name: "no tracking UID", apply: without("112040"), problem: .groupWithoutContent("112040")),
        Mutation(name: "no finding", apply: without("121071"), problem: .groupWithoutContent("121071")),
        Mutation(name: "no algorithm name", apply: without("111001"), problem: .groupWithoutContent("111001")),
        Mutation(name: "no algorithm version", apply: without("111003"), problem: .groupWithoutContent("111003")),
        Mutation(name: "no parameters", apply: without("111002"), problem: .groupWithoutContent("111002")),
        Mutation(name: "no family", apply: without("111000"), problem: .groupWithoutContent("111000")),
        Mutation(name: "no certainty", apply: without("111012"), problem: .groupWithoutContent("111012")),
        Mutation(name: "no presence", apply: without("121052"), problem: .groupWithoutContent("121052")),
        Mutation(name: "no region", apply: without("111030"), problem: .groupWithoutContent("111030")),
        Mutation(name: "no finding category", apply: without("276214006"), problem: .groupWithoutContent("276214006")),
        Mutation(name: "no manufacturer", apply: without("122405"), problem: .groupWithoutContent("122405")),
        Mutation(name: "no observer's name", apply: without("121013"), problem: .contentMissing("121013")),
        Mutation(
            name: "algorithm name as content",
            apply: changing("TEXT") {
                if $0.items(.conceptNameCodeSequence).first?.text(.codeValue) == "111001" {
                    $0.set(.relationshipType, .CS, "CONTAINS")
                }
            }, problem: .wrongRow("111001")),
        Mutation(
            name: "certainty in pixels",
            apply: changing("NUM") {
                var measured = $0.items(.measuredValueSequence)[0]
                measured.set(.measurementUnitsCodeSequence, code: Code("{pixels}", "UCUM", "Pixels"))
                $0.set(.measuredValueSequence, items: [measured])
            }, problem: .wrongRow("111012")),
        Mutation(
            name: "presence that does not follow",
            apply: changing("CODE") {
                if $0.items(.conceptNameCodeSequence).first?.text(.codeValue) == "121052" {
                    $0.set(.conceptCodeSequence, code: Code("121054", "DCM", "Absent"))
                }
            }, problem: .decisionDoesNotFollow),
        Mutation(
            name: "another language",
            apply: changing("CODE") {
                if $0.items(.conceptNameCodeSequence).first?.text(.codeValue) == "121049" {
                    $0.set(.conceptCodeSequence, code: Code("24028007", "SCT", "Right"))
                }
            }, problem: .wrongRow("121049")),
        Mutation(
            name: "one tracking UID for all",
            apply: changing("UIDREF") { $0.set(.uidValue, .UI, "2.25.1") }, problem: .trackingRepeated),
        Mutation(
            name: "coordinates in space",
            apply: changing("SCOORD") { $0.set(.valueType, .CS, "SCOORD3D") }, problem: .wrongRow("111030")),
        Mutation(
            name: "another order",
            apply: {
                var copy = $0; copy.remove(.referencedRequestSequence); return copy
            },
            problem: .disagreesWithSource(.referencedRequestSequence)),
        Mutation(
            name: "bad date", apply: setting(.contentDate, .DA, "20241399"), problem: .malformedValue(.contentDate)),
        Mutation(
            name: "bad UID in the tree", apply: changing("UIDREF") { $0.set(.uidValue, .UI, "1.02.3") },
            problem: .malformedValue(.uidValue)),
        Mutation(
            name: "text outside ASCII",
            apply: setting(.seriesDescription, .LO, "R\u{F6}ntgen"), problem: .malformedValue(.seriesDescription)),
        Mutation(
            name: "replaces itself",
            apply: {
                var copy = $0
                copy.set(.predecessorDocumentsSequence, items: copy.items(.currentRequestedProcedureEvidenceSequence))
                return copy
            }, problem: .malformedPredecessor),
        Mutation(name: "no root template", apply: removing(.contentTemplateSequence), problem: .templateMissing),
        Mutation(
            name: "no completion flag", apply: removing(.completionFlag), problem: .missingAttribute(.completionFlag)),
        Mutation(
            name: "no evidence", apply: removing(.currentRequestedProcedureEvidenceSequence),
            problem: .evidenceIncomplete),
        Mutation(
            name: "verified", apply: setting(.verificationFlag, .CS, "VERIFIED"),
            problem: .wrongValue(.verificationFlag)),
        Mutation(
            name: "another patient", apply: setting(.patientID, .LO, "OTHER"),
            problem: .disagreesWithSource(.patientID)),
        Mutation(
            name: "another study", apply: setting(.studyInstanceUID, .UI, "2.25.3"),
            problem: .disagreesWithSource(.studyInstanceUID)),
        Mutation(
            name: "another character set", apply: setting(.specificCharacterSet, .CS, "ISO_IR 100"),
            problem: .disagreesWithSource(.specificCharacterSet)),
        Mutation(
            name: "accession lost", apply: removing(.accessionNumber), problem: .missingAttribute(.accessionNumber)),
        Mutation(
            name: "invented comment", apply: setting(Tag(0x0010, 0x4000), .LT, "X"),
            problem: .notInSource(Tag(0x0010, 0x4000))),
        Mutation(name: "another class", apply: setting(.sopClassUID, .UI, "1.2.3"), problem: .wrongValue(.sopClassUID)),
        Mutation(
            name: "malformed UID", apply: setting(.seriesInstanceUID, .UI, "1.02.3"),
            problem: .wrongValue(.seriesInstanceUID)),
        Mutation(
            name: "wrong meaning",
            apply: changing("NUM") {
                $0.set(.conceptNameCodeSequence, code: Code("111012", "DCM", "Certainty of Impression"))
            }, problem: .wrongMeaning(value: "111012", scheme: "DCM")),
        Mutation(
            name: "unknown code",
            apply: changing("NUM") { $0.set(.conceptNameCodeSequence, code: Code("999999", "DCM", "Certainty")) },
            problem: .unknownCode(value: "999999", scheme: "DCM")),
        Mutation(
            name: "illegal relationship", apply: changing("SCOORD") { $0.set(.relationshipType, .CS, "SELECTED FROM") },
            problem: .illegalRelationship("CONTAINER SELECTED FROM SCOORD")),
        Mutation(
            name: "number without value", apply: changing("NUM") { $0.remove(.measuredValueSequence) },
            problem: .malformedContentItem),
        Mutation(
            name: "empty text", apply: changing("TEXT") { $0.set(.textValue, .UT, "") },
            problem: .malformedContentItem),
        Mutation(
            name: "reference outside the evidence",
            apply: changing("IMAGE") {
                var reference = DataSet()
                reference.set(.referencedSOPClassUID, SOPClass.computedRadiography)
                reference.set(.referencedSOPInstanceUID, .UI, "1.2.3.4")
                $0.set(.referencedSOPSequence, items: [reference])
            }, problem: .referenceWithoutEvidence),
        Mutation(
            name: "open region",
            apply: changing("SCOORD") { $0.set(.graphicData, floats: [1, 1, 5, 1, 5, 5, 1, 5]) },
            problem: .malformedRegion),
        Mutation(
            name: "region outside its image",
            apply: changing("SCOORD") { $0.set(.graphicData, floats: [1, 1, 500, 1, 5, 5, 1, 1]) },
            problem: .malformedRegion),
        Mutation(
            name: "odd number of coordinates",
            apply: changing("SCOORD") { $0.set(.graphicData, floats: [1, 1, 5, 1, 5, 5, 1, 1, 1]) },
            problem: .malformedRegion),
    ]

    @Test("a report as written has no problem", arguments: ReportClass.allCases)
    func good(reportClass: ReportClass) throws {
        let fixture = try ReportFixture()
        #expect(
            ResultValidator.problems(
                inReport: try fixture.report(reportClass), source: try fixture.source, images: try fixture.images) == []
        )
    }

    @Test("each defect is found", arguments: mutations)
    func defect(mutation: Mutation) throws {
        let fixture = try ReportFixture()
        let report = mutation.apply(try fixture.report())
        let problems = ResultValidator.problems(
            inReport: report, source: try fixture.source, images: try fixture.images)
        #expect(problems.contains(mutation.problem), "\(problems)")
        #expect(problems.allSatisfy { $0.description.hasPrefix($0.code) })
    }

    @Test("a finding of the model card is known with its own meaning only")
    func modelCodes() throws {
        let fixture = try ReportFixture()
        let image = try #require(try fixture.images.first)
        let own = Code("46621007", "SCT", "Atelectasis")
        var input = try fixture.input()
        let finding = try FindingInput(
            image: image, finding: own, probability: 0.1, threshold: 0.5, lowerThreshold: 0.3,
            trackingIdentifier: "Atelectasis 1", trackingUID: "2.25.9")
        input.images = [AssessedImage(image: image, outcome: .findings([finding]))]
        let report = try MeasurementReport(input).dataSet
        func problems(_ codes: Set<Code>) throws -> [ResultProblem] {
            ResultValidator.problems(
                inReport: report, source: try fixture.source, images: try fixture.images, modelCodes: codes)
        }
        #expect(try problems([own]).isEmpty)
        #expect(try problems([]) == [.unknownCode(value: "46621007", scheme: "SCT")])
        #expect(try problems([Code("46621007", "SCT", "Other")]) == [.wrongMeaning(value: "46621007", scheme: "SCT")])
    }

    @Test("a tree without end is refused, not followed")
    func depth() throws {
        let fixture = try ReportFixture()
        var report = try fixture.report()
        var item = DataSet()
        for _ in 0..<200 {
            var outer = DataSet()
            outer.set(.relationshipType, .CS, "CONTAINS")
            outer.set(.valueType, .CS, "CONTAINER")
            outer.set(.contentSequence, items: [item])
            item = outer
        }
        report.set(.contentSequence, items: report.items(.contentSequence) + [item])
        #expect(
            ResultValidator.problems(
                inReport: report, source: try fixture.source, images: try fixture.images
            ).contains(.treeTooDeep))
    }

    @Test("every code that we write is one that we know, and fits its representation")
    func codes() {
        for code in ReportCodes.known {
            #expect(code.value.utf8.count <= 16 && code.scheme.utf8.count <= 16 && code.meaning.utf8.count <= 64)
        }
        #expect(Set(ReportCodes.known.map { "\($0.scheme) \($0.value)" }).count == ReportCodes.known.count)
    }
}
