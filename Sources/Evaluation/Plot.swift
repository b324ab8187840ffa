/// A plot as inline SVG: axes, a grid, and what is drawn on it. Colours are the report's style sheet's, so that it reads
/// in light, in dark and on paper.
struct Plot {
    let title: String
    let xLabel: String
    let yLabel: String
    var xRange = 0.0...1.0
    var yRange = 0.0...1.0
    /// Values at the axes' grid lines.
    var xTicks = Plot.tenths
    var yTicks = Plot.tenths
    /// Digits behind the point at the grid lines.
    var digits = 1
    private var body = ""
    private var legend: [(style: String, text: String)] = []

    static let tenths = [0, 0.2, 0.4, 0.6, 0.8, 1]
    private static let (width, height) = (420.0, 340.0)
    private static let (left, right, top, bottom) = (52.0, 12.0, 14.0, 44.0)

    init(_ title: String, x: String, y: String) { (self.title, xLabel, yLabel) = (title, x, y) }

    func x(_ value: Double) -> Double {
        Self.left + (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
            * (Self.width - Self.left - Self.right)
    }

    func y(_ value: Double) -> Double {
        Self.height - Self.bottom - (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
            * (Self.height - Self.top - Self.bottom)
    }

    mutating func line(_ points: [(x: Double, y: Double)], style: String) {
        let path = points.map { "\(number(x($0.x))),\(number(y($0.y)))" }.joined(separator: " ")
        body += "<polyline class=\"\(style)\" points=\"\(path)\"/>\n"
    }

    /// The area between points and the lower edge.
    mutating func area(_ points: [(x: Double, y: Double)], style: String) {
        guard let first = points.first, let last = points.last else { return }
        let closed = [(first.x, yRange.lowerBound)] + points + [(last.x, yRange.lowerBound)]
        let path = closed.map { "\(number(x($0.0))),\(number(y($0.1)))" }.joined(separator: " ")
        body += "<polygon class=\"\(style)\" points=\"\(path)\"/>\n"
    }

    mutating func bar(from: Double, to: Double, height value: Double, style: String) {
        guard value > yRange.lowerBound else { return }
        body +=
            "<rect class=\"\(style)\" x=\"\(number(x(from)))\" y=\"\(number(y(value)))\" "
            + "width=\"\(number(x(to) - x(from)))\" height=\"\(number(y(yRange.lowerBound) - y(value)))\"/>\n"
    }

    mutating func dot(_ px: Double, _ py: Double, radius: Double, style: String, title: String) {
        body +=
            "<circle class=\"\(style)\" cx=\"\(number(x(px)))\" cy=\"\(number(y(py)))\" r=\"\(number(radius))\">"
            + "<title>\(HTML.escaped(title))</title></circle>\n"
    }

    mutating func whisker(_ px: Double, from: Double, to: Double, style: String) {
        line([(px, from), (px, to)], style: style)
    }

    mutating func note(_ style: String, _ text: String) { legend.append((style, text)) }

    /// The figure with its caption.
    var svg: String {
        var text =
            "<figure class=\"plot\"><figcaption>\(HTML.escaped(title))</figcaption>\n<svg viewBox=\"0 0 "
            + "\(number(Self.width)) \(number(Self.height))\" role=\"img\" aria-label=\"\(HTML.escaped(title))\">\n"
        for tick in xTicks {
            text += "<line class=\"grid\" x1=\"\(number(x(tick)))\" x2=\"\(number(x(tick)))\" "
            text += "y1=\"\(number(Self.top))\" y2=\"\(number(Self.height - Self.bottom))\"/>"
            text += "<text class=\"tick\" text-anchor=\"middle\" x=\"\(number(x(tick)))\" "
            text += "y=\"\(number(Self.height - Self.bottom + 17))\">\(Digits.text(tick, digits))</text>\n"
        }
        for tick in yTicks {
            text += "<line class=\"grid\" x1=\"\(number(Self.left))\" x2=\"\(number(Self.width - Self.right))\" "
            text += "y1=\"\(number(y(tick)))\" y2=\"\(number(y(tick)))\"/>"
            text += "<text class=\"tick\" text-anchor=\"end\" x=\"\(number(Self.left - 7))\" "
            text += "y=\"\(number(y(tick) + 4))\">\(Digits.text(tick, digits))</text>\n"
        }
        text += body
        let middle = (Self.top + Self.height - Self.bottom) / 2
        text += "<text class=\"axis\" text-anchor=\"middle\" x=\"\(number((Self.left + Self.width) / 2))\" "
        text += "y=\"\(number(Self.height - 6))\">\(HTML.escaped(xLabel))</text>"
        text += "<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(13 \(number(middle))) rotate(-90)\">"
        text += "\(HTML.escaped(yLabel))</text>\n</svg>\n"
        if !legend.isEmpty {
            let notes = legend.map { "<span><i class=\"\($0.style)\"></i>\(HTML.escaped($0.text))</span>" }
            text += "<p class=\"legend\">\(notes.joined(separator: " "))</p>\n"
        }
        return text + "</figure>\n"
    }

    private func number(_ value: Double) -> String { Digits.text(value, 2) }
}

/// Text in HTML.
enum HTML {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
