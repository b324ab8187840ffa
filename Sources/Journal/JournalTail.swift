import Durability
import Sealing

/// Looks at bytes behind the last good checkpoint for a later one that the key has signed: its presence tells damage
/// (what was signed has been acknowledged) from a write that a power cut has torn.
struct JournalTail {
    let checkpoint: Checkpoint
    /// Bytes behind the found checkpoint.
    let bytesBehind: Int

    /// Whether the group that the checkpoint signs has been acknowledged for sure: something was written after it,
    /// or another group lay between it and the last good checkpoint, or the database knows it.
    func isAcknowledged(after good: JournalState, _ known: Checkpoint?) throws(JournalError) -> Bool {
        if bytesBehind > 0 || checkpoint.size <= known?.size ?? 0 { return true }
        return try checkpoint.previous != good.previousDigest()
    }

    /// The first signed checkpoint that covers more than `size` entries.
    static func find(
        in path: String, from offset: Int, origin: String, size: UInt64, keys: [VerifyingKey], _ disk: any Disk
    ) throws(JournalError) -> JournalTail? {
        let bytes = try JournalError.of { () throws(DiskError) in
            try disk.read(path, from: offset, count: max(0, disk.size(path) - offset))
        }
        let first = Array("\(origin)\n".utf8)
        var position = 0
        while position + first.count <= bytes.count {
            guard bytes[position] == first[0], bytes[position..<position + first.count].elementsEqual(first) else {
                position += 1
                continue
            }
            if let note = note(bytes[position...]), note.size > size, try note.isSigned(byOneOf: keys) {
                return JournalTail(checkpoint: note, bytesBehind: bytes.count - position - note.text.utf8.count)
            }
            position += 1
        }
        return nil
    }

    /// The note at the beginning of the bytes: seven lines, or nine where a key is introduced.
    private static func note(_ bytes: ArraySlice<UInt8>) -> Checkpoint? {
        // The longest note: origin three times, three numbers, three digests, two signatures.
        let window = bytes.prefix(1024)
        let ends = window.indices.filter { window[$0] == 0x0A }
        for lines in [7, 9] where ends.count >= lines {
            if let text = String(validating: window[...ends[lines - 1]], as: UTF8.self),
                let note = try? Checkpoint(text: text)
            {
                return note
            }
        }
        return nil
    }
}

extension Checkpoint {
    func isSigned(byOneOf keys: [VerifyingKey]) throws(JournalError) -> Bool {
        for key in keys where try isSigned(by: key) { return true }
        return false
    }
}
