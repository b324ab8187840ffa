/// The plots of one question.
enum ReportPlots {
    static func roc(_ figures: QuestionFigures, threshold: Double?) -> String {
        var plot = Plot("ROC curve", x: "1 − specificity", y: "sensitivity")
        plot.line([(0, 0), (1, 1)], style: "chance")
        let points = figures.roc.map { (x: $0.x, y: $0.y) }
        plot.area(points, style: "under")
        plot.line(points, style: "curve")
        if let sensitivity = figures.sensitivity.value, let specificity = figures.specificity.value, let threshold {
            plot.dot(
                1 - specificity, sensitivity, radius: 5, style: "mark",
                title: "threshold \(Digits.text(threshold, 4))")
            plot.note("mark", "threshold \(Digits.text(threshold, 3))")
        }
        plot.note("curve", "AUROC \(value(figures.auroc))")
        plot.note("chance", "chance")
        return plot.svg
    }

    static func precisionRecall(_ figures: QuestionFigures, threshold: Double?) -> String {
        var plot = Plot("Precision and recall", x: "recall (sensitivity)", y: "precision (PPV)")
        let prevalence = Double(figures.counts.positives) / Double(max(1, figures.counts.total))
        plot.line([(0, prevalence), (1, prevalence)], style: "chance")
        // Average precision sums rectangles: the curve is drawn in steps, as it is counted.
        var steps: [(x: Double, y: Double)] = []
        var last = 0.0
        for point in figures.precisionRecall {
            steps += [(last, point.y), (point.x, point.y)]
            last = point.x
        }
        plot.area(steps, style: "under")
        plot.line(steps, style: "curve")
        if let recall = figures.sensitivity.value, let precision = figures.ppv.value, let threshold {
            plot.dot(recall, precision, radius: 5, style: "mark", title: "threshold \(Digits.text(threshold, 4))")
        }
        plot.note("curve", "average precision \(value(figures.averagePrecision))")
        plot.note("chance", "prevalence \(Digits.text(prevalence, 3))")
        return plot.svg
    }

    static func reliability(_ figures: QuestionFigures) -> String {
        var plot = Plot("Reliability", x: "predicted probability", y: "observed share")
        plot.line([(0, 0), (1, 1)], style: "chance")
        let most = Double(figures.reliability.map(\.cases).max() ?? 1)
        var points: [(x: Double, y: Double)] = []
        for bin in figures.reliability {
            guard let x = bin.predicted, let y = bin.observed.value else { continue }
            if let low = bin.observed.low, let high = bin.observed.high {
                plot.whisker(x, from: low, to: high, style: "whisker")
            }
            points.append((x, y))
        }
        plot.line(points, style: "curve thin")
        for bin in figures.reliability {
            guard let x = bin.predicted, let y = bin.observed.value else { continue }
            let radius = 3 + 5 * (Double(bin.cases) / most).squareRoot()
            plot.dot(
                x, y, radius: radius, style: "bin",
                title: "\(bin.cases) cases: predicted \(Digits.text(x, 3)), observed \(Digits.text(y, 3))")
        }
        plot.note("bin", "bins, area by cases; 95 % intervals")
        plot.note("chance", "calibrated")
        plot.note("", "ECE \(value(figures.ece)), Brier \(value(figures.brier))")
        return plot.svg
    }

    static func histogram(_ figures: QuestionFigures, threshold: Double?, names: (String, String)) -> String {
        let bars = figures.histogram.positives.count
        func shares(_ counts: [Int]) -> [Double] {
            let sum = Double(max(1, counts.reduce(0, +)))
            return counts.map { Double($0) / sum }
        }
        let (positives, negatives) = (shares(figures.histogram.positives), shares(figures.histogram.negatives))
        let most = (positives + negatives).max() ?? 1
        var plot = Plot("Scores", x: "score", y: "share of the class")
        let top = [0.1, 0.2, 0.4, 0.6, 0.8, 1].first { $0 >= most } ?? 1
        plot.yRange = 0...top
        plot.yTicks = (0...4).map { Double($0) * top / 4 }
        plot.digits = 2
        plot.xTicks = Plot.tenths
        for bar in 0..<bars {
            let (from, to) = (Double(bar) / Double(bars), Double(bar + 1) / Double(bars))
            plot.bar(from: from, to: to, height: negatives[bar], style: "negative")
            plot.bar(from: from, to: to, height: positives[bar], style: "positive")
        }
        if let threshold {
            plot.line([(threshold, 0), (threshold, top)], style: "cut")
            plot.note("cut", "threshold \(Digits.text(threshold, 3))")
        }
        plot.note("negative", "\(names.0) (\(figures.counts.negatives))")
        plot.note("positive", "\(names.1) (\(figures.counts.positives))")
        return plot.svg
    }

    static func history(_ history: TrainingHistory) -> String {
        var plot = Plot("Training history", x: "epoch", y: "loss")
        let epochs = history.lines.map(\.values.count).max() ?? 2
        let most = history.lines.flatMap(\.values).max() ?? 1
        plot.xRange = 1...Double(max(2, epochs))
        plot.yRange = 0...max(most, 1e-6) * 1.05
        plot.yTicks = (0...4).map { Double($0) * most / 4 }
        plot.xTicks = (0...4).map { 1 + Double($0 * (epochs - 1)) / 4 }
        plot.digits = 2
        for (index, line) in history.lines.enumerated() {
            let style = index == 0 ? "curve thin" : "curve second"
            plot.line(line.values.enumerated().map { (Double($0 + 1), $1) }, style: style)
            plot.note(style, line.name)
        }
        return plot.svg
    }

    private static func value(_ figure: Figure) -> String { figure.value.map { Digits.text($0, 3) } ?? "undefined" }
}
