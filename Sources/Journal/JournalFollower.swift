import Durability

/// Reads the acknowledged entries of a growing journal, each once, and remembers where it is: the journal itself is the
/// spool of whoever must pass its entries on. One owner, one thread.
public struct JournalFollower: Sendable {
    private let directory: String
    private let disk: any Disk
    /// The index of the next entry to give.
    public private(set) var next: UInt64
    private var segment: Int?
    /// Bytes of the segment that have been read; 0 before its header.
    private var offset = 0

    /// Begins with the entry `next`; what has been retired since is passed over.
    public init(directory: String, next: UInt64, disk: any Disk = RealDisk()) {
        self.directory = directory
        self.disk = disk
        self.next = next
    }

    /// Goes back to an entry that was given before.
    public mutating func goBack(to index: UInt64) {
        next = index
        segment = nil
        offset = 0
    }

    /// The next entries, at least `limit` of them if there are so many (whole groups only); empty if there are none yet.
    public mutating func read(limit: Int) throws(JournalError) -> [JournalEntry] {
        let segments = try SegmentFile.list(directory, disk)
        if segments.isEmpty { return [] }
        var current = if let segment { segment } else { try start(segments) }
        if current < segments.lowerBound { (current, offset) = (segments.lowerBound, 0) }
        var found: [JournalEntry] = []
        while true {
            try read(current, limit, &found)
            guard found.count < limit, current < segments.upperBound - 1 else { break }
            (current, offset) = (current + 1, 0)
        }
        segment = current
        if let last = found.last { next = last.index + 1 }
        return found
    }

    /// The segment in which the next entry lies: the last one whose header does not count it.
    private func start(_ segments: Range<Int>) throws(JournalError) -> Int {
        for segment in segments.reversed() where segment > segments.lowerBound {
            var scanner = try SegmentScanner("\(directory)/\(SegmentFile.name(segment))", disk)
            guard case .frame(let frame) = try scanner.next(), let header = SegmentHeader(frame.payload) else {
                continue
            }
            if header.tree.size <= next { return segment }
        }
        return segments.lowerBound
    }

    private mutating func read(_ segment: Int, _ limit: Int, _ found: inout [JournalEntry]) throws(JournalError) {
        var scanner = try SegmentScanner("\(directory)/\(SegmentFile.name(segment))", disk, from: offset)
        var waiting: [JournalEntry] = []
        while found.count < limit, case .frame(let frame) = try scanner.next() {
            switch frame.type {
            case .header: break
            case .entry:
                guard let entry = EntryCoding.decode(frame.payload) else {
                    throw .damaged(JournalDamage(.entry, segment: segment, index: next, offset: frame.start))
                }
                if entry.index >= next { waiting.append(entry) }
            case .checkpoint:
                found += waiting
                waiting = []
                offset = frame.end
            }
        }
    }
}
