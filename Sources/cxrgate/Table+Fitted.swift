import Foundation
import Gateway

extension Table {
    /// A table whose long column stands below its line, indented and broken at the width of the terminal, so that no
    /// line is longer than 80 columns unless a value is.
    static func fitted(_ rows: [JSONValue], columns: [String], below: String, nothing: String) -> String {
        if rows.isEmpty { return nothing }
        let lines = text(rows, columns: columns, nothing: nothing).split(separator: "\n").map(String.init)
        var shown = [lines[0]]
        for (line, row) in zip(lines.dropFirst(), rows) {
            shown.append(line)
            if let words = row[below].text, !words.isEmpty {
                shown += broken(words, width: Terminal.columns - 4).map { "    " + $0 }
            }
        }
        return shown.map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
    }

    /// Lines of at most `width` columns, broken between words where that is possible.
    static func broken(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// How long ago, or in how long, a time is.
    static func relative(_ milliseconds: JSONValue, now: Double = Date().timeIntervalSince1970 * 1000) -> JSONValue {
        guard let then = milliseconds.number else { return .string("-") }
        let seconds = Int(abs(now - then) / 1000)
        let words =
            switch seconds {
            case ..<100: "\(seconds) s"
            case ..<6000: "\(seconds / 60) min"
            case ..<172_800: "\(seconds / 3600) h"
            default: "\(seconds / 86_400) d"
            }
        return .string(then <= now ? "\(words) ago" : "in \(words)")
    }
}
