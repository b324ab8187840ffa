/// The little of XML that audit messages need: elements, attributes, texts; nothing that is written can end its own
/// place. Source: XML 1.0 (fifth edition) 2.2, 2.4, 3.3.3.
struct XMLText {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

    /// One element. An attribute or content that is `nil` or empty is left out.
    mutating func element(
        _ name: StaticString, _ attributes: [(StaticString, String?)] = [], text content: String? = nil
    ) {
        begin(name, attributes)
        if let content { text += Self.escaped(content) }
        end(name)
    }

    mutating func begin(_ name: StaticString, _ attributes: [(StaticString, String?)] = []) {
        text += "<\(name)"
        for (name, value) in attributes {
            guard let value, !value.isEmpty else { continue }
            text += " \(name)=\"\(Self.escaped(value))\""
        }
        text += ">"
    }

    mutating func end(_ name: StaticString) { text += "</\(name)>" }

    /// Markup as references, white space other than the space too (an attribute would lose it), and what XML cannot
    /// hold at all as U+FFFD.
    static func escaped(_ content: String) -> String {
        var escaped = ""
        for scalar in content.unicodeScalars {
            switch scalar.value {
            case 0x26: escaped += "&amp;"
            case 0x3C: escaped += "&lt;"
            case 0x3E: escaped += "&gt;"
            case 0x22: escaped += "&quot;"
            case 0x27: escaped += "&apos;"
            case 0x09, 0x0A, 0x0D, 0x7F...0x9F: escaped += "&#x\(String(scalar.value, radix: 16, uppercase: true));"
            case 0..<0x20, 0xFFFE, 0xFFFF: escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
