import Durability
import Foundation
import Journal
import Passage
import Sealing
import WorkQueue

/// Lets data go whose time is over: pixels, results and identities by clocks of their own, each by destroying the
/// study's keys of that class and unlinking its files; and rows of jobs that are done.
///
/// Only studies whose images have all come to an end, without open jobs and not under legal hold. An instance is
/// `expired` when its identity is gone; until then its result can be taken back.
struct Housekeeper: Sendable {
    let configuration: GatewayConfiguration
    let directory: DataDirectory
    let store: Store
    let committer: Committer
    let disk: any Disk
    let clock: GatewayClock

    /// Studies in one pass and clock: a pass must not hold up images that arrive.
    private static let batch = 100
    private static let dayMilliseconds = 86_400_000.0

    private enum Clock: String, CaseIterable {
        case pixels, results, identity

        var keyClass: StudyKeyClass {
            switch self {
            case .pixels: .image
            case .results: .result
            case .identity: .identity
            }
        }

        func days(_ retention: Retention) -> Double {
            switch self {
            case .pixels: retention.pixelsDays
            case .results: retention.resultsDays
            case .identity: retention.identityDays
            }
        }
    }

    /// One pass; returns how many studies lost something.
    @discardableResult
    func pass() throws -> Int {
        let now = clock.milliseconds()
        var count = 0
        for clock in Clock.allCases {
            let before = now - Int64(clock.days(configuration.retention) * Self.dayMilliseconds)
            for study in try due(clock, before: before) {
                if try expire(study, clock, before: before, now: now) { count += 1 }
            }
        }
        let jobsBefore = now - Int64(configuration.retention.jobsDays * Self.dayMilliseconds)
        _ = try store.write { transaction in
            try transaction.execute(
                "DELETE FROM job WHERE state = 'done' AND changed_at < ?", .integer(jobsBefore))
        }
        if count > 0 { _ = try store.truncateLog() }
        return count
    }

    private static let terminal = InstanceState.allCases.filter(\.isTerminal).map { "'\($0.rawValue)'" }
        .joined(separator: ",")

    /// What keeps a study: an image that has not come to an end or changed lately, an open job, a legal hold.
    private static let isOver = """
        NOT EXISTS (SELECT 1 FROM instance WHERE instance.study = study.id
            AND (state NOT IN (\(terminal)) OR changed_at >= ?1))
        AND NOT EXISTS (SELECT 1 FROM legal_hold WHERE legal_hold.study = study.id)
        AND NOT EXISTS (SELECT 1 FROM job WHERE state IN ('waiting', 'leased') AND subject IN
            (SELECT study.id UNION SELECT id FROM instance WHERE instance.study = study.id
             UNION SELECT id FROM result WHERE result.study = study.id))
        """

    private func due(_ clock: Clock, before: Int64) throws -> [String] {
        try store.read { transaction in
            try transaction.rows(
                """
                SELECT study.id AS id FROM study JOIN study_key ON study_key.study = study.id AND class = ?2
                WHERE last_at < ?1 AND \(Self.isOver) LIMIT \(Self.batch)
                """, .integer(before), .text(clock.keyClass.rawValue))
        }.compactMap { $0.text("id") }
    }

    private func expire(_ study: String, _ clock: Clock, before: Int64, now: Int64) throws -> Bool {
        let paths = Box<[String]>([])
        let note = JournalEvent(
            kind: .delete, at: now, actor: "supervisor", study: study,
            details: ["what": clock.rawValue, "why": "retention"])
        try committer.commit { transaction in
            // Looked at again: it may have been put on hold meanwhile.
            guard
                try transaction.row(
                    "SELECT 1 FROM study WHERE id = ?2 AND \(Self.isOver)", .integer(before), .text(study))
                    != nil
            else { return }
            try StudyRows.destroyKeys(of: study, classes: [clock.keyClass], in: transaction)
            let files = try Self.forget(study, clock, now: now, in: transaction)
            paths.value.withLock { $0 = files + [""] }
            try Ledger.count("studies without \(clock.rawValue)", in: transaction)
            try transaction.owe(note)
        }
        let files = paths.value.withLock { $0 }
        for path in files where !path.isEmpty {
            // A file that will not go is found without a row at the next start; nothing opens it any more.
            do throws(DiskError) { try disk.unlink(directory.file(path)) } catch { continue }
        }
        return !files.isEmpty
    }

    /// Takes the files of a clock out of the rows; returns their paths.
    private static func forget(
        _ study: String, _ clock: Clock, now: Int64, in transaction: borrowing Transaction
    ) throws -> [String] {
        let analyses = "instance IN (SELECT id FROM instance WHERE study = ?)"
        var paths: [String] = []
        func take(_ table: String, _ condition: String) throws {
            paths += try transaction.rows("SELECT path FROM \(table) WHERE \(condition)", .text(study))
                .compactMap { $0.text("path") }
            try transaction.execute("UPDATE \(table) SET path = '' WHERE \(condition)", .text(study))
        }
        switch clock {
        case .pixels: try take("instance", "study = ?")
        case .results:
            try take("analysis", analyses)
            try ShadowRow.forget(study, in: transaction)
            try take("result", "study = ?")
            try FeedbackBook.forget(study: study, in: transaction)
        case .identity:
            try transaction.execute("UPDATE instance SET identity = x'' WHERE study = ?", .text(study))
            try transaction.execute("DELETE FROM study_name WHERE study = ?", .text(study))
            for row in try transaction.rows("SELECT id, state FROM instance WHERE study = ?", .text(study)) {
                guard let id = row.text("id"), row.text("state") != InstanceState.shredded.rawValue else { continue }
                try Ledger.move(id, to: .expired, reason: "RET-001", now: now, in: transaction)
            }
        }
        return paths.filter { !$0.isEmpty }
    }
}
