import Durability
import Sealing

/// A copy of a journal for someone who verifies it elsewhere: the segments up to a checkpoint, the checkpoint, and the
/// public key in force.
public enum JournalExport {
    /// Writes into a directory that is made here and must be empty: `journal/`, `checkpoint.note`, `journal.pub`.
    /// A gateway may be appending: what lies behind the last checkpoint is left out. Returns that checkpoint.
    ///
    /// - Parameter sequence: what came later through the outbox is left out, too: the journal as it was when the
    ///   outbox had come to this number.
    public static func write(
        directory: String, to target: String, through sequence: UInt64 = .max, disk: any Disk = RealDisk()
    ) throws(JournalError) -> Checkpoint {
        let segments = try SegmentFile.list(directory, disk)
        guard !segments.isEmpty else {
            throw .damaged(JournalDamage(.missingSegment, segment: 0, index: 0, offset: 0))
        }
        try JournalError.of { () throws(DiskError) in
            try disk.makeDirectory(target)
            guard try disk.list(target).isEmpty else { throw DiskError(.create, errno: 17, path: target) }
            try disk.makeDirectory(target + "/journal")
        }
        var last: Checkpoint?
        for segment in segments {
            let name = SegmentFile.name(segment)
            let (length, isWhole) = try signedBytes("\(directory)/\(name)", &last, through: sequence, disk)
            // A segment of which nothing is left would begin a journal that has not come to it.
            if length > 0 { try copy("\(directory)/\(name)", to: "\(target)/journal/\(name)", length, disk) }
            if !isWhole { break }
        }
        let copied = JournalReader(directory: target + "/journal", disk: disk)
        guard let last, let key = try copied.keyInForce() else { throw .checkpointMalformed }
        try JournalError.of { () throws(DiskError) in
            try DurableFile.write(Array(last.text.utf8), to: target + "/checkpoint.note", disk: disk)
            try DurableFile.write(Array((key.hexadecimal + "\n").utf8), to: target + "/journal.pub", disk: disk)
        }
        return last
    }

    /// The length up to the last checkpoint (or the header) that may be copied, and whether that is all there is.
    private static func signedBytes(
        _ path: String, _ last: inout Checkpoint?, through sequence: UInt64, _ disk: any Disk
    ) throws(JournalError) -> (length: Int, isWhole: Bool) {
        var scanner = try SegmentScanner(path, disk)
        var length = 0
        var isLater = false
        while case .frame(let frame) = try scanner.next() {
            switch frame.type {
            case .header: length = frame.end
            case .entry where sequence < .max: isLater = isLater || EntryCoding.isLater(frame.payload, than: sequence)
            case .entry: break
            case .checkpoint:
                if isLater { return (length, false) }
                last = try Checkpoint(text: String(decoding: frame.payload, as: UTF8.self))
                length = frame.end
            }
        }
        return (length, !isLater)
    }

    private static func copy(
        _ path: String, to target: String, _ length: Int, _ disk: any Disk
    ) throws(JournalError) {
        try JournalError.of { () throws(DiskError) in
            let file = try DurableFile(target, disk: disk)
            var position = 0
            while position < length {
                let bytes = try disk.read(path, from: position, count: min(JournalLimits.copyBytes, length - position))
                if bytes.isEmpty { break }
                try file.write(bytes)
                position += bytes.count
            }
            try file.commit()
        }
    }
}

extension EntryCoding {
    fileprivate static func isLater(_ payload: [UInt8], than sequence: UInt64) -> Bool {
        decode(payload).map { $0.sequence > sequence } ?? false
    }
}
