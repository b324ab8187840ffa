import Foundation
import Gateway

/// Drift as people read it in a terminal.
enum DriftText {
    static func text(_ answer: JSONValue) -> String {
        let sources = answer["sources"].array.map { row in
            row.with("frozen", row["made"].isNull ? .string("-") : .string(time(row["made"])))
                .with("compared with", .string(reference(row, answer)))
        }
        let paused = answer["paused"].array.map {
            "PAUSED: \(Table.cell($0["model"])) since \(time($0["since"])): \(Table.cell($0["why"])); see cxrgate model resume"
        }
        let alarms = answer["alarms"].array
        return
            (paused + [
                Table.text(
                    sources, columns: ["model", "source", "images", "compared with", "frozen"],
                    nothing: "no image has been watched yet"),
                alarms.isEmpty ? "no source differs from its reference" : alarms.map(alarm).joined(separator: "\n\n"),
            ]).joined(separator: "\n\n")
    }

    private static func reference(_ row: JSONValue, _ answer: JSONValue) -> String {
        if row["reference"].isNull {
            return "the other sources, until it has \(Table.cell(answer["referenceImagesWanted"])) images"
        }
        return "\(Table.cell(row["referenceImages"])) of its own (\(Table.cell(row["reference"])))"
    }

    private static func alarm(_ alarm: JSONValue) -> String {
        [
            headline(alarm), measures(alarm), plot(alarm["plot"]),
            Table.text(
                alarm["devices"].array.map { $0.with("ks", .string(number($0["ks"]))).with("now", value($0["after"])) },
                columns: ["device", "images", "ks", "now"], nothing: "no device is known"),
        ].joined(separator: "\n")
    }

    static func headline(_ alarm: JSONValue) -> String {
        let end = alarm["ended"].isNull ? "" : " until \(time(alarm["ended"]))"
        return
            "\((alarm["level"].text ?? "").uppercased()) \(Table.cell(alarm["source"])): \(Table.cell(alarm["words"])) "
            + "changed, since about \(time(alarm["since"]))\(end)"
    }

    static func measures(_ alarm: JSONValue) -> String {
        let what = alarm["kind"].isNull ? "mean" : "share of \(Table.cell(alarm["kind"]))"
        return
            "  \(what) \(number(alarm["before"])) -> \(number(alarm["after"])) over \(Table.cell(alarm["window"])) images; "
            + "PSI \(number(alarm["psi"])), KS \(number(alarm["ks"])), Wasserstein \(number(alarm["wasserstein"])) SD, "
            + "by chance \(number(alarm["chance"]))"
    }

    /// Two rows of bars, one above the other, on the same scale.
    private static func plot(_ plot: JSONValue) -> String {
        let (before, now) = (numbers(plot["reference"]), numbers(plot["window"]))
        let labels = plot["labels"].array.map { $0.text ?? "" }
        let most = max((before + now).max() ?? 0, 1e-9)
        func bars(_ values: [Double]) -> String {
            String(
                values.map { value -> Character in
                    Array(" ▁▂▃▄▅▆▇█")[value <= 0 ? 0 : max(1, Int((value / most * 8).rounded()))]
                })
        }
        return
            "  reference  |\(bars(before))|\n  last       |\(bars(now))|   \(labels.first ?? "") … \(labels.last ?? "")"
    }

    static func numbers(_ value: JSONValue) -> [Double] { value.array.map { $0.number ?? 0 } }

    static func number(_ value: JSONValue) -> String { value.number.map { String(format: "%.3g", $0) } ?? "-" }

    private static func value(_ value: JSONValue) -> JSONValue { .string(number(value)) }

    static func time(_ value: JSONValue) -> String {
        guard let milliseconds = value.number else { return "-" }
        let formatter = DateFormatter()
        formatter.dateFormat = "yyyy-MM-dd HH:mm"
        return formatter.string(from: Date(timeIntervalSince1970: milliseconds / 1000))
    }
}
