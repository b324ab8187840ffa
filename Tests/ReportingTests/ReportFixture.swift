import DICOMCore
import Passage
import Phantom
import Radiography

@testable import Reporting

/// A complete set of inputs, of which a test changes what it is about.
struct ReportFixture {
    var header: DataSet
    let map: HeatMap
    var presence = Presence.present
    var imageCount = 1

    init(isDX: Bool = false) throws {
        header = isDX ? ReportFixture.dx : ReportFixture.cr
        map = try ReportFixture.heatMap()
    }

    private static let opacity = Phantom.Opacity(side: .right, zone: .lower)
    private static let cr = PhantomStudy.crDataSet(seed: 7, rows: 96, columns: 96, opacity: opacity)
    private static let dx = PhantomStudy.dxDataSet(seed: 7, rows: 96, columns: 96, opacity: opacity)

    /// A 10 × 10 map with one hot spot in the right lower zone of the patient.
    static func heatMap() throws -> HeatMap {
        var values = [Float](repeating: 0.05, count: 100)
        for (row, column, value) in [
            (5, 2, Float(0.5)), (5, 3, 0.6), (6, 2, 0.8), (6, 3, 0.95), (7, 2, 0.55), (7, 3, 0.6), (6, 4, 0.4),
        ] {
            values[row * 10 + column] = value
        }
        return try HeatMap(rows: 10, columns: 10, values: values)
    }

    var source: SourceAttributes { get throws { try SourceAttributes(header: header) } }

    /// The images of the study; further ones differ in their instance only.
    var images: [ReferencedImage] {
        get throws {
            try (0..<imageCount).map { index in
                var copy = header
                if index > 0 { copy.set(.sopInstanceUID, .UI, "2.25.9990\(index)") }
                return try ReferencedImage(header: copy)
            }
        }
    }

    var algorithm: AlgorithmInput {
        get throws {
            try AlgorithmInput(
                name: "cxr-pneumonia", version: "1.0.0", manufacturer: "cxrgate project", deviceUID: "2.25.7001",
                weightsSHA256: String(repeating: "ab", count: 32))
        }
    }

    var device: DeviceInput {
        get throws {
            try DeviceInput(
                uid: "2.25.7002", name: "CXRGATE", manufacturer: "cxrgate project", modelName: "cxrgate",
                serialNumber: "0001", softwareVersion: "0.1.0")
        }
    }

    func identity(_ kind: Int) throws -> ResultIdentity {
        ResultIdentity(
            sopInstanceUID: UID("2.25.80\(kind)1") ?? "2.25.1", seriesInstanceUID: UID("2.25.80\(kind)2") ?? "2.25.1",
            seriesNumber: 9900 + kind, instanceNumber: 1, time: try ReportTime(date: "20240315", time: "102030"))
    }

    func findings() throws -> [FindingInput] {
        let probability: Double =
            switch presence {
            case .present: 0.873
            case .undetermined: 0.5
            case .absent: 0.04
            }
        return try images.enumerated().map { index, image in
            let regions = map.regions(rows: image.rows, columns: image.columns).enumerated().map {
                RegionInput(
                    region: $1, trackingUID: UID("2.25.60\(index)\($0)") ?? "2.25.1", laterality: ReportCodes.right)
            }
            return try FindingInput(
                image: image, finding: ReportCodes.pneumonia, probability: probability, threshold: 0.62,
                lowerThreshold: 0.3, trackingIdentifier: "Pneumonia \(index + 1)",
                trackingUID: UID("2.25.50\(index)") ?? "2.25.1", regions: regions)
        }
    }

    func input(_ reportClass: ReportClass = .comprehensive3D) throws -> ReportInput {
        let findings = try findings()
        return ReportInput(
            reportClass: reportClass, source: try source,
            images: try images.enumerated().map { index, image in
                AssessedImage(
                    image: image, outcome: .findings([findings[index]]),
                    view: try ViewStatement(view: "AP", origin: "View Position (0018,5101)"))
            }, algorithm: try algorithm, device: try device, identity: try identity(1))
    }

    /// The first image as one that the model did not look at.
    func declined(_ reason: String = "lateral view") throws -> AssessedImage {
        guard let image = try images.last else { throw ReportingError.noImage }
        return AssessedImage(
            image: image, outcome: .notPerformed(try NotPerformedReason(code: "ELI-003", reason: reason)))
    }

    /// An earlier report of the same study.
    func revision(_ number: Int = 2, date: String = "20240315") throws -> ReportRevision {
        let earlier = ResultIdentity(
            sopInstanceUID: "2.25.41", seriesInstanceUID: "2.25.42", seriesNumber: 9901, instanceNumber: number - 1,
            time: try ReportTime(date: date, time: "100205"))
        return try ReportRevision(
            number: number, replaced: ReferencedObject(sopClassUID: SOPClass.comprehensive3DSR, earlier),
            replacedAt: earlier.time)
    }

    func report(_ reportClass: ReportClass = .comprehensive3D) throws -> DataSet {
        try MeasurementReport(try input(reportClass)).dataSet
    }

    func presentation() throws -> DataSet {
        try PresentationState(
            PresentationInput(
                source: try source, display: DisplayAttributes(header: header), findings: [try findings()[0]],
                algorithm: try algorithm, device: try device, identity: try identity(3))
        ).dataSet
    }

    func keyObjects() throws -> DataSet {
        try KeyObjectSelection(
            KeyObjectInput(
                source: try source, images: try images, description: "AI, unverified", device: try device,
                algorithm: try algorithm, identity: try identity(4))
        ).dataSet
    }

    func capture(_ layout: HeatMapRenderer.Layout = .overlay) throws -> DataSet {
        guard let geometry = PixelGeometry(header), let image = try images.first else {
            throw ReportingError.noImage
        }
        let picture = try PixelPipeline.picture(
            native: header[.pixelData]?.bytes ?? [], geometry: geometry, header: header)
        let overlay = try HeatMapRenderer.render(picture: picture, heatMap: map, legend: legend, layout: layout)
        return try SecondaryCapture(
            CaptureInput(
                source: try source, image: image, samples: overlay.samples, algorithm: try algorithm,
                device: try device, identity: try identity(2), layout: layout)
        ).dataSet
    }

    var legend: HeatMapLegend {
        HeatMapLegend(
            finding: "Pneumonia", decision: presence.rawValue, probability: 0.873, threshold: 0.62,
            modelName: "cxr-pneumonia", modelVersion: "1.0.0", time: "2024-03-15 10:20:30")
    }
}
