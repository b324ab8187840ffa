import DICOMCore
import DICOMStream
import DICOMToolkit
import ModelCard
import Reporting

/// The gate before delivery, on files: our own check of the templates, and DCMTK's of the tree.
public enum ResultGate {
    /// What is wrong with a report; empty if it may leave. Throws for files that cannot be read.
    ///
    /// Without sources the report's own attributes and references stand for them.
    public static func problems(report file: [UInt8], sources: [[UInt8]]) throws -> [String] {
        let (report, bytes) = try parse(file)
        let headers = try sources.map { try parse($0).0 }
        let images = headers.isEmpty ? Self.images(of: report) : try headers.map { try ReferencedImage(header: $0) }
        let codes = Set(try ModelPackage.builtIn().card.labels.compactMap { Code($0.code) })
        let source = try SourceAttributes(header: headers.first ?? report, isResult: headers.isEmpty)
        let problems = ResultValidator.problems(inReport: report, source: source, images: images, modelCodes: codes)
        let tree = SRChecker.check(bytes) == nil ? [] : ["FIL-015 DCMTK cannot read the tree"]
        return problems.map(\.description) + tree
    }

    private static func parse(_ file: [UInt8]) throws -> (DataSet, [UInt8]) {
        let contents = try Part10.read(file)
        let dataSet = try DataSetParser.parse(Array(contents.dataSetBytes), transferSyntax: contents.transferSyntax)
        return (dataSet, DataSetWriter.write(dataSet, transferSyntax: .explicitVRLittleEndian))
    }

    /// The images of the evidence. Their size stands in the image library, or else is not limited.
    private static func images(of report: DataSet) -> [ReferencedImage] {
        let evidence = Tag(0x0040, 0xA375)
        return report.items(evidence).flatMap { $0.items(Tag(0x0008, 0x1115)) }.flatMap { series in
            series.items(Tag(0x0008, 0x1199)).compactMap { item in
                var header = DataSet()
                header.set(.sopClassUID, .UI, item.text(Tag(0x0008, 0x1150)) ?? "")
                header.set(.sopInstanceUID, .UI, item.text(Tag(0x0008, 0x1155)) ?? "")
                header.set(.seriesInstanceUID, .UI, series.text(.seriesInstanceUID) ?? "")
                header.set(.rows, UInt16.max)
                header.set(.columns, UInt16.max)
                do {
                    return try ReferencedImage(header: header)
                } catch {
                    // A reference without UIDs is no image; the check says so.
                    return nil
                }
            }
        }
    }
}
