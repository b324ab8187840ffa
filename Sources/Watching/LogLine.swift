/// One event on its way to the log.
struct LogLine {
    let stamp: String
    let process: String
    let event: LogEvent
    let facts: [LogFact]

    /// For people: time, level, number, process, sentence, facts.
    var text: String {
        let words = facts.map { " \($0.name)=\($0.value)" }.joined()
        return "\(stamp) \(event.entry.level) \(event.rawValue) \(process): \(event.entry.text)\(words)"
    }

    /// For machines: one JSON object in one line.
    var json: String {
        let entry = event.entry
        let beside = facts.map { "\(JSONText.quoted($0.name)):\(JSONText.quoted($0.value))" }.joined(separator: ",")
        return "{\"time\":\(JSONText.quoted(stamp)),\"level\":\"\(entry.level)\",\"event\":\(event.rawValue),"
            + "\"component\":\"\(entry.component)\",\"process\":\(JSONText.quoted(process)),"
            + "\"message\":\(JSONText.quoted(entry.text)),\"facts\":{\(beside)}}"
    }
}

enum JSONText {
    /// A string with its quotation marks. Source: RFC 8259, 7.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
