import Foundation
import Journal

// Reading the journal is itself journalled.

extension Administration {
    func verifyJournal(actor: String) throws -> JSONValue {
        try note(event(.journalRead, actor: actor, details: ["what": "verify"]))
        let known = try KnownCheckpoint.read(store)
        let verification = try JournalVerifier.verify(
            directory: directory.journal, key: verifyingKey, against: known.map { [$0] } ?? [], isLive: true)
        return .object([
            "verified": .bool(true), "entries": .number(verification.entries),
            "checkpoints": .number(verification.checkpoints), "segments": .number(verification.segments.count),
            "root": .string(verification.root.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()),
        ])
    }

    func showJournal(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        try note(event(.journalRead, actor: actor, details: ["what": "show"]))
        let limit = request.arguments["limit"].flatMap { Int($0) } ?? 50
        let subject = request.arguments["subject"]
        var entries: [JournalEntry] = []
        try JournalReader(directory: directory.journal).forEach { entry in
            if subject == nil || entry.event.subject == subject || entry.event.study == subject {
                entries.append(entry)
                if entries.count > limit { entries.removeFirst() }
            }
            return true
        }
        return .array(entries.map(Self.describe))
    }

    static func describe(_ entry: JournalEntry) -> JSONValue {
        .object([
            "index": .number(entry.index), "at": .number(entry.event.at),
            "kind": .string(entry.event.kind.rawValue), "actor": .string(entry.event.actor),
            "subject": .optional(entry.event.subject), "study": .optional(entry.event.study),
            "outcome": .string(entry.event.outcome),
            "details": .object(entry.event.details.mapValues { .string($0) }),
        ])
    }
}
