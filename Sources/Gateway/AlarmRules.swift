import Durability
import Foundation
import Registry
import Watching

/// What the database tells of things that a person should look at. What only the running supervisor knows stands in
/// ``WatchOffice``.
enum AlarmRules {
    /// Undelivered results older than this are an alarm of their own, in milliseconds.
    private static let lateAfter: Int64 = 3_600_000
    /// Images that are due for analysis for longer than this, in milliseconds.
    private static let analysisLateAfter: Int64 = 600_000

    static func alarms(
        now: Int64, configuration: GatewayConfiguration, in transaction: borrowing Transaction
    ) throws -> [Alarm] {
        try pauses(in: transaction) + deliveries(now: now, in: transaction) + queue(now: now, in: transaction)
            + silentSources(now: now, in: transaction) + certificate(configuration.network, now: now)
            + disk(configuration) + models(in: transaction)
    }

    private static func pauses(in transaction: borrowing Transaction) throws -> [Alarm] {
        try PauseBook.all(in: transaction).map { paused in
            let text = "\(paused.what) is paused by \(paused.pause.by); see `cxrgate resume`"
            return Alarm(.paused, .warning, of: paused.what, text)
        }
    }

    private static func deliveries(now: Int64, in transaction: borrowing Transaction) throws -> [Alarm] {
        var alarms: [Alarm] = []
        for row in try transaction.rows(
            """
            SELECT destination, min(error) AS error, count(*) AS n FROM job WHERE kind = 'deliver' AND state = 'held'
            GROUP BY destination
            """)
        {
            let name = row.text("destination") ?? "?"
            alarms.append(
                Alarm(
                    .resultsHeld, .warning, of: name,
                    "\(row.integer("n") ?? 0) results for \(name) are held: \(row.text("error") ?? "")"))
        }
        for row in try transaction.rows(
            "SELECT name, error FROM destination WHERE state <> 'closed' AND name IN (SELECT name FROM ae)")
        {
            let name = row.text("name") ?? "?"
            alarms.append(
                Alarm(.destinationDown, .critical, of: name, "\(name) is not reached: \(row.text("error") ?? "")"))
        }
        for row in try transaction.rows(
            """
            SELECT destination, count(*) AS n FROM job WHERE kind = 'deliver' AND state IN ('waiting', 'leased')
            AND made_at < ? GROUP BY destination
            """, .integer(now - lateAfter))
        {
            let name = row.text("destination") ?? "?"
            alarms.append(
                Alarm(
                    .resultsLate, .critical, of: name,
                    "\(row.integer("n") ?? 0) results have waited for \(name) for over an hour"))
        }
        for row in try transaction.rows(
            """
            SELECT destination, count(*) AS n FROM commitment WHERE state IN ('unconfirmed', 'refused')
            GROUP BY destination
            """)
        {
            let name = row.text("destination") ?? "?"
            alarms.append(
                Alarm(
                    .uncommitted, .warning, of: name,
                    "\(name) has not committed to \(row.integer("n") ?? 0) results that it stored"))
        }
        return alarms
    }

    private static func queue(now: Int64, in transaction: borrowing Transaction) throws -> [Alarm] {
        var alarms: [Alarm] = []
        let dead = try transaction.row("SELECT count(*) AS n FROM job WHERE state = 'dead'")?.integer("n") ?? 0
        if dead > 0 { alarms.append(Alarm(.jobsDead, .warning, "\(dead) jobs have failed for good")) }
        let oldest = try transaction.row(
            "SELECT min(not_before) AS at FROM job WHERE state = 'waiting' AND kind = 'analyse'")?.integer("at")
        if let oldest, now - oldest > analysisLateAfter {
            alarms.append(
                Alarm(
                    .analysisBehind, .critical,
                    "an image has waited for analysis for \((now - oldest) / 60_000) minutes"))
        }
        return alarms
    }

    private static func silentSources(now: Int64, in transaction: borrowing Transaction) throws -> [Alarm] {
        var alarms: [Alarm] = []
        for row in try transaction.rows("SELECT * FROM ae WHERE roles LIKE '%source%' ORDER BY name") {
            guard let entry = AEEntry(row), entry.options.silentAfterHours > 0 else { continue }
            let last = try transaction.row(
                "SELECT max(received_at) AS at FROM instance WHERE source = ?", .text(entry.title))?.integer("at")
            if Double(now - (last ?? 0)) > entry.options.silentAfterHours * 3_600_000 {
                let text = "\(entry.name) has gone silent; see `cxrgate ae doctor \(entry.name)`"
                alarms.append(Alarm(.sourceSilent, .warning, of: entry.name, text))
            }
        }
        return alarms
    }

    private static func certificate(_ network: NetworkSettings, now: Int64) -> [Alarm] {
        guard let days = certificateDays(network, now: now), days < TLSKeeper.warningDays else { return [] }
        return [
            Alarm(
                .certificateEnds, days < 7 ? .critical : .warning,
                days < 0 ? "our certificate has expired" : "our certificate expires in \(days) days")
        ]
    }

    /// Whole days that our certificate has left; `nil` without one.
    static func certificateDays(_ network: NetworkSettings, now: Int64) -> Int64? {
        TLSKeeper.ownCertificate(network).map { ($0.notAfter - now / 1000) / 86_400 }
    }

    /// What keeps models from speaking.
    private static func models(in transaction: borrowing Transaction) throws -> [Alarm] {
        var alarms: [Alarm] = []
        let all = try ModelBook.all(in: transaction)
        let production = all.first { $0.state == .production }
        if let production, let refusal = production.refusal {
            let text = "\(production.title) is in production and may not work; images wait: \(refusal)"
            alarms.append(Alarm(.modelRefused, .critical, of: production.title, text))
        }
        if let treatment = try Experiment.running(in: transaction)?.treatment, let refusal = treatment.refusal {
            let text = "\(treatment.title) is in an experiment and may not work: \(refusal)"
            alarms.append(Alarm(.modelRefused, .warning, of: treatment.title, text))
        }
        if production == nil, !all.isEmpty {
            alarms.append(Alarm(.modelMissing, .critical, RegistryError.noProduction.description))
        }
        return alarms
    }

    private static func disk(_ configuration: GatewayConfiguration) -> [Alarm] {
        let free = DiskRoom.freeMiB(configuration.dataDirectory)
        let reserve = configuration.diskReserveMiB
        if free < reserve {
            let text = "\(free) MiB free, \(reserve) MiB wanted: images are refused"
            return [Alarm(.diskFull, .critical, text)]
        }
        guard free < 2 * reserve else { return [] }
        return [Alarm(.diskFull, .warning, "\(free) MiB free; below \(reserve) MiB images are refused")]
    }
}
