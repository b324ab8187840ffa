import Durability
import Foundation
import Journal
import Sealing
import Synchronization

/// The journal's one writer: brings the entries that the database owes into the log, in their order, each once.
///
/// The last sequence number in the log says what is already there; that is how a crash between the database's commit
/// and the log's sync is healed: by calling ``flush()`` again.
final class JournalKeeper: Sendable {
    private let store: Store
    private let open: @Sendable () throws -> JournalWriter
    private let writer: Mutex<JournalWriter>
    private let latest = Mutex<Checkpoint?>(nil)
    private let flushes = Mutex(0)

    init(store: Store, directory: DataDirectory, disk: any Disk, key: JournalSigningKey) throws {
        self.store = store
        let open = { @Sendable in
            try JournalWriter(
                directory: directory.journal, disk: disk, key: key, origin: "cxrgate",
                acknowledged: try KnownCheckpoint.read(store))
        }
        self.open = open
        writer = Mutex(try open())
    }

    /// Appends everything owed, with one sync for each group.
    func flush() throws(GatewayError) {
        do {
            while try flushGroup() == Self.groupLimit {}
        } catch {
            throw .journal("\(error)")
        }
        try trimIfDue()
    }

    private func flushGroup() throws -> Int {
        try writer.withLock { writer in
            let last = writer.lastSequence
            let owed = try store.read { transaction in
                try transaction.rows(
                    "SELECT sequence, entry FROM journal_outbox WHERE sequence > ? ORDER BY sequence LIMIT ?",
                    .integer(Int64(last)), .integer(Self.groupLimit))
            }
            if owed.isEmpty { return 0 }
            let events = try owed.compactMap { row -> (sequence: UInt64, event: JournalEvent)? in
                guard let sequence = row.integer("sequence"), let entry = row.blob("entry") else { return nil }
                return (UInt64(sequence), try JSONDecoder().decode(JournalEvent.self, from: Data(entry)))
            }
            let checkpoint: Checkpoint
            do {
                checkpoint = try writer.append(events)
            } catch {
                // A writer that met a fault of the disk writes no more; the next try begins with a fresh one, which
                // finds what of this group is durable.
                writer = try open()
                throw error
            }
            latest.withLock { $0 = checkpoint }
            return owed.count
        }
    }

    /// Notes the latest checkpoint in the database, for the verifier, and drops the rows that it covers. Until then the
    /// rows stay, so that an entry is always in one of the two places.
    func trim() throws(GatewayError) {
        do {
            guard let checkpoint = latest.withLock({ $0 }) else { return }
            let covered = writer.withLock { $0.lastSequence }
            try store.write { transaction in
                try transaction.execute(
                    "DELETE FROM journal_outbox WHERE sequence <= ?", .integer(Int64(covered)))
                try transaction.execute(
                    "INSERT OR REPLACE INTO fact VALUES ('checkpoint', ?)", .text(checkpoint.text))
            }
        } catch {
            throw .journal("\(error)")
        }
    }

    private func trimIfDue() throws(GatewayError) {
        let isDue = flushes.withLock { flushes in
            flushes += 1
            return flushes % Self.flushesPerTrim == 0
        }
        if isDue { try trim() }
    }

    private static let flushesPerTrim = 64
    /// Entries in one group: far more than wait in ordinary work, and below what one append takes.
    private static let groupLimit = 512
}

extension Transaction {
    /// Owes the journal one entry.
    func owe(_ event: JournalEvent) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try oweJournal(Array(try encoder.encode(event.acceptable)))
    }
}

extension JournalEvent {
    /// Bytes of UTF-8 in one text; what the journal takes at most (`Conformance/Formats/Journal.md`).
    private static let longestText = 512

    /// The same event in words that the journal takes: no control characters, not too long, nothing like a UID. What
    /// is owed must never be what the journal later refuses.
    var acceptable: JournalEvent {
        func text(_ text: String) -> String {
            var kept = String.UnicodeScalarView()
            var byteCount = 0
            for scalar in text.unicodeScalars where scalar.value >= 0x20 && scalar.value != 0x7F {
                byteCount += UTF8.width(scalar)
                if byteCount > Self.longestText { break }
                kept.append(scalar)
            }
            let printable = String(kept)
            let isLikeUID =
                printable.utf8.count > 15 && printable.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
            return isLikeUID ? "(withheld)" : printable
        }
        func named(_ name: String) -> String { text(name).isEmpty ? "?" : text(name) }
        return JournalEvent(
            kind: kind, at: at, actor: named(actor), subject: subject.map(named), study: study.map(named),
            outcome: named(outcome), details: details.mapValues(text))
    }
}

/// The last checkpoint that the database has noted: a journal that does not hold it has been cut or exchanged.
enum KnownCheckpoint {
    static func read(_ store: Store) throws -> Checkpoint? {
        let text = try store.read { transaction in
            try transaction.row("SELECT value FROM fact WHERE name = 'checkpoint'")?.text("value")
        }
        return try text.map { try Checkpoint(text: $0) }
    }
}
