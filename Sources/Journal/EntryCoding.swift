/// An entry as the bytes that are hashed: JSON in the canonical form of RFC 8785 (members sorted, no white space, one
/// way to write each text and number). One entry, one sequence of bytes; anything else is damage.
enum EntryCoding {
    static func encode(_ entry: JournalEntry) throws(JournalError) -> [UInt8] {
        let event = entry.event
        try check(event, entry)
        var json: [UInt8] = []
        json.reserveCapacity(256)
        json += "{\"actor\":".utf8
        append(event.actor, to: &json)
        json += ",\"at\":\(event.at),\"details\":{".utf8
        // The keys are ASCII: here the order of bytes is that of UTF-16 units, which RFC 8785 3.2.3 asks for.
        var isFirst = true
        for (key, value) in event.details.sorted(by: { $0.key < $1.key }) {
            if !isFirst { json.append(UInt8(ascii: ",")) }
            isFirst = false
            append(key, to: &json)
            json.append(UInt8(ascii: ":"))
            append(value, to: &json)
        }
        json += "},\"index\":\(entry.index),\"kind\":\"\(event.kind.rawValue)\",\"outcome\":".utf8
        append(event.outcome, to: &json)
        json += ",\"sequence\":\(entry.sequence)".utf8
        if let study = event.study {
            json += ",\"study\":".utf8
            append(study, to: &json)
        }
        if let subject = event.subject {
            json += ",\"subject\":".utf8
            append(subject, to: &json)
        }
        json.append(UInt8(ascii: "}"))
        guard json.count <= JournalLimits.payloadBytes else { throw .unacceptableEvent }
        return json
    }

    /// `nil` for anything that `encode` would not have written.
    static func decode(_ bytes: [UInt8]) -> JournalEntry? {
        var cursor = EntryCursor(bytes)
        guard let entry = cursor.entry() else { return nil }
        guard let canonical = try? encode(entry), canonical == bytes else { return nil }
        return entry
    }

    private static func check(_ event: JournalEvent, _ entry: JournalEntry) throws(JournalError) {
        guard event.at >= 0, UInt64(event.at) < JournalLimits.exactNumber, entry.index < JournalLimits.exactNumber,
            entry.sequence < JournalLimits.exactNumber, event.details.count <= JournalLimits.details
        else { throw .unacceptableEvent }
        try check(event.actor, "actor")
        try check(event.outcome, "outcome")
        if let subject = event.subject { try check(subject, "subject") }
        if let study = event.study { try check(study, "study") }
        for (key, value) in event.details {
            guard key.utf8.allSatisfy(JournalLimits.isKeyByte), (1...JournalLimits.keyBytes).contains(key.utf8.count)
            else {
                throw .unacceptableText(field: "details")
            }
            try check(value, "details", mayBeEmpty: true)
        }
    }

    private static func check(_ text: String, _ field: String, mayBeEmpty: Bool = false) throws(JournalError) {
        guard mayBeEmpty || !text.isEmpty, text.utf8.count <= JournalLimits.textBytes,
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw .unacceptableText(field: field) }
        if looksLikeUID(text) { throw .unsafeFact }
    }

    /// The last net under "no UIDs": five numbers or more with dots between. The standard's own may pass.
    private static func looksLikeUID(_ text: String) -> Bool {
        guard text.utf8.count > 15, !text.hasPrefix("1.2.840.10008.") else { return false }
        return text.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
            && text.utf8.count(where: { $0 == 0x2E }) >= 4
    }

    /// RFC 8785 3.2.2.2, for texts without control characters.
    private static func append(_ text: String, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { json.append(UInt8(ascii: "\\")) }
            json.append(byte)
        }
        json.append(UInt8(ascii: "\""))
    }
}

/// Reads the one form that `EntryCoding.encode` writes.
private struct EntryCursor {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func entry() -> JournalEntry? {
        guard skip("{\"actor\":"), let actor = text(), skip(",\"at\":"), let at = number(), skip(",\"details\":{"),
            let details = details(), skip(",\"index\":"), let index = number(), skip(",\"kind\":"),
            let kind = text().flatMap({ JournalEventKind(rawValue: $0) }), skip(",\"outcome\":"),
            let outcome = text(), skip(",\"sequence\":"), let sequence = number()
        else { return nil }
        let study = skip(",\"study\":") ? text() : nil
        let subject = skip(",\"subject\":") ? text() : nil
        guard skip("}"), position == bytes.count, at < JournalLimits.exactNumber else { return nil }
        let event = JournalEvent(
            kind: kind, at: Int64(at), actor: actor, subject: subject, study: study, outcome: outcome,
            details: details)
        return JournalEntry(index: index, sequence: sequence, event: event)
    }

    private mutating func details() -> [String: String]? {
        var details: [String: String] = [:]
        if skip("}") { return details }
        repeat {
            guard let key = text(), skip(":"), let value = text() else { return nil }
            details[key] = value
        } while skip(",")
        return skip("}") ? details : nil
    }

    private mutating func skip(_ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        let isThere = expected.withUTF8Buffer { unsafe $0.elementsEqual(bytes[position..<position + count]) }
        if isThere { position += count }
        return isThere
    }

    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        let start = position
        while position < bytes.count, position - start < 17, (0x30...0x39).contains(bytes[position]) {
            value = value * 10 + UInt64(bytes[position] - 0x30)
            position += 1
        }
        return position > start ? value : nil
    }

    private mutating func text() -> String? {
        guard skip("\"") else { return nil }
        var content: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(validating: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard position < bytes.count else { return nil }
                content.append(bytes[position])
                position += 1
            } else {
                content.append(byte)
            }
        }
        return nil
    }
}
