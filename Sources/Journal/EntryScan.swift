/// Reads an entry without making anything of its texts: whether it is in its one form, and the few facts that a
/// verifier needs. What `EntryCoding.encode` writes is what this accepts.
struct EntryScan {
    private(set) var index: UInt64 = 0
    private(set) var sequence: UInt64 = 0
    private(set) var isRetirement = false

    /// `nil` for anything that is not in the canonical form.
    init?(_ payload: [UInt8]) {
        var scanner = EntryScanner(bytes: payload.span)
        guard scanner.skip("{\"actor\":"), scanner.text(), scanner.skip(",\"at\":"), scanner.number() != nil,
            scanner.skip(",\"details\":{"), scanner.details(), scanner.skip(",\"index\":"),
            let index = scanner.number(), scanner.skip(",\"kind\":"), let kind = scanner.word(),
            scanner.skip(",\"outcome\":"), scanner.text(), scanner.skip(",\"sequence\":"),
            let sequence = scanner.number()
        else { return nil }
        if scanner.skip(",\"study\":"), !scanner.text() { return nil }
        if scanner.skip(",\"subject\":"), !scanner.text() { return nil }
        guard scanner.skip("}"), scanner.isAtEnd, EntryScan.kinds.contains(Array(payload[kind])) else { return nil }
        self.index = index
        self.sequence = sequence
        isRetirement = payload[kind].elementsEqual(EntryScan.retire)
    }

    private static let retire = Array(JournalEventKind.retire.rawValue.utf8)
    private static let kinds = Set(JournalEventKind.allCases.map { Array($0.rawValue.utf8) })
}

private struct EntryScanner: ~Escapable {
    private let bytes: Span<UInt8>
    private var position = 0

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
}
