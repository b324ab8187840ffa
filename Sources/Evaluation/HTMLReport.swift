/// An evaluation as one file for a person: nothing is fetched, nothing runs; light, dark and paper.
public struct HTMLReport {
    let report: EvaluationReport
    let pictures: EvaluationPictures
    let history: TrainingHistory?
    let acceptance: AcceptanceReport?

    public init(
        _ report: EvaluationReport, pictures: EvaluationPictures = .init(), history: TrainingHistory? = nil,
        acceptance: AcceptanceReport? = nil
    ) {
        (self.report, self.pictures, self.history, self.acceptance) = (report, pictures, history, acceptance)
    }

    var result: EvaluationResult { report.result }

    /// The whole document.
    public var text: String {
        let subject = report.model.map { "\($0.id) \($0.version)" } ?? "Predictions"
        let title = "\(acceptance == nil ? "Evaluation" : "Acceptance") of \(subject)"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>\(HTML.escaped(title))</title>
            <style>\(ReportStyle.css)</style></head><body>
            <header><h1>\(HTML.escaped(title))</h1>
            <p class="soft">\(HTML.escaped(head))</p></header>
            \(tiles)
            \(body)
            \(footer)
            </body></html>

            """
    }

    private var head: String {
        let support = zip(result.classes, result.overall.support).map { "\($1) \($0)" }.joined(separator: ", ")
        return "\(report.made) · \(result.overall.cases) cases: \(support)"
    }

    private var body: String {
        var sections: [String] = []
        if let acceptance { sections.append(section("What the site wanted", CriteriaTable.html(acceptance))) }
        if let binary = result.overall.binary {
            sections.append(section("Figures", FigureTable.html(binary.named)))
            sections.append(section("Curves", plots(binary)))
        }
        if let multiclass = result.overall.multiclass {
            sections.append(section("Figures", FigureTable.html(multiclass.named)))
            for item in multiclass.classes {
                sections.append(
                    section(
                        "\(item.name) against the rest",
                        plots(item.figures, names: ("rest", item.name)) + FigureTable.html(item.figures.named)))
            }
        }
        sections.append(section("Confusion matrix", MatrixTable.html(result.overall.confusion, result.classes)))
        if !result.subgroups.isEmpty { sections.append(section("Subgroups", SubgroupTable.html(result))) }
        if let history {
            sections.append(section("Training", "<div class=\"plots\">\(ReportPlots.history(history))</div>"))
        }
        sections += gallery
        sections.append(section("How this was measured", method))
        return sections.joined()
    }

    func section(_ title: String, _ content: String) -> String {
        "<section><h2>\(HTML.escaped(title))</h2>\n\(content)</section>\n"
    }

    private func plots(_ figures: QuestionFigures, names: (String, String)? = nil) -> String {
        let names = names ?? (result.classes[0], result.classes[1])
        let curves =
            figures.roc.isEmpty
            ? "<p>There are no curves: a class has no cases.</p>"
            : ReportPlots.roc(figures, threshold: result.threshold)
                + ReportPlots.precisionRecall(figures, threshold: result.threshold)
        return "<div class=\"plots\">\(curves)\(ReportPlots.reliability(figures))"
            + ReportPlots.histogram(figures, threshold: result.threshold, names: names) + "</div>\n"
    }

    private var tiles: String {
        var tiles: [(String, String, String)] = []
        func add(_ title: String, _ figure: Figure) {
            tiles.append((title, FigureTable.value(figure, 3), FigureTable.interval(figure, 3)))
        }
        if let figures = result.overall.binary {
            add("AUROC", figures.auroc)
            add("Sensitivity", figures.sensitivity)
            add("Specificity", figures.specificity)
            add("Calibration error", figures.ece)
            if let threshold = result.threshold {
                tiles.append(("Threshold", Digits.text(threshold, 3), result.rule ?? ""))
            }
        } else if let figures = result.overall.multiclass {
            add("Accuracy", figures.accuracy)
            add("AUROC, macro", figures.macroAUROC)
            add("F1, macro", figures.macroF1)
            add("Calibration error", figures.ece)
        }
        let cells = tiles.map { title, value, range in
            "<div class=\"tile\"><span>\(HTML.escaped(title))</span><b>\(value)</b><span>\(HTML.escaped(range))&nbsp;</span></div>"
        }
        return "<div class=\"tiles\">\(cells.joined())</div>\n"
    }

    private var method: String {
        let unit = result.isClustered ? "clusters of cases" : "cases"
        let intervals =
            result.isClustered
            ? "All intervals are a Poisson bootstrap over clusters of cases"
            : "Intervals are DeLong's for AUROC, Wilson's for proportions, else a Poisson bootstrap over \(unit)"
        let threshold =
            result.rule.map {
                " The threshold follows the rule \(HTML.escaped($0)) on these very cases; a score at or above it is positive. "
                    + "Intervals take the threshold as given."
            } ?? " The class with the greatest score is decided."
        return """
            <p>\(intervals) (\(result.replicates) replicates, seed \(result.seed)); all are of 95 %. Average precision is not \
            interpolated; the calibration error has \(result.bins) bins of equal width.\(threshold) Predictive values hold at \
            the prevalence of these cases alone. Small subgroups have wide intervals, and among many subgroups some differ by \
            chance.</p>

            """
    }

    private var footer: String {
        let model = report.model.map { "weights SHA-256 \($0.sha256) · " } ?? ""
        let tables =
            acceptance == nil
            ? "predictions SHA-256 \(report.predictionsSHA256) · labels SHA-256 \(report.labelsSHA256)"
            : "made at the site; counts only"
        return "<footer>\(HTML.escaped(report.product)) · \(model)\(tables)</footer>"
    }
}
