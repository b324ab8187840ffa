import Durability
import Foundation
import Sealing
import Watching

// What the status page shows, and `cxrgate status`: figures, names of peers and models, nothing of a patient.

extension WatchOffice {
    func status() throws -> JSONValue {
        let now = clock.milliseconds()
        let stored = try store.read { transaction in
            JSONValue.object([
                "images": try Self.counts(
                    "SELECT state AS name, count(*) AS n FROM instance GROUP BY state", in: transaction),
                "queue": try Self.counts(
                    """
                    SELECT kind || ' ' || state AS name, count(*) AS n FROM job
                    WHERE state IN ('waiting', 'leased', 'held', 'dead') GROUP BY kind, state
                    """, in: transaction),
                "peers": try Administration.destinations(in: transaction),
                "sources": try Self.sources(in: transaction),
                "lastResults": try Administration.lastResults(in: transaction),
                "model": .optional(
                    try transaction.row("SELECT model FROM analysis ORDER BY rowid DESC LIMIT 1")?.text("model")),
            ])
        }
        let obstacles = obstacles()
        return
            stored
            .with("aeTitle", .string(configuration.aeTitle))
            .with("now", .number(now))
            .with("started", .number(startedAt))
            .with("ready", .bool(obstacles.isEmpty))
            .with("obstacles", .array(obstacles.map { .string($0) }))
            .with("roles", roleRows())
            .with("flow", .object(minutes.mapValues { .array($0.map { .number($0) }) }))
            .with("durations", durationRows())
            .with("diskFreeMiB", .number(DiskRoom.freeMiB(configuration.dataDirectory)))
            .with("journalEntries", .number(keeper.checkpoint?.size ?? 0))
            .with("journalWaiting", .number(try journalBacklog()))
            .with("alarms", .array(standing().map(\.json)))
    }

    func roleRows() -> JSONValue {
        .array(
            Supervisor.roles.map { role in
                let state = state(of: role)
                let usage = state.isWorking ? ProcessUsage(pid: state.pid) : nil
                return .object([
                    "role": .string(role.rawValue), "works": .bool(state.isWorking), "since": .number(state.since),
                    "restarts": .number(state.restarts),
                    "memoryMiB": .optional(usage.map { $0.residentBytes >> 20 }),
                ])
            })
    }

    /// Median and 95th percentile of each stage since the start, as upper bounds in seconds.
    func durationRows() -> JSONValue {
        .array(
            meter.all.histograms.sorted { $0.key < $1.key }.map { series, histogram in
                .object([
                    "stage": .string(series.stage.rawValue), "of": .string(series.of),
                    "count": .number(histogram.count),
                    "median": histogram.quantile(0.5).map { .number($0) } ?? .null,
                    "slowest5": histogram.quantile(0.95).map { .number($0) } ?? .null,
                ])
            })
    }

    private static func counts(_ query: String, in transaction: borrowing Transaction) throws -> JSONValue {
        var counts: [String: JSONValue] = [:]
        for row in try transaction.rows(query) { counts[row.text("name") ?? ""] = .optional(row.integer("n")) }
        return .object(counts)
    }

    private static func sources(in transaction: borrowing Transaction) throws -> JSONValue {
        .array(
            try transaction.rows(
                """
                SELECT name, (SELECT max(received_at) FROM instance WHERE source = ae.title) AS last
                FROM ae WHERE roles LIKE '%source%' ORDER BY name
                """
            ).map { .object(["name": .optional($0.text("name")), "last": .optional($0.integer("last"))]) })
    }
}

extension AlarmBook.Standing {
    var json: JSONValue {
        .object([
            "alarm": .string(alarm.kind.rawValue), "severity": .string(alarm.severity.rawValue),
            "of": .string(alarm.subject), "since": .number(since), "text": .string(alarm.text),
            "remedy": .string(alarm.kind.remedy),
        ])
    }
}
