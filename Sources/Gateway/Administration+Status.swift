import Durability
import Foundation
import Journal
import Passage

// What is happening now, and what happened to one image.

extension Administration {
    func status(actor: String) throws -> JSONValue {
        let status = try store.read { transaction -> JSONValue in
            var states: [String: JSONValue] = [:]
            for row in try transaction.rows("SELECT state, count(*) AS n FROM instance GROUP BY state") {
                states[row.text("state") ?? ""] = .optional(row.integer("n"))
            }
            var jobs: [String: JSONValue] = [:]
            for row in try transaction.rows(
                "SELECT kind || ' ' || state AS name, count(*) AS n FROM job WHERE state <> 'done' GROUP BY 1")
            {
                jobs[row.text("name") ?? ""] = .optional(row.integer("n"))
            }
            var counters: [String: JSONValue] = [:]
            for row in try transaction.rows("SELECT name, value FROM counter ORDER BY name") {
                counters[row.text("name") ?? ""] = .optional(row.integer("value"))
            }
            let sources = try transaction.row("SELECT count(*) AS n FROM ae WHERE roles LIKE '%source%'")
            let destinations = try transaction.row("SELECT count(*) AS n FROM ae WHERE roles LIKE '%destination%'")
            let owed = try transaction.row("SELECT count(*) AS n FROM journal_outbox")
            let facts = try transaction.rows(
                "SELECT name, value FROM fact WHERE name IN ('port', 'watch port', 'started')")
            var described: [String: JSONValue] = [:]
            for row in facts { described[row.text("name") ?? ""] = .optional(row.text("value")) }
            return .object([
                "model": try Self.modelStatus(in: transaction), "aeTitle": .string(configuration.aeTitle),
                "instances": .object(states),
                "jobs": .object(jobs),
                "counters": .object(counters), "sources": .optional(sources?.integer("n")),
                "destinations": .optional(destinations?.integer("n")),
                "journalEntriesOwed": .optional(owed?.integer("n")), "daemon": .object(described),
                "peers": try Self.destinations(in: transaction),
                "lastResults": try Self.lastResults(in: transaction),
                "paused": .array(try PauseBook.all(in: transaction).map { .string($0.what) }),
            ])
        }
        return status.with("alarms", .array(try standingAlarms().map { .string($0.alarm.text) }))
            .with("diskFreeMiB", .number(DiskRoom.freeMiB(configuration.dataDirectory)))
            .with("diskReserveMiB", .number(configuration.diskReserveMiB))
            .with("roles", watch?.roleRows() ?? .array([]))
            .with("durations", watch?.durationRows() ?? .array([]))
    }

    /// The passage of one image, from its instance id or the id of one of its jobs or results.
    func trace(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        let found = try store.read { transaction -> (instance: Row, jobs: [Row], results: [Row])? in
            let row = try transaction.row(
                """
                WITH named (id) AS (
                    SELECT ?1 UNION SELECT subject FROM job WHERE id = ?1
                    UNION SELECT result.instance FROM result JOIN job ON job.subject = result.id WHERE job.id = ?1
                    UNION SELECT result.study FROM result JOIN job ON job.subject = result.id
                        WHERE job.id = ?1 AND result.instance IS NULL
                    UNION SELECT ifnull(instance, study) FROM result WHERE id = ?1)
                SELECT * FROM instance WHERE id IN (SELECT id FROM named) OR study IN (SELECT id FROM named)
                ORDER BY received_at LIMIT 1
                """, .text(id))
            guard let row, let instance = row.text("id"), let study = row.text("study") else { return nil }
            let results = try transaction.rows(
                "SELECT * FROM result WHERE instance = ? OR (study = ? AND kind = 'report') ORDER BY made_at",
                .text(instance), .text(study))
            let jobs = try transaction.rows(
                """
                SELECT * FROM job WHERE subject IN (?1, ?2) OR subject IN
                    (SELECT id FROM result WHERE instance = ?1 OR (study = ?2 AND kind = 'report'))
                ORDER BY made_at
                """, .text(instance), .text(study))
            return (row, jobs, results)
        }
        guard let found, let instance = found.instance.text("id") else {
            throw GatewayError.notFound("instance, job or result with this id")
        }
        try note(event(.administratorRead, actor: actor, subject: instance, details: ["what": "trace"]))
        let study = found.instance.text("study")
        var entries: [JournalEntry] = []
        try JournalReader(directory: directory.journal).forEach { entry in
            let isAbout = entry.event.subject == instance || (study != nil && entry.event.study == study)
            if isAbout { entries.append(entry) }
            return true
        }
        return .object([
            "instance": Self.describeInstance(found.instance),
            "jobs": .array(
                found.jobs.map { row in
                    .object([
                        "id": .optional(row.text("id")), "kind": .optional(row.text("kind")),
                        "state": .optional(row.text("state")), "destination": .optional(row.text("destination")),
                        "attempts": .optional(row.integer("attempts")), "error": .optional(row.text("error")),
                        "made": .optional(row.integer("made_at")), "changed": .optional(row.integer("changed_at")),
                    ])
                }),
            "results": .array(
                found.results.map { row in
                    .object([
                        "id": .optional(row.text("id")), "kind": .optional(row.text("kind")),
                        "revision": .optional(row.integer("revision")), "made": .optional(row.integer("made_at")),
                    ])
                }),
            "journal": .array(entries.map(Self.describe)),
        ])
    }
}
