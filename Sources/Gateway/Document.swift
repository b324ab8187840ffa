import Foundation

/// A document that is generated: blocks, written as Markdown or as one HTML page without any other file.
struct Document: Sendable {
    enum Block: Sendable, Hashable {
        /// Level 1 is the title.
        case heading(Int, String)
        case paragraph(String)
        case list([String])
        case table([String], [[String]])
        /// As it stands: drawings, examples.
        case verbatim(String)
    }

    private(set) var blocks: [Block] = []

    mutating func heading(_ level: Int, _ text: String) { blocks.append(.heading(level, text)) }
    mutating func text(_ text: String) { blocks.append(.paragraph(text)) }
    mutating func list(_ items: [String]) { blocks.append(.list(items)) }
    mutating func table(_ columns: [String], _ rows: [[String]]) { blocks.append(.table(columns, rows)) }
    mutating func verbatim(_ text: String) { blocks.append(.verbatim(text)) }

    /// A document ends with a line end, and has an empty line between blocks.
    var markdown: String { blocks.map(Self.markdown).joined(separator: "\n\n") + "\n" }

    private static func markdown(_ block: Block) -> String {
        func row(_ cells: [String]) -> String {
            "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
        }
        return switch block {
        case .heading(let level, let text): String(repeating: "#", count: level) + " " + text
        case .paragraph(let text): text
        case .list(let items): items.map { "- " + $0 }.joined(separator: "\n")
        case .table(let columns, let rows):
            ([row(columns), "|" + String(repeating: " --- |", count: columns.count)] + rows.map(row))
                .joined(separator: "\n")
        case .verbatim(let text): "```\n\(text)\n```"
        }
    }

    /// One page with its style; backticks become code.
    var html: String {
        let title = blocks.lazy.compactMap { if case .heading(1, let text) = $0 { text } else { nil } }.first ?? ""
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>\(Self.escaped(title))</title>
            <style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
            table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #999;padding:.2em .5em;text-align:left;\
            vertical-align:top}code,pre{font-family:monospace;background:#f3f3f3}pre{padding:1em;overflow:auto}</style></head>
            <body>
            \(blocks.map(Self.html).joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private static func html(_ block: Block) -> String {
        switch block {
        case .heading(let level, let text): "<h\(level)>\(inline(text))</h\(level)>"
        case .paragraph(let text): "<p>\(inline(text))</p>"
        case .list(let items): "<ul>\n" + items.map { "<li>\(inline($0))</li>\n" }.joined() + "</ul>"
        case .table(let columns, let rows):
            "<table>\n<tr>" + columns.map { "<th>\(inline($0))</th>" }.joined() + "</tr>\n"
                + rows.map { "<tr>" + $0.map { "<td>\(inline($0))</td>" }.joined() + "</tr>\n" }.joined() + "</table>"
        case .verbatim(let text): "<pre>\(escaped(text))</pre>"
        }
    }

    private static func inline(_ text: String) -> String {
        let parts = escaped(text).split(separator: "`", omittingEmptySubsequences: false)
        // Every second part stood between backticks; an odd backtick at the end is one.
        return parts.enumerated().map { number, part in
            number % 2 == 1 && number < parts.count - 1
                ? "<code>\(part)</code>" : (number % 2 == 1 ? "`" : "") + part
        }.joined()
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
