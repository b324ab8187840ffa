/// Reads an entry without making anything of its texts: whether it is in its one form, and the few facts that a
/// verifier needs. It takes what `EntryCoding.encode` writes, and the same with a kind that this version does not know.
struct EntryScan {
    let index: UInt64
    let sequence: UInt64
    let isRetirement: Bool

    /// `nil` for anything that is not in the canonical form.
    init?(_ payload: [UInt8]) {
        var scanner = EntryScanner(bytes: payload)
        guard scanner.skip("{\"actor\":"), scanner.text(), scanner.skip(",\"at\":"), scanner.number() != nil,
            scanner.skip(",\"details\":{"), scanner.details(), scanner.skip(",\"index\":"),
            let index = scanner.number(), scanner.skip(",\"kind\":"), let kind = scanner.word(),
            scanner.skip(",\"outcome\":"), scanner.text(), scanner.skip(",\"sequence\":"),
            let sequence = scanner.number()
        else { return nil }
        if scanner.skip(",\"study\":"), !scanner.text() { return nil }
        if scanner.skip(",\"subject\":"), !scanner.text() { return nil }
        guard scanner.skip("}"), scanner.isAtEnd else { return nil }
        self.index = index
        self.sequence = sequence
        isRetirement = payload[kind].elementsEqual("retire".utf8)
    }
}

private struct EntryScanner {
    private let bytes: [UInt8]
    private var position = 0

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        let start = position
        let isThere = expected.withUTF8Buffer { expected in
            for index in 0..<count where unsafe bytes[start + index] != expected[index] { return false }
            return true
        }
        if isThere { position += count }
        return isThere
    }

    /// Digits without leading zero, below 2⁵³.
    mutating func number() -> UInt64? {
        var value: UInt64 = 0
        let start = position
        while position < bytes.count, position - start < 17, (0x30...0x39).contains(bytes[position]) {
            value = value * 10 + UInt64(bytes[position] - 0x30)
            position += 1
        }
        guard position > start, bytes[start] != 0x30 || position == start + 1, value < JournalLimits.exactNumber else {
            return nil
        }
        return value
    }

    /// A kind: 1 to 32 ASCII letters between quotes; where they lie.
    mutating func word() -> Range<Int>? {
        guard skip("\"") else { return nil }
        let start = position
        while position < bytes.count, (0x41...0x5A).contains(bytes[position] & 0xDF) { position += 1 }
        let word = start..<position
        return (1...32).contains(word.count) && skip("\"") ? word : nil
    }

    /// A text between quotes, without control characters, with the two escapes that are allowed, not too long.
    mutating func text(mayBeEmpty: Bool = false) -> Bool {
        guard skip("\"") else { return false }
        let start = position
        var escapes = 0
        var isASCII = true
        while position < bytes.count {
            let byte = bytes[position]
            if byte == Self.quote { break }
            if byte == Self.backslash {
                position += 1
                guard position < bytes.count, bytes[position] == Self.quote || bytes[position] == Self.backslash else {
                    return false
                }
                escapes += 1
            } else if byte < 0x20 || byte == 0x7F {
                return false
            } else if byte > 0x7F {
                isASCII = false
            }
            position += 1
        }
        let count = position - start - escapes
        guard mayBeEmpty || count > 0, count <= JournalLimits.textBytes else { return false }
        guard isASCII || String(validating: bytes[start..<position], as: UTF8.self) != nil else { return false }
        return skip("\"")
    }

    /// The members of `details` and the brace behind them: names sorted, each once.
    mutating func details() -> Bool {
        if skip("}") { return true }
        var before: Range<Int>?
        for _ in 0..<JournalLimits.details {
            guard skip("\"") else { return false }
            let start = position
            while position < bytes.count, JournalLimits.isKeyByte(bytes[position]) { position += 1 }
            let name = start..<position
            guard (1...JournalLimits.keyBytes).contains(name.count), skip("\""), skip(":"), text(mayBeEmpty: true)
            else { return false }
            if let before, !bytes[before].lexicographicallyPrecedes(bytes[name]) { return false }
            before = name
            if skip("}") { return true }
            guard skip(",") else { return false }
        }
        return false
    }
}
