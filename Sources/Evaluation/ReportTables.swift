/// Figures with their intervals, drawn beside their numbers.
enum FigureTable {
    static func html(_ figures: [(name: String, title: String, figure: Figure)]) -> String {
        let rows = figures.map { _, title, figure in
            """
            <tr><td>\(HTML.escaped(title))</td><td class="n">\(value(figure, 4))</td><td class="n">\(interval(figure, 4))</td>\
            <td class="range">\(range(figure))</td><td class="soft">\(HTML.escaped(figure.reason ?? figure.method?.rawValue ?? ""))\
            </td></tr>

            """
        }
        return
            "<div class=\"scroll\"><table><tr><th>Figure</th><th class=\"n\">Value</th><th class=\"n\">95 % interval</th>"
            + "<th>0 … 1</th><th>Interval by</th></tr>\n\(rows.joined())</table></div>\n"
    }

    static func value(_ figure: Figure, _ digits: Int) -> String {
        figure.value.map { Digits.text($0, digits) } ?? "–"
    }

    static func interval(_ figure: Figure, _ digits: Int) -> String {
        guard let low = figure.low, let high = figure.high else { return "" }
        return "\(Digits.text(low, digits)) … \(Digits.text(high, digits))"
    }

    /// A dot with its interval on a line from 0 to 1.
    static func range(_ figure: Figure) -> String {
        guard let value = figure.value, value <= 1 else { return "" }
        func place(_ value: Double) -> String { Digits.text(4 + value * 192, 2) }
        var marks = ""
        if let low = figure.low, let high = figure.high {
            marks = "<line class=\"whisker\" x1=\"\(place(low))\" x2=\"\(place(min(1, high)))\" y1=\"9\" y2=\"9\"/>"
        }
        return "<svg viewBox=\"0 0 200 18\"><line class=\"grid\" x1=\"4\" x2=\"196\" y1=\"9\" y2=\"9\"/>\(marks)"
            + "<circle class=\"bin\" cx=\"\(place(value))\" cy=\"9\" r=\"4\"/></svg>"
    }
}

/// What a site wanted of a model, and what was found.
enum CriteriaTable {
    static func html(_ report: AcceptanceReport) -> String {
        let rows = report.criteria.map { item in
            let digits = item.name == "cases" ? 0 : 3
            let found = item.found.map { Digits.text($0, digits) } ?? "–"
            let low = item.low.map { Digits.text($0, 3) } ?? ""
            return "<tr><td>\(HTML.escaped(item.name))</td><td class=\"n\">\(Digits.text(item.wanted, digits))</td>"
                + "<td class=\"n\">\(found)</td><td class=\"n\">\(low)</td><td>\(item.isMet ? "met" : "not met")</td></tr>\n"
        }
        var notes = report.isMet ? "All criteria are met." : "Not all criteria are met."
        if report.hiddenGroups > 0 {
            notes +=
                " \(report.hiddenGroups) subgroups are not shown: those of fewer than \(AcceptanceReport.smallestGroup) cases, "
                + "and those from which the count of such a one would follow."
        }
        if let saliency = report.saliency, let share = saliency.meanShare, let mask = saliency.meanMaskShare {
            notes +=
                " Of the positive evidence of \(saliency.cases) true positives \(Digits.text(share * 100, 1)) % lies inside the "
                + "thorax, by a rough mask over \(Digits.text(mask * 100, 1)) % of the picture."
        }
        return "<p class=\"caution\">\(HTML.escaped(notes))</p><div class=\"scroll\"><table><tr><th>Figure</th>"
            + "<th class=\"n\">Wanted, at least</th><th class=\"n\">Found</th><th class=\"n\">95 % lower bound</th><th></th></tr>\n"
            + "\(rows.joined())</table></div>\n"
    }
}

/// The confusion matrix, each cell tinted by its share of the row.
enum MatrixTable {
    static func html(_ matrix: ConfusionMatrix, _ classes: [String]) -> String {
        let heads = classes.map { "<th>decided \(HTML.escaped($0))</th>" }.joined()
        let rows = classes.indices.map { truth in
            let cells = classes.indices.map { decided in
                let share = matrix.normalised[truth][decided]
                let colour = truth == decided ? "--accent" : "--warm"
                let tint = Digits.text((share ?? 0) * 55, 0)
                return "<td style=\"background: color-mix(in srgb, var(\(colour)) \(tint)%, var(--wash))\">"
                    + "<b>\(matrix.counts[truth][decided])</b><span>"
                    + (share.map { Digits.text($0 * 100, 1) + " %" } ?? "–") + "</span></td>"
            }
            return "<tr><th>truly \(HTML.escaped(classes[truth]))</th>\(cells.joined())</tr>\n"
        }
        return
            "<div class=\"scroll\"><table class=\"matrix\"><tr><th></th>\(heads)</tr>\n\(rows.joined())</table></div>\n"
    }
}

/// Subgroups, one line each.
enum SubgroupTable {
    static func html(_ result: EvaluationResult) -> String {
        let isBinary = result.overall.binary != nil
        let names =
            isBinary
            ? ["AUROC", "Sensitivity", "Specificity", "ECE"] : ["Accuracy", "AUROC, macro", "F1, macro", "ECE"]
        let rows = ([result.overall] + result.subgroups).map { slice in
            let figures: [Figure] =
                slice.binary.map { [$0.auroc, $0.sensitivity, $0.specificity, $0.ece] }
                ?? slice.multiclass.map { [$0.accuracy, $0.macroAUROC, $0.macroF1, $0.ece] } ?? []
            let cells = figures.map { figure in
                "<td class=\"n\" title=\"\(HTML.escaped(figure.reason ?? ""))\">\(FigureTable.value(figure, 3))"
                    + "<br><span class=\"soft\">\(FigureTable.interval(figure, 2))</span></td>"
            }
            let name = slice.by.map { "\($0): \(slice.value ?? "")" } ?? "all"
            return "<tr><td>\(HTML.escaped(name))</td><td class=\"n\">\(slice.cases)</td>\(cells.joined())"
                + "<td class=\"range\">\(figures.first.map(FigureTable.range) ?? "")</td></tr>\n"
        }
        let heads = names.map { "<th class=\"n\">\($0)</th>" }.joined()
        return
            "<div class=\"scroll\"><table><tr><th>Group</th><th class=\"n\">Cases</th>\(heads)<th>\(names[0])</th></tr>\n"
            + "\(rows.joined())</table></div>\n"
    }
}
