import DICOMCore
import Foundation

/// What analysis hands to filing about one image: sealed for filing, free of identity.
///
/// On disk: length of the JSON part as 4 bytes big-endian, the JSON part, then the rendered picture as 8-bit RGB,
/// row by row (empty if none was asked for).
public struct AnalysisRecord: Sendable, Codable, Hashable {
    public let findings: Findings
    public let facts: AnalysisFacts
    /// Outlines of the heat map's support in source pixels: per finding, per region, `x, y` of each corner.
    public let regions: [[[Float]]]
    /// Rows and columns of the source image, and of the rendered picture.
    public let rows: Int
    public let columns: Int
    public let layer: String
    /// Milliseconds since 1970-01-01 UTC; fixed here, so that a result made again has the same bytes.
    public let analysedAt: Int64

    public init(
        findings: Findings, facts: AnalysisFacts, regions: [[[Float]]], rows: Int, columns: Int, layer: String,
        analysedAt: Int64
    ) {
        self.findings = findings
        self.facts = facts
        self.regions = regions
        self.rows = rows
        self.columns = columns
        self.layer = layer
        self.analysedAt = analysedAt
    }

    /// The bytes to seal.
    public func encoded(picture: [UInt8]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(self)
        return ImagePayload.prefix(json.count) + json + picture
    }

    /// Reads what ``encoded(picture:)`` wrote; `nil` if it is something else.
    public static func decode(_ bytes: [UInt8]) -> (record: AnalysisRecord, picture: ArraySlice<UInt8>)? {
        guard bytes.count >= 4 else { return nil }
        let count = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= 4 + count,
            let record = try? JSONDecoder().decode(AnalysisRecord.self, from: Data(bytes[4..<(4 + count)]))
        else { return nil }
        return (record, bytes[(4 + count)...])
    }
}
