import Foundation
import Gateway

/// Drift as one page that needs nothing beside itself: no script, no font, no picture from elsewhere.
enum DriftPage {
    static func page(_ answer: JSONValue) -> String {
        let alarms = answer["alarms"].array
        let rows = answer["sources"].array.map { row in
            "<tr>"
                + ["model", "source", "images", "reference", "referenceImages"].map { "<td>\(cell(row[$0]))</td>" }
                .joined() + "<td>\(escaped(DriftText.time(row["made"])))</td></tr>"
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><meta charset="utf-8"><title>Drift</title>
            <style>
            body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
            table { border-collapse: collapse } td, th { border-bottom: 1px solid #ccc; padding: .2rem .8rem .2rem 0; text-align: left }
            h2.critical { color: #a4161a } h2.warning { color: #8a5a00 } svg { max-width: 100% } .note { color: #555 }
            </style>
            <h1>Are the images of each source as they were?</h1>
            <p class="note">Windows of up to \(cell(answer["window"])) images against a frozen reference. Chance may raise an \
            alarm of a source in at most \(escaped(DriftText.number(answer["falseAlarmsPerQuarter"]))) of its quarters.</p>
            <table><tr><th>model<th>source<th>images<th>reference<th>its images<th>frozen</tr>\(rows.joined())</table>
            \(alarms.isEmpty ? "<p>No source differs from its reference.</p>" : alarms.map(section).joined())
            </html>
            """
    }

    private static func section(_ alarm: JSONValue) -> String {
        let devices = alarm["devices"].array.map { device in
            "<tr><td>\(cell(device["device"]))<td>\(cell(device["images"]))<td>\(escaped(DriftText.number(device["ks"])))"
                + "<td>\(escaped(DriftText.number(device["after"])))</tr>"
        }
        return """
            <h2 class="\(cell(alarm["level"]))">\(escaped(DriftText.headline(alarm)))</h2>
            <p>\(escaped(DriftText.measures(alarm)))</p>
            \(chart(alarm["plot"]))
            <table><tr><th>device<th>images<th>KS<th>now</tr>\(devices.joined())</table>
            """
    }

    /// Bars side by side: reference gray, window blue.
    private static func chart(_ plot: JSONValue) -> String {
        let (before, now) = (DriftText.numbers(plot["reference"]), DriftText.numbers(plot["window"]))
        let labels = plot["labels"].array.map { $0.text ?? "" }
        let most = max((before + now).max() ?? 0, 1e-9)
        let width = 42
        let bars = before.indices.map { bin -> String in
            func bar(_ value: Double, _ x: Int, _ colour: String) -> String {
                let height = Int((value / most * 150).rounded())
                return "<rect x=\"\(x)\" y=\"\(160 - height)\" width=\"17\" height=\"\(height)\" fill=\"\(colour)\"/>"
            }
            let x = bin * width + 4
            let label = labels.indices.contains(bin) ? escaped(labels[bin]) : ""
            return bar(before[bin], x, "#9aa0a6") + bar(now.indices.contains(bin) ? now[bin] : 0, x + 18, "#1a73e8")
                + "<text x=\"\(x)\" y=\"174\" font-size=\"10\">\(label)</text>"
        }
        let total = before.count * width + 8
        return """
            <svg viewBox="0 0 \(total) 180" width="\(total)" role="img" aria-label="reference gray, last images blue">\
            \(bars.joined())</svg><p class="note">gray: reference; blue: the last images</p>
            """
    }

    private static func cell(_ value: JSONValue) -> String { escaped(Table.cell(value)) }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }
}
