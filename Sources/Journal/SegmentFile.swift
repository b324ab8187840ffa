import Durability

/// Names and frames of segment files.
///
/// `00000000.cxrj` is `CXRJRNL1`, then frames: length of the payload (4 bytes, most significant first), type (`H`
/// header, `E` entry, `C` checkpoint), payload.
enum SegmentFile {
    static let magic = Array("CXRJRNL1".utf8)
    static let frameOverhead = 5

    enum FrameType: UInt8 {
        case header = 0x48
        case entry = 0x45
        case checkpoint = 0x43
    }

    static func frame(_ type: FrameType, _ payload: [UInt8]) -> [UInt8] {
        let count = UInt32(payload.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + [type.rawValue] + payload
    }

    static func name(_ segment: Int) -> String {
        let digits = String(segment)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".cxrj"
    }

    /// The number in a segment's name; `nil` if it is not one.
    static func number(_ name: String) -> Int? {
        guard name.hasSuffix(".cxrj"), let number = Int(name.dropLast(5)), SegmentFile.name(number) == name else {
            return nil
        }
        return number
    }

    /// The numbers of the segments in a directory; those before the first have been retired, or are missing.
    /// Temporaries of a creation that was cut short do not count. Throws `foreignFile` and `missingSegment`.
    static func list(_ directory: String, _ disk: any Disk) throws(JournalError) -> Range<Int> {
        let names = try JournalError.of { () throws(DiskError) in try disk.list(directory) }
            .filter { !$0.hasSuffix(".cxrj.tmp") }
        let first = names.lazy.compactMap(number).first ?? 0
        for (offset, found) in names.enumerated() where found != name(first + offset) {
            let isGap = number(found) != nil && !names.contains(name(first + offset))
            throw .damaged(
                JournalDamage(isGap ? .missingSegment : .foreignFile, segment: first + offset, index: 0, offset: 0))
        }
        return first..<first + names.count
    }
}

/// Goes through a segment file frame by frame, with bounded memory.
struct SegmentScanner {
    struct Frame {
        let type: SegmentFile.FrameType
        let payload: [UInt8]
        /// Where the frame begins, and where it ends.
        let start: Int
        let end: Int
    }

    enum Step {
        case frame(Frame)
        case end
        /// Not a frame: cut short, too long, or of no known type.
        case broken(at: Int)
    }

    private static let blockBytes = 1 << 20

    private let disk: any Disk
    private let path: String
    private let fileBytes: Int
    private var block: [UInt8] = []
    private var blockStart = 0
    private var position = 0

    /// Sees the file as long as it is now: what is appended meanwhile is not read. `position` is the end of a frame
    /// that was read before, or 0.
    init(_ path: String, _ disk: any Disk, from position: Int = 0) throws(JournalError) {
        self.disk = disk
        self.path = path
        self.position = position
        fileBytes = try JournalError.of { () throws(DiskError) in try disk.size(path) }
    }

    /// Bytes behind the last frame that was given.
    var remaining: Int { fileBytes - position }

    mutating func next() throws(JournalError) -> Step {
        if position == 0 {
            guard try bytes(at: 0, count: SegmentFile.magic.count) == SegmentFile.magic else { return .broken(at: 0) }
            position = SegmentFile.magic.count
        }
        if position == fileBytes { return .end }
        guard let head = try bytes(at: position, count: SegmentFile.frameOverhead) else { return .broken(at: position) }
        let length = head[0..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= JournalLimits.payloadBytes, let type = SegmentFile.FrameType(rawValue: head[4]),
            let payload = try bytes(at: position + SegmentFile.frameOverhead, count: length)
        else { return .broken(at: position) }
        let start = position
        position += SegmentFile.frameOverhead + length
        return .frame(Frame(type: type, payload: payload, start: start, end: position))
    }

    /// `nil` if the file ends before.
    private mutating func bytes(at offset: Int, count: Int) throws(JournalError) -> [UInt8]? {
        guard offset + count <= fileBytes else { return nil }
        if offset < blockStart || offset + count > blockStart + block.count {
            let wanted = min(SegmentScanner.blockBytes, fileBytes - offset)
            block = try JournalError.of { () throws(DiskError) in
                try disk.read(path, from: offset, count: max(wanted, count))
            }
            blockStart = offset
            guard block.count >= count else { return nil }
        }
        return Array(block[offset - blockStart..<offset - blockStart + count])
    }
}
