import Durability
import Sealing

/// Old segments go, and the journal still verifies: a signed entry of kind `retire` says below which number they may be
/// missing, and the header of the first one that stays says, signed, how many entries there were and what their root was.
///
/// The order: the entry is appended (and durable), then the files go, the oldest first. After a crash in between the
/// same is done again; a file that went too much would be found as missing.
public enum JournalRetention {
    /// The name of the number in the details of a `retire` entry.
    static let below = "below"

    /// The number below which every segment may go: all their entries are older than `limit` (milliseconds since
    /// 1970-01-01 UTC). `nil` if there is none. The segment that is being written never goes.
    public static func due(
        directory: String, olderThan limit: Int64, disk: any Disk = RealDisk()
    ) throws(JournalError) -> Int? {
        let segments = try SegmentFile.list(directory, disk)
        guard segments.count > 1 else { return nil }
        var first = segments.lowerBound
        while first < segments.upperBound - 1, try isOlder(directory, first, than: limit, disk) { first += 1 }
        return first > segments.lowerBound ? first : nil
    }

    /// The entry that must be in the journal before anything goes.
    public static func event(below number: Int, at: Int64, actor: String) -> JournalEvent {
        JournalEvent(kind: .retire, at: at, actor: actor, details: ["what": "journal segments", below: "\(number)"])
    }

    /// Removes the segments below a number, the oldest first; `event(below:at:actor:)` with the number (or a higher
    /// one) must have been appended, and this is looked up. Returns how many went. Throws `notRetired` if it was not.
    @discardableResult
    public static func remove(
        directory: String, below number: Int, disk: any Disk = RealDisk()
    ) throws(JournalError) -> Int {
        let segments = try SegmentFile.list(directory, disk)
        let going = segments.lowerBound..<max(segments.lowerBound, min(number, segments.upperBound - 1))
        if going.isEmpty { return 0 }
        guard try isRetired(directory, segments, below: number, disk) else { throw .notRetired }
        try JournalError.of { () throws(DiskError) in
            for segment in going {
                try disk.unlink("\(directory)/\(SegmentFile.name(segment))")
                // One by one: what is left must begin with a segment, not with a gap.
                try disk.syncDirectory(directory)
            }
        }
        return going.count
    }

    private static func isOlder(
        _ directory: String, _ segment: Int, than limit: Int64, _ disk: any Disk
    ) throws(JournalError) -> Bool {
        var scanner = try SegmentScanner("\(directory)/\(SegmentFile.name(segment))", disk)
        while true {
            switch try scanner.next() {
            case .end: return true
            case .broken(let offset):
                // What is damaged is evidence: it stays.
                throw .damaged(JournalDamage(.frame, segment: segment, index: 0, offset: offset))
            case .frame(let frame):
                guard frame.type == .entry else { continue }
                guard let entry = EntryCoding.decode(frame.payload) else {
                    throw .damaged(JournalDamage(.entry, segment: segment, index: 0, offset: frame.start))
                }
                if entry.event.at >= limit { return false }
            }
        }
    }

    /// Whether an acknowledged entry behind the segments that go says so. From the end: it was just written.
    private static func isRetired(
        _ directory: String, _ segments: Range<Int>, below number: Int, _ disk: any Disk
    ) throws(JournalError) -> Bool {
        for segment in segments.reversed() where segment >= number {
            var scanner = try SegmentScanner("\(directory)/\(SegmentFile.name(segment))", disk)
            var waiting = 0
            while case .frame(let frame) = try scanner.next() {
                switch frame.type {
                case .header: break
                case .entry: waiting = max(waiting, EntryCoding.decode(frame.payload)?.event.retiredBelow ?? 0)
                case .checkpoint: if waiting >= number { return true }
                }
            }
        }
        return false
    }
}

extension JournalEvent {
    /// Below which number segments may be missing, by this entry; 0 for every other kind.
    var retiredBelow: Int {
        guard kind == .retire, let text = details[JournalRetention.below], let number = Int(text), number > 0,
            "\(number)" == text
        else { return 0 }
        return number
    }
}
