import Foundation

/// An evaluation as it is handed on: what was found, on what, by which version of what.
public struct EvaluationReport: Sendable, Codable {
    /// The model that was evaluated, where the product itself ran it.
    public struct Subject: Sendable, Hashable, Codable {
        public let id: String
        public let version: String
        /// Lower-case hexadecimal SHA-256 of its weights.
        public let sha256: String

        public init(id: String, version: String, sha256: String) {
            (self.id, self.version, self.sha256) = (id, version, sha256)
        }
    }

    /// The scores of all cases, each class in ascending order: whoever must trust the figures can count again.
    public struct Scores: Sendable, Hashable, Codable {
        public let positive: [Double]
        public let negative: [Double]

        public init(positive: [Double], negative: [Double]) {
            (self.positive, self.negative) = (positive.sorted(), negative.sorted())
        }
    }

    /// The name of this form and its version.
    public static let format = "cxrgate evaluation 1"

    public let format: String
    /// Name and version of the product.
    public let product: String
    public let model: Subject?
    /// The model's label that was evaluated, and its scores, where the product itself ran the model.
    public private(set) var label: String?
    public private(set) var scores: Scores?
    /// SHA-256 of the tables, lower-case hexadecimal.
    public let predictionsSHA256: String
    public let labelsSHA256: String
    /// When it was made, as the caller says.
    public let made: String
    public let result: EvaluationResult
    /// Where heat maps point, if pictures were given.
    public private(set) var saliency: SaliencyFigures?

    public init(
        product: String, model: Subject?, predictionsSHA256: String, labelsSHA256: String, made: String,
        result: EvaluationResult
    ) {
        format = Self.format
        (self.product, self.model, self.made) = (product, model, made)
        (self.predictionsSHA256, self.labelsSHA256) = (predictionsSHA256, labelsSHA256)
        self.result = result
    }

    /// `evaluation.json`: sorted keys, `null` where a figure is undefined, never a number that is none.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// `metrics.csv`: one line for each figure of each slice.
    public var csv: String {
        var text = "by,value,class,figure,estimate,low,high,method,reason\n"
        for slice in [result.overall] + result.subgroups {
            let place = [slice.by ?? "", slice.value ?? ""]
            if let figures = slice.binary { text += Self.lines(place + [""], figures.named) }
            if let figures = slice.multiclass {
                text += Self.lines(place + [""], figures.named)
                for item in figures.classes { text += Self.lines(place + [item.name], item.figures.named) }
            }
        }
        return text
    }

    private static func lines(
        _ place: [String], _ figures: [(name: String, title: String, figure: Figure)]
    ) -> String {
        figures.map { name, _, figure in
            let numbers = [figure.value, figure.low, figure.high].map { $0.map { "\($0)" } ?? "" }
            return (place + [name] + numbers + [figure.method?.rawValue ?? "", figure.reason ?? ""])
                .map(field).joined(separator: ",") + "\n"
        }.joined()
    }

    /// A field of a table: quoted where it must be, and never read as a formula by a spreadsheet.
    static func field(_ text: String) -> String {
        let isFormula = text.first.map { "=+@\t".contains($0) } ?? false
        let safe = isFormula ? "'" + text : text
        return quoted(safe)
    }

    /// A field of a table, as it is: quoted where it must be. Source: RFC 4180.
    public static func quoted(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { "\",\n\r".unicodeScalars.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// The same with what is known where the product itself ran the model.
    public func with(label: String, scores: Scores, saliency: SaliencyFigures) -> EvaluationReport {
        var report = self
        (report.label, report.scores, report.saliency) = (label, scores, saliency)
        return report
    }
}
