import Durability
import Foundation
import Journal
import Passage
import WorkQueue

/// One change of the list of AE titles: whatever it puts or removes leaves a record for `ae undo` and a journal entry, in
/// the caller's transaction.
struct AEChange: Sendable {
    let verb: String
    let actor: String
    /// What was changed together is undone together.
    let batch: String
    let now: Int64
    /// Makes the journal entry.
    let event: @Sendable (_ details: [String: String]) -> JournalEvent

    /// Changes kept for `ae undo`; the journal has them all.
    private static let historyLimit: Int64 = 10_000

    static func entry(named name: String, in transaction: borrowing Transaction) throws -> AEEntry? {
        if name == Canary.title { return try Canary.entry(in: transaction) }
        return try transaction.row("SELECT * FROM ae WHERE name = ?", .text(name)).flatMap { AEEntry($0) }
    }

    /// Adds an entry, or puts it over the one with its name.
    func put(_ entry: AEEntry, in transaction: borrowing Transaction) throws {
        let before = try Self.entry(named: entry.name, in: transaction)
        if before == entry { return }
        if before?.isDestination == true, !entry.isDestination { try refuseIfOwed(entry.name, in: transaction) }
        let options = String(decoding: try JSONEncoder().encode(entry.options), as: UTF8.self)
        try transaction.execute(
            """
            INSERT INTO ae (name, title, host, port, roles, made_at, options) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET title = excluded.title, host = excluded.host, port = excluded.port,
                roles = excluded.roles, options = excluded.options
            """,
            .text(entry.name), .text(entry.title), .optional(entry.host), .optional(entry.port.map { Int64($0) }),
            .text(entry.roles), .integer(now), .text(options))
        if entry.isDestination {
            try Self.deliverWaitingResults(to: entry, now: now, in: transaction)
            // Another address, certificate or title: what was wrong before says nothing.
            try transaction.execute("DELETE FROM destination WHERE name = ?", .text(entry.name))
        }
        try record(before, entry, in: transaction)
    }

    /// Throws when there is no such entry, or when results still wait to go there.
    func remove(_ name: String, in transaction: borrowing Transaction) throws {
        guard let before = try Self.entry(named: name, in: transaction) else {
            throw GatewayError.notFound("AE title \(name)")
        }
        if before.isDestination { try refuseIfOwed(name, in: transaction) }
        try transaction.execute("DELETE FROM ae WHERE name = ?", .text(name))
        try transaction.execute("DELETE FROM destination WHERE name = ?", .text(name))
        // It has stored them; that it takes responsibility can no longer be asked.
        try transaction.execute(
            """
            UPDATE commitment SET state = 'unconfirmed', changed_at = ?
            WHERE destination = ? AND state IN ('wanted', 'asked')
            """, .integer(now), .text(name))
        try record(before, nil, in: transaction)
    }

    /// What the last batch changed, the latest first, as it was before.
    static func lastBatch(in transaction: borrowing Transaction) throws -> [(name: String, before: AEEntry?)] {
        try transaction.rows(
            """
            SELECT name, before FROM ae_history
            WHERE batch = (SELECT batch FROM ae_history ORDER BY sequence DESC LIMIT 1) ORDER BY sequence DESC
            """
        ).compactMap { row in
            guard let name = row.text("name") else { return nil }
            return (name, try row.text("before").map { try JSONDecoder().decode(AEEntry.self, from: Data($0.utf8)) })
        }
    }

    private func refuseIfOwed(_ name: String, in transaction: borrowing Transaction) throws {
        let owed = try transaction.row(
            "SELECT count(*) AS n FROM job WHERE kind = 'deliver' AND destination = ? AND state <> 'done'", .text(name)
        )?.integer("n")
        guard let owed, owed > 0 else { return }
        throw GatewayError.inUse(
            "\(owed) results have not reached \(name); see `cxrgate queue list`, then retry or discard them")
    }

    private func record(_ before: AEEntry?, _ after: AEEntry?, in transaction: borrowing Transaction) throws {
        let name = after?.name ?? before?.name ?? ""
        try transaction.execute(
            "INSERT INTO ae_history (batch, at, actor, name, before, after) VALUES (?, ?, ?, ?, ?, ?)",
            .text(batch), .integer(now), .text(actor), .text(name), .optional(try before?.encoded()),
            .optional(try after?.encoded()))
        try transaction.execute(
            "DELETE FROM ae_history WHERE sequence <= (SELECT max(sequence) FROM ae_history) - ?",
            .integer(Self.historyLimit))
        let removed = ["change": verb, "ae": name, "after": "-", "before": before?.summary ?? "-"]
        try transaction.owe(event(after?.journalled(verb, before: before) ?? removed))
    }

    /// Results that were made while there was no destination go to the first one that asks for them.
    private static func deliverWaitingResults(
        to entry: AEEntry, now: Int64, in transaction: borrowing Transaction
    ) throws {
        let waiting = try transaction.rows(
            """
            SELECT * FROM result WHERE state NOT IN ('recalled', 'discarded') AND is_unrouted = 0
                AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.result = result.id)
                AND NOT EXISTS (SELECT 1 FROM job WHERE kind = 'deliver' AND subject = result.id AND state <> 'done')
            """)
        for row in waiting {
            guard let result = row.text("id"), let study = row.text("study"),
                let kind = row.text("kind").flatMap(StoredResult.Kind.init)
            else { continue }
            let subject = Routing.Subject(
                kind: kind, study: study,
                sources: try Routing.sources(study: study, instance: row.text("instance"), in: transaction),
                isNotable: row.integer("is_notable") != 0)
            guard entry.options.takes(kind), entry.options.wants(subject) else { continue }
            try WorkQueue.enqueue(
                .deliver, subject: result, destination: entry.name, id: Identifier.random(), notBefore: now, now: now,
                in: transaction)
        }
    }
}
