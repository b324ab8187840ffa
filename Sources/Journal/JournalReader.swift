import Durability
import Sealing

/// Which entries to show; what is `nil` or empty does not narrow.
public struct JournalFilter: Sendable, Hashable {
    public var kinds: Set<JournalEventKind>
    public var actor: String?
    public var subject: String?
    public var study: String?
    public var outcome: String?
    /// Milliseconds since 1970-01-01 UTC, inclusive.
    public var from: Int64?
    /// Milliseconds since 1970-01-01 UTC, exclusive.
    public var until: Int64?

    public init(
        kinds: Set<JournalEventKind> = [], actor: String? = nil, subject: String? = nil, study: String? = nil,
        outcome: String? = nil, from: Int64? = nil, until: Int64? = nil
    ) {
        self.kinds = kinds
        self.actor = actor
        self.subject = subject
        self.study = study
        self.outcome = outcome
        self.from = from
        self.until = until
    }

    public func matches(_ event: JournalEvent) -> Bool {
        (kinds.isEmpty || kinds.contains(event.kind)) && (actor.map { $0 == event.actor } ?? true)
            && (subject.map { $0 == event.subject } ?? true) && (study.map { $0 == event.study } ?? true)
            && (outcome.map { $0 == event.outcome } ?? true) && (from.map { $0 <= event.at } ?? true)
            && (until.map { event.at < $0 } ?? true)
    }
}

/// Reads the acknowledged entries of a journal. Signatures and roots are the verifier's business, not its.
public struct JournalReader: Sendable {
    private let directory: String
    private let disk: any Disk

    public init(directory: String, disk: any Disk = RealDisk()) {
        self.directory = directory
        self.disk = disk
    }

    /// Gives every entry from index `start` on that matches, in order, until `body` answers `false`. Entries that no
    /// checkpoint covers yet are left out.
    public func forEach(
        from start: UInt64 = 0, matching filter: JournalFilter = JournalFilter(),
        _ body: (JournalEntry) throws -> Bool
    ) throws {
        for segment in try SegmentFile.list(directory, disk) {
            var scanner = try SegmentScanner("\(directory)/\(SegmentFile.name(segment))", disk)
            var waiting: [JournalEntry] = []
            while case .frame(let frame) = try scanner.next() {
                switch frame.type {
                case .header: break
                case .entry:
                    guard let entry = EntryCoding.decode(frame.payload) else {
                        let index = waiting.last.map { $0.index + 1 } ?? start
                        throw JournalError.damaged(
                            JournalDamage(.entry, segment: segment, index: index, offset: frame.start))
                    }
                    if entry.index >= start, filter.matches(entry.event) { waiting.append(entry) }
                case .checkpoint:
                    for entry in waiting where try !body(entry) { return }
                    waiting = []
                }
            }
        }
    }

    /// The entries that match; at most the last `limit` of them.
    public func entries(
        matching filter: JournalFilter = JournalFilter(), last limit: Int = 1000
    ) throws -> [JournalEntry] {
        var found: [JournalEntry] = []
        try forEach(matching: filter) { entry in
            found.append(entry)
            if found.count >= 2 * limit { found.removeFirst(found.count - limit) }
            return true
        }
        return found.suffix(limit)
    }

    /// The last checkpoint; `nil` in a journal without entries. Its signature is not looked at.
    public func lastCheckpoint() throws(JournalError) -> Checkpoint? {
        let segments = try SegmentFile.list(directory, disk)
        guard let segment = segments.last else { return nil }
        var scanner = try SegmentScanner("\(directory)/\(SegmentFile.name(segment))", disk)
        var last: Checkpoint?
        while case .frame(let frame) = try scanner.next() {
            switch frame.type {
            case .header: last = SegmentHeader(frame.payload)?.checkpoint
            case .entry: break
            case .checkpoint: last = try Checkpoint(text: String(decoding: frame.payload, as: UTF8.self))
            }
        }
        return last
    }

    /// The key in force, which signs the next checkpoint; `nil` if there is no journal yet. Found from the last segment
    /// alone: after a crash in a rotation of keys it says which of the two the journal has come to.
    public func keyInForce() throws(JournalError) -> VerifyingKey? {
        guard let segment = try SegmentFile.list(directory, disk).last else { return nil }
        var scanner = try SegmentScanner("\(directory)/\(SegmentFile.name(segment))", disk)
        var key: VerifyingKey?
        while case .frame(let frame) = try scanner.next() {
            switch frame.type {
            case .header: key = SegmentHeader(frame.payload)?.key
            case .entry: break
            case .checkpoint:
                let checkpoint = try Checkpoint(text: String(decoding: frame.payload, as: UTF8.self))
                key = try checkpoint.introducedKey() ?? key
            }
        }
        return key
    }
}
