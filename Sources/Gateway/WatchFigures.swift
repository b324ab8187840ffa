import Durability
import Foundation
import Sealing
import Watching

// The figures that Prometheus collects. Labels are AE titles, roles, states and models: as many as there are of these,
// and never anything of a patient.

extension WatchOffice {
    func families() throws -> [MetricFamily] {
        let now = clock.milliseconds()
        let (queue, destinations, open) = try store.read { transaction in
            (
                try Self.queue(now: now, in: transaction), try Self.destinations(now: now, in: transaction),
                try Self.images(in: transaction)
            )
        }
        return try [information(now: now), counted()] + durations() + [open] + queue + destinations + roles()
            + [
                .one(
                    "journal_entries_waiting", .gauge, "Entries that the database owes the journal.",
                    Double(try journalBacklog())),
                .one(
                    "journal_entries", .gauge, "Entries of the journal.", Double(keeper.checkpoint?.size ?? 0)),
                .one(
                    "audit_messages_waiting", .gauge, "Journal entries that the collector has not got.",
                    try auditBacklog().map(Double.init)),
                .one(
                    "disk_free_bytes", .gauge, "Room on the disk of the data directory.",
                    Double(DiskRoom.freeMiB(configuration.dataDirectory)) * 1_048_576),
                .one(
                    "disk_reserve_bytes", .gauge, "Below this room images are refused.",
                    Double(configuration.diskReserveMiB) * 1_048_576),
                .one(
                    "certificate_days", .gauge, "Days that the gateway's certificate has left.",
                    AlarmRules.certificateDays(configuration.network, now: now).map(Double.init)),
                .one("clock_error_seconds", .gauge, "How far the clock may be off.", hostClock.errorSeconds()),
                .one(
                    "canary_ok", .gauge, "Whether the last canary came back as it should.",
                    lastCanary.map { $0.trouble == nil ? 1 : 0 }),
                .one(
                    "canary_seconds", .gauge, "From sending the last canary to its report.",
                    lastCanary?.reportSeconds),
                alarms(),
            ]
    }

    private func information(now: Int64) -> MetricFamily {
        .one("up_seconds", .gauge, "Seconds since the gateway was started.", Double(now - startedAt) / 1000)
    }

    /// Everything that is counted since the installation: `what` is a word of `cxrgate status`.
    private func counted() throws -> MetricFamily {
        var family = MetricFamily("counted_total", .counter, "What happened since the installation, by kind.")
        for (name, value) in try counters().sorted(by: { $0.key < $1.key }) {
            family.add(Double(value), ["what": name])
        }
        return family
    }

    private func durations() -> [MetricFamily] {
        var family = MetricFamily(
            "stage_seconds", .histogram,
            "How long a stage of the path took; of is the source, the model or the destination.")
        for (series, histogram) in meter.all.histograms.sorted(by: { $0.key < $1.key }) {
            let of = series.of.isEmpty ? "all" : series.of
            family.add(.histogram(histogram), ["stage": series.stage.rawValue, "of": of])
        }
        return [family]
    }

    private static func images(in transaction: borrowing Transaction) throws -> MetricFamily {
        var family = MetricFamily("images", .gauge, "Images by their state.")
        for row in try transaction.rows("SELECT state, count(*) AS n FROM instance GROUP BY state") {
            family.add(Double(row.integer("n") ?? 0), ["state": row.text("state") ?? ""])
        }
        return family
    }

    private static func queue(now: Int64, in transaction: borrowing Transaction) throws -> [MetricFamily] {
        var depth = MetricFamily("queue_jobs", .gauge, "Jobs that are not done, by kind and state.")
        var age = MetricFamily(
            "queue_oldest_seconds", .gauge, "How long the oldest waiting job has been there, by kind.")
        for row in try transaction.rows(
            """
            SELECT kind, state, count(*) AS n, min(made_at) AS oldest FROM job
            WHERE state IN ('waiting', 'leased', 'held', 'dead') GROUP BY kind, state
            """)
        {
            let (kind, state) = (row.text("kind") ?? "", row.text("state") ?? "")
            depth.add(Double(row.integer("n") ?? 0), ["kind": kind, "state": state])
            if state == "waiting", let oldest = row.integer("oldest") {
                age.add(Double(max(now - oldest, 0)) / 1000, ["kind": kind])
            }
        }
        return [depth, age]
    }

    private static func destinations(now: Int64, in transaction: borrowing Transaction) throws -> [MetricFamily] {
        var line = MetricFamily("destination_up", .gauge, "1 if the breaker of the destination is closed.")
        var waiting = MetricFamily("destination_waiting", .gauge, "Results that wait for the destination.")
        var oldest = MetricFamily("destination_oldest_seconds", .gauge, "How long the oldest of them has waited.")
        var uncommitted = MetricFamily(
            "destination_uncommitted", .gauge, "Results that the destination stored and has not committed to.")
        for row in try transaction.rows(
            """
            SELECT ae.name AS name, destination.state AS state,
                (SELECT count(*) FROM job WHERE kind = 'deliver' AND destination = ae.name
                    AND state IN ('waiting', 'leased')) AS waiting,
                (SELECT min(made_at) FROM job WHERE kind = 'deliver' AND destination = ae.name
                    AND state IN ('waiting', 'leased')) AS oldest,
                (SELECT count(*) FROM commitment WHERE destination = ae.name AND commitment.state <> 'committed')
                    AS uncommitted
            FROM ae LEFT JOIN destination ON destination.name = ae.name
            WHERE ae.roles LIKE '%destination%' ORDER BY ae.name
            """)
        {
            let name = row.text("name") ?? ""
            if let state = row.text("state") { line.add(state == "closed" ? 1 : 0, ["destination": name]) }
            waiting.add(Double(row.integer("waiting") ?? 0), ["destination": name])
            oldest.add(Double(row.integer("oldest").map { max(now - $0, 0) } ?? 0) / 1000, ["destination": name])
            uncommitted.add(Double(row.integer("uncommitted") ?? 0), ["destination": name])
        }
        return [line, waiting, oldest, uncommitted]
    }

    private func roles() -> [MetricFamily] {
        var up = MetricFamily("role_up", .gauge, "1 if the role works.")
        var restarts = MetricFamily("role_restarts_total", .counter, "How often the role ended and was started again.")
        var memory = MetricFamily("role_resident_bytes", .gauge, "Memory of the role's process.")
        var time = MetricFamily("role_cpu_seconds_total", .counter, "Processor time of the role's process.")
        for role in Supervisor.roles {
            let state = state(of: role)
            up.add(state.isWorking ? 1 : 0, ["role": role.rawValue])
            restarts.add(Double(state.restarts), ["role": role.rawValue])
            guard state.isWorking, let usage = ProcessUsage(pid: state.pid) else { continue }
            memory.add(Double(usage.residentBytes), ["role": role.rawValue])
            time.add(usage.processorSeconds, ["role": role.rawValue])
        }
        if let own = ProcessUsage(pid: getpid()) {
            memory.add(Double(own.residentBytes), ["role": Role.supervisor.rawValue])
            time.add(own.processorSeconds, ["role": Role.supervisor.rawValue])
        }
        return [up, restarts, memory, time]
    }

    private func alarms() -> MetricFamily {
        var family = MetricFamily("alarm", .gauge, "1 for each alarm that stands.")
        for standing in standing() {
            let alarm = standing.alarm
            family.add(
                1, ["alarm": alarm.kind.rawValue, "severity": alarm.severity.rawValue, "of": alarm.subject])
        }
        return family
    }
}

/// What a process takes, as the kernel tells everyone. Source: proc(5), `stat`.
struct ProcessUsage: Sendable {
    let residentBytes: Int
    let processorSeconds: Double

    init?(pid: pid_t) {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        // From field 3 (state) on; 14 and 15 are times in ticks, 24 is memory in pages.
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let pages = Int(fields[21])
        else { return nil }
        residentBytes = pages * sysconf(Int32(_SC_PAGESIZE))
        processorSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
