import DICOMCore
import DICOMStream
import Foundation

/// What a canary was told: the certainties of its report, in the order of the document.
struct CanaryAnswer: Sendable, Codable, Hashable {
    /// In percent; empty where no finding was assessed.
    var certainties: [Double]

    /// Half a percentage point: another processor, or another build of the same arithmetic, stays far below it.
    private static let tolerance = 0.5

    init(certainties: [Double]) { self.certainties = certainties }

    /// Reads a structured report. Throws `StreamError`.
    init(report bytes: [UInt8], transferSyntax: TransferSyntax) throws {
        certainties = Self.certainties(in: try DataSetParser.parse(bytes, transferSyntax: transferSyntax))
    }

    func isLike(_ other: CanaryAnswer) -> Bool {
        certainties.count == other.certainties.count
            && zip(certainties, other.certainties).allSatisfy { abs($0 - $1) <= Self.tolerance }
    }

    /// (111012, DCM, "Certainty of Finding"), PS3.16 TID 4019.
    private static func certainties(in item: DataSet) -> [Double] {
        let isCertainty = item.items(.conceptName).first?.text(.codeOfConcept) == "111012"
        let own = isCertainty ? item.items(.measuredValue).compactMap { $0.decimal(.numeric) } : []
        return own + item.items(.content).flatMap { certainties(in: $0) }
    }
}

extension Tag {
    fileprivate static let codeOfConcept = Tag(0x0008, 0x0100)
    fileprivate static let conceptName = Tag(0x0040, 0xA043)
    fileprivate static let measuredValue = Tag(0x0040, 0xA300)
    fileprivate static let numeric = Tag(0x0040, 0xA30A)
    fileprivate static let content = Tag(0x0040, 0xA730)
}
