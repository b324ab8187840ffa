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
    private let settings: JournalSettings
    private let clock: GatewayClock
    private let trouble = Mutex(Trouble())
    /// A writer, and how to make another like it with a key.
    private struct Pen {
        var writer: JournalWriter
        var key: JournalSigningKey
    }

    private let open: @Sendable (JournalSigningKey) throws -> JournalWriter
    private let pen: Mutex<Pen>
    private let latest = Mutex<Checkpoint?>(nil)
    private let flushes = Mutex(0)

    /// While the journal cannot be written, and the site has said that work goes on.
    private struct Trouble {
        var isPresent = false
        var lastTry: Int64 = 0
    }

    init(
        store: Store, directory: DataDirectory, disk: any Disk, key: JournalSigningKey,
        settings: JournalSettings = JournalSettings(), clock: GatewayClock = .system
    ) throws {
        self.store = store
        self.settings = settings
        self.clock = clock
        let open = { @Sendable (key: JournalSigningKey) in
            try JournalWriter(
                directory: directory.journal, disk: disk, key: key, origin: "cxrgate",
                acknowledged: try KnownCheckpoint.read(store), segmentBytes: settings.segmentMiB << 20)
        }
        self.open = open
        pen = Mutex(Pen(writer: try open(key), key: key))
    }

    /// Appends everything owed, with one sync for each group. When the journal cannot be written it throws, or lets
    /// what is owed wait in the database, as `journal.on_failure` says.
    func flush() throws(GatewayError) {
        if isWaiting() { return try wait("the last try failed") }
        do {
            while try flushGroup() == Self.groupLimit {}
            try noteRecovery()
        } catch {
            return try wait("\(error)")
        }
        try trimIfDue()
    }

    /// Entries that wait in the database for the journal.
    func waiting() throws -> Int {
        let last = Int64(pen.withLock { $0.writer.lastSequence })
        let row = try store.read { transaction in
            try transaction.row("SELECT count(*) AS waiting FROM journal_outbox WHERE sequence > ?", .integer(last))
        }
        return Int(row?.integer("waiting") ?? 0)
    }

    /// Whether the last try to write the journal failed.
    var isTroubled: Bool { trouble.withLock { $0.isPresent } }

    /// Whether the journal failed a moment ago: then work that may go on does not try again each time.
    private func isWaiting() -> Bool {
        guard settings.onFailure != .refuse else { return false }
        let now = clock.milliseconds()
        return trouble.withLock { $0.isPresent && now - $0.lastTry < Self.retryMilliseconds }
    }

    /// Lets what is owed wait, or throws if it may not.
    private func wait(_ why: String) throws(GatewayError) {
        let now = clock.milliseconds()
        trouble.withLock { trouble in
            if !trouble.isPresent || now - trouble.lastTry >= Self.retryMilliseconds { trouble.lastTry = now }
            trouble.isPresent = true
        }
        switch settings.onFailure {
        case .refuse: throw .journal(why)
        case .ignore: return
        case .spool:
            let count: Int
            do { count = try waiting() } catch { throw .journal("\(error)") }
            guard count <= settings.spoolEntries else {
                throw .journal("\(why); \(count) entries wait, and journal.spool_entries allows no more")
            }
        }
    }

    /// The first entries after a time without a journal say so.
    private func noteRecovery() throws {
        let isOver = trouble.withLock { trouble in
            defer { trouble.isPresent = false }
            return trouble.isPresent
        }
        guard isOver else { return }
        let event = JournalEvent(
            kind: .heal, at: clock.milliseconds(), actor: "supervisor",
            details: ["what": "the journal is written again", "policy": settings.onFailure.rawValue])
        try store.write { transaction in try transaction.owe(event) }
        while try flushGroup() == Self.groupLimit {}
    }

    private func flushGroup() throws -> Int {
        try pen.withLock { pen in try flushGroup(pen: &pen, introducing: nil) }
    }

    private func flushGroup(pen: inout Pen, introducing next: JournalSigningKey?) throws -> Int {
        let last = pen.writer.lastSequence
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
            if let next {
                checkpoint = try pen.writer.append(events, introducing: next)
                pen.key = next
            } else {
                checkpoint = try pen.writer.append(events)
            }
        } catch {
            try renew(&pen, next)
            throw error
        }
        latest.withLock { $0 = checkpoint }
        return owed.count
    }

    /// A writer that met a fault of the disk writes no more; the next try begins with a fresh one, which finds what of
    /// the last group is durable. If that group introduced a key, either key may be in force.
    private func renew(_ pen: inout Pen, _ next: JournalSigningKey?) throws {
        do {
            pen.writer = try open(pen.key)
        } catch JournalError.keyNotInForce(let inForce) {
            guard let next, next.verifyingKey.hexadecimal == inForce else {
                throw JournalError.keyNotInForce(inForce: inForce)
            }
            pen.writer = try open(next)
            pen.key = next
        }
    }

    /// The last checkpoint; `nil` in a new journal.
    var checkpoint: Checkpoint? { pen.withLock { $0.writer.checkpoint } }

    /// The key in force, which signs the next checkpoint.
    var verifyingKey: VerifyingKey { pen.withLock { $0.key.verifyingKey } }

    /// Introduces a new signing key: the entry about it is appended, the checkpoint behind it names the new key, and
    /// both keys sign. When this returns the new key signs, and the old one is needed no more.
    ///
    /// Keep both until then: after a crash, or a throw, either may be in force; ``keyInForce(among:directory:disk:)``
    /// tells which.
    func introduce(_ next: JournalSigningKey, _ event: JournalEvent) throws(GatewayError) {
        do {
            try pen.withLock { pen in
                // What is owed already goes first, so that the entry about the key is in the last group.
                while try flushGroup(pen: &pen, introducing: nil) > 0 {}
                try store.write { transaction in try transaction.owe(event) }
                _ = try flushGroup(pen: &pen, introducing: next)
            }
        } catch {
            throw .journal("\(error)")
        }
    }

    /// Which of several keys signs the journal now; the last of them in a journal that is not begun.
    static func keyInForce(
        among keys: [JournalSigningKey], directory: DataDirectory, disk: any Disk
    ) throws -> JournalSigningKey? {
        guard try disk.list(directory.path).contains("journal"),
            let inForce = try JournalReader(directory: directory.journal, disk: disk).keyInForce()
        else { return keys.last }
        return keys.first { $0.verifyingKey == inForce }
    }

    /// Notes the latest checkpoint in the database, for the verifier, and drops the rows that it covers. Until then the
    /// rows stay, so that an entry is always in one of the two places.
    func trim() throws(GatewayError) {
        do {
            guard let checkpoint = latest.withLock({ $0 }) else { return }
            let covered = pen.withLock { $0.writer.lastSequence }
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
    /// Milliseconds between two tries while work goes on without the journal.
    private static let retryMilliseconds: Int64 = 1000
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
    /// The same event in words that the journal takes: no control characters, not too long, not too many, nothing like a
    /// UID. What is owed must never be what the journal later refuses.
    var acceptable: JournalEvent {
        func text(_ text: String) -> String {
            var kept = String.UnicodeScalarView()
            var byteCount = 0
            for scalar in text.unicodeScalars where scalar.value >= 0x20 && scalar.value != 0x7F {
                byteCount += UTF8.width(scalar)
                if byteCount > JournalLimits.textBytes { break }
                kept.append(scalar)
            }
            let printable = String(kept)
            let isLikeUID =
                printable.utf8.count > 15 && printable.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
            return isLikeUID ? "(withheld)" : printable
        }
        func named(_ name: String) -> String { text(name).isEmpty ? "?" : text(name) }
        func key(_ key: String) -> String {
            let kept = key.utf8.prefix(JournalLimits.keyBytes).map { byte in
                JournalLimits.isKeyByte(byte) ? Character(Unicode.Scalar(byte)) : "_"
            }
            return kept.isEmpty ? "_" : String(kept)
        }
        let details = details.sorted { $0.key < $1.key }.prefix(JournalLimits.details)
        return JournalEvent(
            kind: kind, at: at, actor: named(actor), subject: subject.map(named), study: study.map(named),
            outcome: named(outcome),
            details: Dictionary(details.map { (key($0.key), text($0.value)) }) { first, _ in first })
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
