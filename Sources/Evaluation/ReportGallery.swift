import Foundation

extension HTMLReport {
    /// Heat maps of true positives, and the worst errors; empty without pictures.
    var gallery: [String] {
        guard !pictures.sheet.isEmpty || !pictures.worst.isEmpty else { return [] }
        var sections: [String] = [HeatOverlay.filter]
        if !pictures.sheet.isEmpty {
            let cells = pictures.sheet.map { picture($0, caption: "row \($0.labelRow)") }
            sections.append(
                section(
                    "Where the model looked",
                    "<p>\(saliency)</p><div class=\"sheet\">\(cells.joined())</div>\n"))
        }
        for (isPositive, title) in [(true, "Worst false positives"), (false, "Worst false negatives")] {
            let cells = pictures.worst.filter { ($0.error.truth == 0) == isPositive }.map {
                picture($0.picture, caption: "row \($0.error.labelRow)")
            }
            guard !cells.isEmpty else { continue }
            sections.append(section(title, "<div class=\"sheet worst\">\(cells.joined())</div>\n"))
        }
        return sections
    }

    private var saliency: String {
        var text =
            "\(pictures.sheet.count) true positives, evenly spread over all, with Grad-CAM on the model's own scale."
        if let figures = report.saliency, let share = figures.meanShare, let mask = figures.meanMaskShare {
            text +=
                " Over all \(figures.cases) true positives a mean of \(Digits.text(share * 100, 1)) % of the positive evidence "
                + "lies inside the thorax, by a rough mask that covers \(Digits.text(mask * 100, 1)) % of the picture"
            if figures.unmasked > 0 {
                text += "; in \(figures.unmasked) no two lungs were found, and the middle stands in"
            }
            if figures.silent > 0 { text += "; \(figures.silent) have no positive evidence" }
            text += "."
        }
        return text
    }

    private func picture(_ picture: EvaluationPictures.Picture, caption: String) -> String {
        let data = Data(picture.png).base64EncodedString()
        return """
            <figure class="picture"><div class="frame"><img alt="" width="\(picture.columns)" height="\(picture.rows)" \
            src="data:image/png;base64,\(data)">\(HeatOverlay.svg(picture))</div><figcaption><span>\(HTML.escaped(caption))</span>\
            <span>\(Digits.text(picture.score, 3))</span></figcaption></figure>

            """
    }
}

/// A heat map as a few blurred squares over a picture: small, and sharp at any size.
enum HeatOverlay {
    /// Below this nothing is drawn; the delivered heat maps do the same.
    private static let floor: Float = 0.2
    /// The colours of the delivered heat maps, at five places.
    private static let colours: [(Double, Double, Double)] = [
        (12, 7, 134), (126, 3, 167), (203, 71, 119), (248, 149, 64), (240, 249, 33),
    ]

    static let filter = """
        <svg width="0" height="0" style="position:absolute" aria-hidden="true"><filter id="soft" x="-20%" y="-20%" \
        width="140%" height="140%"><feGaussianBlur stdDeviation="0.55"/></filter></svg>

        """

    static func svg(_ picture: EvaluationPictures.Picture) -> String {
        var cells = ""
        for (index, value) in picture.heat.enumerated() where value > floor {
            let (row, column) = (index / picture.heatColumns, index % picture.heatColumns)
            let level = Double(min(value, 1))
            let opacity = 0.75 * min(1, (level - Double(floor)) / 0.4)
            cells += "<rect x=\"\(column)\" y=\"\(row)\" width=\"1\" height=\"1\" fill=\"\(colour(level))\" "
            cells += "opacity=\"\(Digits.text(opacity, 2))\"/>"
        }
        guard !cells.isEmpty else { return "" }
        return "<svg viewBox=\"0 0 \(picture.heatColumns) \(picture.heatRows)\" preserveAspectRatio=\"none\" "
            + "aria-hidden=\"true\"><g filter=\"url(#soft)\">\(cells)</g></svg>"
    }

    private static func colour(_ level: Double) -> String {
        let place = level * Double(colours.count - 1)
        let first = min(Int(place), colours.count - 2)
        let part = place - Double(first)
        let (a, b) = (colours[first], colours[first + 1])
        func mix(_ x: Double, _ y: Double) -> String { Digits.text(x + (y - x) * part, 0) }
        return "rgb(\(mix(a.0, b.0)),\(mix(a.1, b.1)),\(mix(a.2, b.2)))"
    }
}
