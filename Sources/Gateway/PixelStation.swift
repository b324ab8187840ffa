import DICOMCore
import DICOMStream
import DICOMToolkit
import Foundation
import PixelCleaning

/// The cleaning of pixels on files, for the command line: the same code as on the path.
public struct PixelStation: Sendable {
    private let configuration: GatewayConfiguration
    /// The program that decodes compressed pixels in a child of its own.
    private let executable: String

    public init(_ configuration: GatewayConfiguration, executable: String) {
        self.configuration = configuration
        self.executable = executable
    }

    /// A cleaned file, and what was done to it.
    public struct Result: Sendable {
        public let file: [UInt8]
        public let summary: JSONValue
    }

    /// Cleans the pixels of a de-identified file: residue is taken out; the regions of the site's table (by the device
    /// that `original` names) and all text found are covered. Compressed pixels that had to be covered are written
    /// uncompressed. Burned In Annotation (0028,0301) and the methods of de-identification say so.
    ///
    /// A file without pixels comes back as it is. Throws `PIX-004` for several frames and for pixels that cannot be
    /// searched, and ``GatewayError`` where text is still found after covering: then nothing may be passed on.
    /// Source: PS3.15 E.3.1.
    public func clean(_ deidentified: [UInt8], original: [UInt8]) throws -> Result {
        let (parsed, syntax) = try InstanceStation.parse(deidentified)
        var dataSet = parsed
        guard let pixels = dataSet[.pixelData]?.bytes else {
            return Result(file: deidentified, summary: Self.summary(ClearanceReport()))
        }
        guard let geometry = PixelGeometry(dataSet), geometry.frames == 1 else {
            throw PixelCleaningError.unsupportedPixels
        }
        var rules = configuration.pixels
        rules.text = .mask
        rules.annotation = .mask
        rules.residue = .strip
        let clearance = try PixelClearance(rules: rules)
        var report = ClearanceReport()
        let (bytes, residue) = clearance.bytes(
            pixels, transferSyntax: syntax, geometry: geometry, report: &report)
        guard residue == .clear else { throw PixelCleaningError.malformedStream }
        var samples = try decoded(bytes, syntax, geometry)
        let regions = MaskTable.parse(configuration.masks).table
            .regions(for: try InstanceStation.parse(original).0, geometry: geometry)
        switch clearance.pixels(&samples, geometry: geometry, header: dataSet, regions: regions, report: &report) {
        case .clear:
            dataSet.set(DataElement(.pixelData, dataSet[.pixelData]?.vr ?? .OW, bytes: bytes))
            dataSet.markPixelsClean()
            return Result(
                file: try Part10.file(dataSet: dataSet, transferSyntax: syntax), summary: Self.summary(report))
        case .masked:
            // What a codec makes of colours is not always what the header goes on to say.
            guard geometry.samplesPerPixel == 1 || !syntax.isEncapsulated else {
                throw PixelCleaningError.unsupportedPixels
            }
            dataSet.set(DataElement(.pixelData, geometry.bitsAllocated > 8 ? .OW : .OB, bytes: samples))
            dataSet.markPixelsClean()
            return Result(
                file: try Part10.file(dataSet: dataSet, transferSyntax: .explicitVRLittleEndian),
                summary: Self.summary(report))
        case .hold(let reason), .refuse(let reason):
            throw GatewayError.badRequest("\(reason.rawValue): \(reason.meaning); clean the pixels by hand")
        }
    }

    /// De-identifies one file and cleans its pixels. The file is written only when both are done.
    public func deidentify(
        from input: String, to output: String, by station: InstanceStation
    ) throws -> InstanceStation.Verdict {
        guard let original = FileManager.default.contents(atPath: input) else {
            throw GatewayError.badRequest("with --clean-pixels the input is one readable file")
        }
        let part = output + ".part"
        defer { _ = unsafe unlink(part) }
        let verdict = try station.deidentify(from: input, to: part)
        guard let deidentified = FileManager.default.contents(atPath: part) else {
            throw GatewayError.system("reading a file", errno)
        }
        let cleaned = try clean(Array(deidentified), original: Array(original))
        guard
            FileManager.default.createFile(
                atPath: output, contents: Data(cleaned.file), attributes: [.posixPermissions: 0o600])
        else { throw GatewayError.system("writing a file", errno) }
        return InstanceStation.Verdict(
            summary: verdict.summary.with("pixels", cleaned.summary), isClean: verdict.isClean)
    }

    /// Says what would be found in a DICOM, JPEG or PNG file; changes nothing.
    public func search(_ file: [UInt8]) throws -> JSONValue {
        var report = ClearanceReport()
        let detector = try TextDetector(markerWords: configuration.pixels.markerWords)
        if let picture = try PictureFile(file) {
            let geometry = PixelGeometry(
                rows: picture.rows, columns: picture.columns, bitsAllocated: 8, bitsStored: 8, highBit: 7,
                isSigned: false, photometricInterpretation: "MONOCHROME2")
            return Self.described(detector.detect(native: picture.gray8, geometry: geometry), report)
        }
        let (dataSet, syntax) = try InstanceStation.parse(file)
        guard let geometry = PixelGeometry(dataSet), let pixels = dataSet[.pixelData]?.bytes else {
            throw GatewayError.badRequest("the file is not an image")
        }
        let clean = try StreamResidue.clean(pixels, transferSyntax: syntax, geometry: geometry)
        report.residue = clean.found
        let samples = try decoded(clean.bytes, syntax, geometry)
        return Self.described(detector.detect(native: samples, geometry: geometry), report)
    }

    private func decoded(_ bytes: [UInt8], _ syntax: TransferSyntax, _ geometry: PixelGeometry) throws -> [UInt8] {
        guard syntax.isEncapsulated else { return bytes }
        return try CodecWorker.decode(
            frame: bytes, transferSyntax: syntax, geometry: geometry, executable: executable,
            arguments: ["role", "codec"])
    }

    private static func summary(_ report: ClearanceReport) -> JSONValue {
        .object([
            "text": .number(report.text.count), "masked": .number(report.masked.count),
            "residue": .array(report.residue.map { .string($0.rawValue) }),
        ])
    }

    private static func described(_ lines: [BurnedInText]?, _ report: ClearanceReport) -> JSONValue {
        .object([
            "searched": .bool(lines != nil),
            "text": .array(
                (lines ?? []).map { line in
                    .object([
                        "top": .number(line.box.top), "left": .number(line.box.left),
                        "bottom": .number(line.box.bottom), "right": .number(line.box.right),
                        "characters": .number(line.characters), "score": .number(line.score),
                    ])
                }),
            "residue": .array(report.residue.map { .string($0.rawValue) }),
        ])
    }
}
