import DICOMCore
import DICOMStream
import DICOMToolkit
import Foundation
import ModelCard
import Passage
import Phantom
import Radiography
import Reporting

/// How long it takes to make the two objects of one radiograph, from the picture to the bytes in the outbox, on one core.
public enum ResultBench {
    /// Processor times in milliseconds, the median and the slowest of `rounds`, for each part. Everything runs on one
    /// thread; on an idle machine the wall says the same.
    public static func run(rows: Int, columns: Int, rounds: Int) throws -> JSONValue {
        guard rounds > 0 else { throw GatewayError.badRequest("at least one round") }
        let header = PhantomStudy.crDataSet(seed: 7, rows: rows, columns: columns, opacity: nil)
        guard let geometry = PixelGeometry(header), let pixels = header[.pixelData]?.bytes else {
            throw GatewayError.badRequest("no radiograph has this size")
        }
        let picture = try PixelPipeline.picture(native: pixels, geometry: geometry, header: header)
        let source = try SourceAttributes(header: header)
        let image = try ReferencedImage(header: header)
        let card = try ModelPackage.builtIn().card
        let names = StationNames(image: image, card: card, source: source, milliseconds: 0)
        let map = try spot()
        var times: [String: [Double]] = [:]
        for _ in 0..<rounds {
            let began = processorTime()
            let outlines = map.regions(rows: rows, columns: columns).map { $0.vertices.flatMap { [$0.x, $0.y] } }
            let legend = HeatMapLegend(
                finding: "Pneumonia", decision: "present", probability: 0.87, threshold: 0.79, modelName: card.id,
                modelVersion: card.version, time: UniversalTime.readable(0))
            let overlay = try HeatMapRenderer.overlay(picture: picture, heatMap: map, legend: legend)
            let drawn = processorTime()
            let reportBytes = try report(source, image, outlines, names: names, card: card)
            let reported = processorTime()
            let captureBytes = try capture(source, image, overlay.samples, names: names)
            let captured = processorTime()
            guard reportBytes > 0, captureBytes > rows * columns * 3 else { throw GatewayError.badRequest("too small") }
            times["heat map drawn", default: []].append(drawn - began)
            times["report built, validated, written", default: []].append(reported - drawn)
            times["capture built, validated, written", default: []].append(captured - reported)
            times["all", default: []].append(captured - began)
        }
        return .array(
            ["heat map drawn", "report built, validated, written", "capture built, validated, written", "all"].map {
                let sorted = (times[$0] ?? []).sorted()
                return .object([
                    "part": .string($0), "median ms": .number(sorted[sorted.count / 2]),
                    "slowest ms": .number(sorted[sorted.count - 1]), "rounds": .number(sorted.count),
                ])
            })
    }

    private static func report(
        _ source: SourceAttributes, _ image: ReferencedImage, _ outlines: [[Float]], names: StationNames,
        card: ModelCard
    ) throws -> Int {
        let finding = Passage.Finding(
            label: card.labels[0].name, code: card.labels[0].code, probability: 0.87,
            threshold: card.labels[0].threshold, lowerThreshold: card.labels[0].lowerThreshold)
        let assessed = AssessedImage(
            image: image,
            outcome: .findings([
                try FindingInput(
                    finding, of: image, outlines: outlines, trackingIdentifier: "1", trackingUID: names.uid("finding"),
                    regionUID: { names.uid("region \($0)") })
            ]))
        let object = try MeasurementReport(
            ReportInput(
                source: source, images: [assessed], algorithm: names.algorithm(), device: names.device(),
                identity: names.identity(.report))
        ).dataSet
        let problems = ResultValidator.problems(inReport: object, source: source, images: [image])
        let bytes = DataSetWriter.write(object, transferSyntax: .explicitVRLittleEndian)
        guard problems.isEmpty, SRChecker.check(bytes) == nil else {
            throw GatewayError.badRequest("the report is not valid: \(problems)")
        }
        return bytes.count
    }

    private static func capture(
        _ source: SourceAttributes, _ image: ReferencedImage, _ samples: [UInt8], names: StationNames
    ) throws -> Int {
        let object = try SecondaryCapture(
            CaptureInput(
                source: source, image: image, samples: samples, algorithm: names.algorithm(), device: names.device(),
                identity: names.identity(.capture))
        ).dataSet
        let problems = ResultValidator.problems(inCapture: object, source: source, image: image)
        guard problems.isEmpty else { throw GatewayError.badRequest("the capture is not valid: \(problems)") }
        return DataSetWriter.write(object, transferSyntax: .explicitVRLittleEndian).count
    }

    /// A grid as the built-in model has it, with one strong spot over a third of the picture.
    private static func spot() throws -> HeatMap {
        let side = 16
        let values = (0..<side * side).map { cell -> Float in
            let (row, column) = (Float(cell / side) - 9, Float(cell % side) - 5)
            return max(0, 1 - (row * row + column * column) / 20)
        }
        return try HeatMap(rows: side, columns: side, values: values)
    }

    /// What this process has used so far, in milliseconds.
    private static func processorTime() -> Double { Double(clock()) * 1000 / Double(CLOCKS_PER_SEC) }
}
