import DICOMCore
import Passage
import Radiography
import Testing

@testable import Reporting

@Suite("Measurement report")
struct MeasurementReportTests {
    /// Every content item below the root, the root's children first.
    private func tree(_ item: DataSet) -> [DataSet] {
        let children = item.items(.contentSequence)
        return children + children.flatMap(tree)
    }

    private func name(_ item: DataSet) -> String? { item.items(.conceptNameCodeSequence).first?.text(.codeValue) }

    private func texts(_ report: DataSet) -> [String] {
        report.items(.contentSequence).filter { name($0) == "121106" }.compactMap { $0.text(.textValue) }
    }

    @Test("the same input gives the same data set")
    func deterministic() throws {
        let fixture = try ReportFixture()
        #expect(try fixture.report() == fixture.report())
        #expect(Part10Fixture.file(try fixture.report()) == Part10Fixture.file(try fixture.report()))
    }

    @Test("the first line says what was assessed, and that nothing else was")
    func firstLine() throws {
        let lines = texts(try ReportFixture().report())
        #expect(
            lines.first == "AI assessed only: pneumonia. Other findings were not assessed. "
                + "Unverified: not reviewed by a physician.")
        #expect(lines.contains { $0 == "View: AP (View Position (0018,5101))." })
        #expect(lines.contains { $0.hasPrefix("Certainty is the model's estimate of the probability") })
    }

    @Test("outside the intended population the second line says so")
    func population() throws {
        var input = try ReportFixture().input()
        let image = input.images[0]
        input.images = [
            AssessedImage(
                image: image.image, outcome: image.outcome, view: image.view,
                outsidePopulation: "adult; model made for ages 1 to 5 years")
        ]
        let lines = texts(try MeasurementReport(input).dataSet)
        #expect(
            lines[1] == "Outside the intended population of the model (adult; model made for ages 1 to 5 years): "
                + "its accuracy for this patient is not established.")
    }

    @Test("an absent finding is never called normal, and shows no region")
    func absent() throws {
        var fixture = try ReportFixture()
        fixture.presence = .absent
        let report = try fixture.report()
        for line in texts(report) where line.contains("normal") {
            #expect(line.contains("does not mean that the image is normal"))
        }
        #expect(texts(report).contains { $0.contains("Pneumonia: not found by the AI, certainty 4.0 %") })
        #expect(!tree(report).contains { $0.text(.valueType) == "SCOORD" })
        #expect(
            ResultValidator.problems(
                inReport: report, source: try fixture.source, images: try fixture.images
            ).isEmpty)
    }

    @Test(
        "the decision follows from the two thresholds",
        arguments: [
            (0.62, Presence.present), (0.61, .undetermined), (0.3, .undetermined), (0.29, .absent), (1, .present),
            (0, .absent),
        ])
    func decision(case: (Double, Presence)) {
        #expect(Presence(probability: `case`.0, threshold: 0.62, lowerThreshold: 0.3) == `case`.1)
    }

    @Test(
        "present and undetermined findings carry code, certainty and region",
        arguments: [
            (Presence.present, "121053", "87.3"), (.undetermined, "121059", "50.0"), (.absent, "121054", "4.0"),
        ])
    func finding(case: (Presence, String, String)) throws {
        var fixture = try ReportFixture()
        fixture.presence = `case`.0
        let items = tree(try fixture.report())
        let presence = items.first { name($0) == "121052" }
        #expect(presence?.items(.conceptCodeSequence).first?.text(.codeValue) == `case`.1)
        let certainty = items.first { name($0) == "111012" }?.items(.measuredValueSequence).first
        #expect(certainty?.text(.numericValue) == `case`.2)
        #expect(items.contains { $0.text(.valueType) == "SCOORD" } == (`case`.0 != .absent))
    }

    @Test("threshold and weights stand in the algorithm parameters")
    func parameters() throws {
        let values = tree(try ReportFixture().report()).filter { name($0) == "111002" }.compactMap {
            $0.text(.textValue)
        }
        #expect(values.contains("threshold=0.62"))
        #expect(values.contains("lowerThreshold=0.3"))
        #expect(values.contains("weightsSHA256=" + String(repeating: "ab", count: 32)))
    }

    @Test("the algorithm is contributing equipment, its device UID bound to the weights")
    func contribution() throws {
        let item = try #require(try ReportFixture().report().items(Tag(0x0018, 0xA001)).first)
        #expect(item.text(.deviceUID) == "2.25.7001")
        #expect(item.text(.softwareVersions) == "1.0.0")
        #expect(item.items(Tag(0x0040, 0xA170)).first?.text(.codeValue) == "109102")
    }

    @Test("every image of every series is in the evidence and in the library")
    func evidence() throws {
        var fixture = try ReportFixture()
        fixture.imageCount = 3
        let report = try fixture.report()
        #expect(
            ResultValidator.problems(
                inReport: report, source: try fixture.source, images: try fixture.images
            ).isEmpty)
        let series = report.items(Tag(0x0040, 0xA375)).first?.items(Tag(0x0008, 0x1115))
        #expect(series?.count == 1)
        #expect(series?.first?.items(Tag(0x0008, 0x1199)).count == 3)
        #expect(texts(report).contains { $0.hasPrefix("Pneumonia in image 3 of 3: present") })
    }

    @Test("a revision names the report that it replaces, in the tree of the standard and in words")
    func predecessor() throws {
        var input = try ReportFixture().input()
        input.revision = try ReportFixture().revision()
        let report = try MeasurementReport(input).dataSet
        let item = report.items(Tag(0x0040, 0xA360)).first
        let series = item?.items(Tag(0x0008, 0x1115)).first
        #expect(series?.text(.seriesInstanceUID) == "2.25.42")
        #expect(series?.items(Tag(0x0008, 0x1199)).first?.text(Tag(0x0008, 0x1155)) == "2.25.41")
        #expect(texts(report)[1] == "Revision 2, replaces 10:02.")
        input.revision = try ReportFixture().revision(3, date: "20240314")
        #expect(texts(try MeasurementReport(input).dataSet)[1] == "Revision 3, replaces 2024-03-14 10:02.")
        #expect(throws: ReportingError.numberOutOfRange) { try ReportFixture().revision(1) }
    }

    @Test("not performed is a report of its own, with its reason")
    func notPerformed() throws {
        let fixture = try ReportFixture()
        var input = try fixture.input()
        input.images = [try fixture.declined()]
        let report = try MeasurementReport(input).dataSet
        #expect(texts(report).first?.hasPrefix("AI analysis not performed: lateral view (ELI-003).") == true)
        #expect(texts(report).first?.contains("does not mean that the image is normal") == true)
        #expect(
            tree(report).contains {
                $0.items(Tag(0x0040, 0xA168)).first?.text(Tag(0x0008, 0x0100)) == "111225"
            })
        #expect(
            ResultValidator.problems(
                inReport: report, source: try fixture.source, images: try fixture.images
            ).isEmpty)
    }

    @Test("an image that was not analysed stands beside one that was, each with its own answer")
    func mixed() throws {
        var fixture = try ReportFixture()
        fixture.imageCount = 2
        var input = try fixture.input()
        input.images[1] = try fixture.declined("not a frontal view")
        let report = try MeasurementReport(input).dataSet
        let lines = texts(report)
        #expect(lines.first?.hasPrefix("AI assessed only: pneumonia.") == true)
        #expect(
            lines.contains {
                $0.hasPrefix("AI analysis not performed in image 2 of 2: not a frontal view (ELI-003).")
                    && $0.hasSuffix("does not mean that the image is normal.")
            })
        #expect(lines.contains { $0.hasPrefix("View in image 1 of 2: AP") })
        #expect(
            ResultValidator.problems(
                inReport: report, source: try fixture.source, images: try fixture.images) == [])
    }

    @Test("a model with several labels gives a group for each, and names them all in the first line")
    func severalLabels() throws {
        let fixture = try ReportFixture()
        var input = try fixture.input()
        let image = input.images[0].image
        let labels = [ReportCodes.pneumonia, ReportCodes.pneumothorax, ReportCodes.pleuralEffusion]
        let findings = try labels.enumerated().map { index, code in
            try FindingInput(
                image: image, finding: code, probability: [0.9, 0.4, 0.01][index], threshold: 0.62,
                lowerThreshold: 0.3, trackingIdentifier: code.meaning, trackingUID: UID("2.25.77\(index)") ?? "2.25.1")
        }
        input.images = [AssessedImage(image: image, outcome: .findings(findings))]
        let report = try MeasurementReport(input).dataSet
        #expect(
            texts(report).first?.hasPrefix("AI assessed only: pneumonia, pneumothorax, pleural effusion.") == true)
        #expect(tree(report).filter { name($0) == "125007" }.count == 3)
        #expect(
            ResultValidator.problems(
                inReport: report, source: try fixture.source, images: try fixture.images) == [])
    }

    @Test("an order in the source becomes a referenced request, no order becomes none")
    func requests() throws {
        var fixture = try ReportFixture()
        var request = DataSet()
        request.set(Tag(0x0040, 0x1001), .SH, "RP77")
        fixture.header.set(Tag(0x0040, 0x0275), items: [request])
        let item = try #require(try fixture.report().items(Tag(0x0040, 0xA370)).first)
        #expect(item.text(Tag(0x0040, 0x1001)) == "RP77")
        #expect(item[.accessionNumber]?.bytes == fixture.header[.accessionNumber]?.bytes)
        fixture.header.remove(Tag(0x0040, 0x0275))
        fixture.header.set(.accessionNumber, .SH, "")
        #expect(try fixture.report()[Tag(0x0040, 0xA370)] == nil)
        #expect(try fixture.report()[.accessionNumber]?.isEmpty == true)
    }

    @Test("what cannot be a report is refused with its reason")
    func refusals() throws {
        let fixture = try ReportFixture()
        var input = try fixture.input()
        input.images = []
        #expect(throws: ReportingError.noImage) { try MeasurementReport(input) }
        input = try fixture.input()
        input.images = [AssessedImage(image: try fixture.images[0], outcome: .findings([]))]
        #expect(throws: ReportingError.noFinding) { try MeasurementReport(input) }
        input = try fixture.input()
        var other = fixture.header
        other.set(.sopInstanceUID, .UI, "2.25.5")
        input.images = [
            AssessedImage(
                image: try ReferencedImage(header: other), outcome: .findings(try fixture.findings()))
        ]
        #expect(throws: ReportingError.noImage) { try MeasurementReport(input) }
        input = try fixture.input()
        input.images += input.images
        #expect(throws: ReportingError.repeatedImage) { try MeasurementReport(input) }
        input.images = [
            AssessedImage(image: try fixture.images[0], outcome: .findings(try fixture.findings() + fixture.findings()))
        ]
        #expect(throws: ReportingError.repeatedTracking) { try MeasurementReport(input) }
        #expect(throws: ReportingError.textOutsideBasicRepertoire) { try fixture.declined("Röntgen") }
        #expect(throws: ReportingError.textTooLong(limit: 64)) {
            try ViewStatement(view: String(repeating: "A", count: 65), origin: "")
        }
        for tag in [Tag.studyInstanceUID, .sopInstanceUID, .seriesInstanceUID, .sopClassUID, .rows] {
            var header = fixture.header
            header.remove(tag)
            #expect(throws: ReportingError.self) {
                _ = try SourceAttributes(header: header)
                _ = try ReferencedImage(header: header)
            }
        }
    }

    @Test("findings with impossible numbers or regions are refused")
    func findingRefusals() throws {
        let image = try #require(try ReportFixture().images.first)
        func finding(_ probability: Double, _ threshold: Double, _ lower: Double, x: Float = 5) throws {
            let region = HeatRegion(
                vertices: [.init(x: 1, y: 1), .init(x: x, y: 1), .init(x: 3, y: 4)], areaFraction: 0.1)
            _ = try FindingInput(
                image: image, finding: ReportCodes.pneumonia, probability: probability, threshold: threshold,
                lowerThreshold: lower, trackingIdentifier: "a", trackingUID: "2.25.1",
                regions: [RegionInput(region: region, trackingUID: "2.25.2")])
        }
        #expect(throws: Never.self) { try finding(0.5, 0.5, 0.5) }
        for (probability, threshold, lower) in [(1.1, 0.5, 0.3), (.nan, 0.5, 0.3), (0.5, 0.3, 0.5), (0.5, 2, 0)] {
            #expect(throws: ReportingError.numberOutOfRange) { try finding(probability, threshold, lower) }
        }
        #expect(throws: ReportingError.malformedRegion) { try finding(0.9, 0.5, 0.3, x: 5000) }
        #expect(throws: ReportingError.malformedRegion) { try finding(0.9, 0.5, 0.3, x: .nan) }
    }

    @Test("the patient does not show in what is printed")
    func printing() throws {
        let fixture = try ReportFixture()
        let input = try fixture.input()
        var dumped = ""
        dump(input, to: &dumped)
        let printed = "\(input) \(String(reflecting: try MeasurementReport(input))) " + dumped
        for tag in [Tag.patientID, .studyInstanceUID, .sopInstanceUID, .accessionNumber] {
            let value = try #require(fixture.header.text(tag))
            #expect(!printed.contains(value))
        }
    }
}
