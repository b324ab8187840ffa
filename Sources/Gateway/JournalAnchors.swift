import Durability
import Foundation
import Journal

/// Keeps checkpoints where the gateway's disk is not: a rolled-back journal contradicts them.
struct JournalAnchors: Sendable {
    let anchors: [JournalSettings.Anchor]
    let disk: any Disk

    /// What an anchor holds contradicts the journal: it knows more entries than there are. Nothing is overwritten then.
    struct Contradiction: Error, CustomStringConvertible {
        let description =
            "GAT-011: an anchor holds a later checkpoint than the journal has; the journal was rolled back, or the "
            + "anchor belongs to another gateway. Keep both, and call the privacy officer."
    }

    /// Brings a checkpoint to every directory and file; returns the failures, one for each anchor that has not got it.
    func keep(_ checkpoint: Checkpoint) -> [any Error] {
        anchors.compactMap { anchor in
            do {
                switch anchor {
                case .directory(let path): try keep(checkpoint, in: path)
                case .file(let path): try append(checkpoint, to: path)
                case .syslog: break
                }
                return nil
            } catch {
                return error
            }
        }
    }

    private func keep(_ checkpoint: Checkpoint, in directory: String) throws {
        let path = directory + "/checkpoint.note"
        if try disk.list(directory).contains("checkpoint.note") {
            let text = String(decoding: try disk.read(path), as: UTF8.self)
            if try !isNew(checkpoint, after: CheckpointFile.read(text).last) { return }
        }
        try DurableFile.write(Array(checkpoint.text.utf8), to: path, disk: disk, replacing: true)
    }

    private func append(_ checkpoint: Checkpoint, to path: String) throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let name = String(path.dropFirst(folder.count + 1))
        let handle: DiskHandle
        if try disk.list(folder.isEmpty ? "/" : folder).contains(name) {
            // The last note is all that is wanted of a file that grows for years.
            let size = try disk.size(path)
            let start = max(0, size - Self.tailBytes)
            let tail = String(decoding: try disk.read(path, from: start, count: size - start), as: UTF8.self)
            let notes = tail.components(separatedBy: "\n\n\(checkpoint.origin)\n")
            let last = notes.count > 1 ? checkpoint.origin + "\n" + (notes.last ?? "") : tail
            let known = last.allSatisfy(\.isWhitespace) ? nil : try CheckpointFile.read(last).last
            if try !isNew(checkpoint, after: known) { return }
            handle = try disk.openFile(path)
        } else {
            handle = try disk.createFile(path)
        }
        do {
            try disk.write(Array(CheckpointFile.appended(checkpoint).utf8), to: handle)
            try disk.syncData(handle)
        } catch {
            try disk.close(handle)
            throw error
        }
        try disk.close(handle)
    }

    /// More than one note, of which the longest has less than 1 KiB.
    private static let tailBytes = 4096

    private func isNew(_ checkpoint: Checkpoint, after known: Checkpoint?) throws -> Bool {
        guard let known, known.origin == checkpoint.origin else { return true }
        guard known.size < checkpoint.size else {
            if known.size == checkpoint.size, known.root == checkpoint.root { return false }
            throw Contradiction()
        }
        return true
    }
}
