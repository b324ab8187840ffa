import Foundation
import Journal
import Sealing

// Reading the journal is itself journalled.

extension Administration {
    func verifyJournal(actor: String) throws -> JSONValue {
        try note(event(.journalRead, actor: actor, details: ["what": "verify"]))
        let known = try KnownCheckpoint.read(store)
        let verification = try JournalVerifier.verify(
            directory: directory.journal, key: verifyingKey, against: known.map { [$0] } ?? [], isLive: true)
        return JournalCopy.describe(verification)
    }

    func showJournal(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        try note(
            event(
                .journalRead, actor: actor,
                details: ["what": request.arguments["reasons"] == "true" ? "show with reasons" : "show"]))
        let limit = request.arguments["limit"].flatMap { Int($0) } ?? 50
        let subject = request.arguments["subject"]
        let reasons = request.arguments["reasons"] == "true" ? try JournalReason(directory) : nil
        var entries: [JournalEntry] = []
        try JournalReader(directory: directory.journal).forEach { entry in
            if subject == nil || entry.event.subject == subject || entry.event.study == subject {
                entries.append(entry)
                if entries.count > limit { entries.removeFirst() }
            }
            return true
        }
        return .array(entries.map { Self.describe($0, reasons: reasons) })
    }

    /// The last checkpoint, for whoever keeps it elsewhere.
    func showCheckpoint(actor: String) throws -> JSONValue {
        try note(event(.journalRead, actor: actor, details: ["what": "checkpoint"]))
        guard let checkpoint = try JournalReader(directory: directory.journal).lastCheckpoint() else {
            throw GatewayError.notFound("checkpoint yet: the journal is empty")
        }
        return .object([
            "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
            "root": .string(checkpoint.rootText), "note": .string(checkpoint.text),
        ])
    }

    /// Someone is about to copy the journal.
    func noteExport(actor: String) throws -> JSONValue {
        try note(event(.export, actor: actor, details: ["what": "journal"]))
        return .object(["directory": .string(directory.journal)])
    }

    static func describe(_ entry: JournalEntry) -> JSONValue { describe(entry, reasons: nil) }

    static func describe(_ entry: JournalEntry, reasons: JournalReason?) -> JSONValue {
        let details =
            reasons.map { reasons in entry.event.details.mapValues(reasons.opened) }
            ?? JournalReason.hidden(entry.event.details)
        return .object([
            "index": .number(entry.index), "at": .number(entry.event.at),
            "kind": .string(entry.event.kind.rawValue), "actor": .string(entry.event.actor),
            "subject": .optional(entry.event.subject), "study": .optional(entry.event.study),
            "outcome": .string(entry.event.outcome),
            "details": .object(details.mapValues { .string($0) }),
        ])
    }
}
