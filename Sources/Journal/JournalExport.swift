import Durability
import Sealing

/// A copy of a journal for someone who verifies it elsewhere: the segments up to a checkpoint, the checkpoint, and the
/// public key in force.
public enum JournalExport {
    /// Writes into a directory that is made here and must be empty: `journal/`, `checkpoint.note`, `journal.pub`.
    /// A gateway may be appending: what lies behind the last checkpoint is left out. Returns that checkpoint.
    public static func write(
        directory: String, to target: String, disk: any Disk = RealDisk()
    ) throws(JournalError) -> Checkpoint {
        let reader = JournalReader(directory: directory, disk: disk)
        let segments = try SegmentFile.list(directory, disk)
        guard !segments.isEmpty, let key = try reader.keyInForce() else {
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
            let length = try signedBytes("\(directory)/\(name)", &last, disk)
            try copy("\(directory)/\(name)", to: "\(target)/journal/\(name)", length, disk)
        }
        guard let last else { throw .checkpointMalformed }
        try JournalError.of { () throws(DiskError) in
            try DurableFile.write(Array(last.text.utf8), to: target + "/checkpoint.note", disk: disk)
            try DurableFile.write(Array((key.hexadecimal + "\n").utf8), to: target + "/journal.pub", disk: disk)
        }
        return last
    }

    /// The length up to the last checkpoint (or the header).
    private static func signedBytes(
        _ path: String, _ last: inout Checkpoint?, _ disk: any Disk
    ) throws(JournalError) -> Int {
        var scanner = try SegmentScanner(path, disk)
        var length = 0
        while case .frame(let frame) = try scanner.next() {
            switch frame.type {
            case .header: length = frame.end
            case .entry: break
            case .checkpoint:
                last = try Checkpoint(text: String(decoding: frame.payload, as: UTF8.self))
                length = frame.end
            }
        }
        return length
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
