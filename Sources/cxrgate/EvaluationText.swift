import Evaluation
import Gateway

/// An evaluation as people read it in a terminal.
struct EvaluationText {
    private let result: EvaluationResult
    private let isNormalised: Bool
    private let saliency: SaliencyFigures?

    init(_ result: EvaluationResult, isNormalised: Bool, saliency: SaliencyFigures?) {
        self.result = result
        self.isNormalised = isNormalised
        self.saliency = saliency
    }

    var text: String {
        var parts = [head, figures(result.overall), matrix]
        if let classes = result.overall.multiclass?.classes {
            parts.append(
                Table.text(
                    classes.map { row($0.name, $0.figures) }, columns: Self.columns("class"), nothing: "no classes"))
        }
        if !result.subgroups.isEmpty { parts.append(subgroups) }
        if let saliency, let share = saliency.meanShare {
            parts.append(
                "Of the positive evidence of \(saliency.cases) true positives, \(Self.percent(share)) lies inside the "
                    + "thorax (a rough mask over \(Self.percent(saliency.meanMaskShare ?? 0)) of the picture).")
        }
        return parts.joined(separator: "\n\n")
    }

    private var head: String {
        let support = zip(result.classes, result.overall.support).map { "\($1) \($0)" }.joined(separator: ", ")
        let threshold = result.threshold.map { "; threshold \(Digits.text($0, 4)) by \(result.rule ?? "")" } ?? ""
        return "\(result.overall.cases) cases (\(support))\(threshold)"
    }

    private func figures(_ slice: EvaluationResult.Slice) -> String {
        let named = (slice.binary?.named ?? []) + (slice.multiclass?.named ?? [])
        return Table.text(
            named.map { _, title, figure in
                .object([
                    "figure": .string(title), "value": .string(figure.value.map { Digits.text($0, 4) } ?? "-"),
                    "95 %": .string(Self.interval(figure)),
                    "by": .string(figure.reason ?? figure.method?.rawValue ?? ""),
                ])
            }, columns: ["figure", "value", "95 %", "by"], nothing: "no figures")
    }

    private var matrix: String {
        let rows = zip(result.classes, result.overall.confusion.counts.indices).map { name, index -> JSONValue in
            var members: [String: JSONValue] = ["truth": .string(name)]
            for (column, other) in result.classes.enumerated() {
                let count = "\(result.overall.confusion.counts[index][column])"
                let share = result.overall.confusion.normalised[index][column].map { Digits.text($0, 4) } ?? "-"
                members["as \(other)"] = .string(isNormalised ? share : count)
            }
            return .object(members)
        }
        return Table.text(rows, columns: ["truth"] + result.classes.map { "as \($0)" }, nothing: "no classes")
    }

    private var subgroups: String {
        let rows = result.subgroups.map { slice -> JSONValue in
            let name = "\(slice.by ?? ""): \(slice.value ?? "")"
            if let figures = slice.binary { return row(name, figures) }
            return .object([
                "group": .string(name), "cases": .number(slice.cases),
                "accuracy": .string(Self.short(slice.multiclass?.accuracy)),
                "auroc": .string(Self.short(slice.multiclass?.macroAUROC)),
                "f1": .string(Self.short(slice.multiclass?.macroF1)),
            ])
        }
        let columns =
            result.threshold == nil ? ["group", "cases", "accuracy", "auroc", "f1"] : Self.columns("group")
        return Table.text(rows, columns: columns, nothing: "no subgroups")
    }

    private static func columns(_ first: String) -> [String] {
        [first, "cases", "positive", "auroc", "sensitivity", "specificity", "f1", "ece"]
    }

    private func row(_ name: String, _ figures: QuestionFigures) -> JSONValue {
        .object([
            "class": .string(name), "group": .string(name), "cases": .number(figures.counts.total),
            "positive": .number(figures.counts.positives), "auroc": .string(Self.short(figures.auroc)),
            "sensitivity": .string(Self.short(figures.sensitivity)),
            "specificity": .string(Self.short(figures.specificity)), "f1": .string(Self.short(figures.f1)),
            "ece": .string(Self.short(figures.ece)),
        ])
    }

    private static func short(_ figure: Figure?) -> String {
        guard let figure, let value = figure.value else { return "-" }
        let bounds = interval(figure)
        return Digits.text(value, 3) + (bounds.isEmpty ? "" : " [\(interval(figure, 2))]")
    }

    private static func interval(_ figure: Figure, _ digits: Int = 4) -> String {
        guard let low = figure.low, let high = figure.high else { return "" }
        return "\(Digits.text(low, digits))…\(Digits.text(high, digits))"
    }

    private static func percent(_ part: Double) -> String { Digits.text(part * 100, 1) + " %" }
}
