import Durability
import Synchronization

/// Carries the records that the database owes to the log. What was not yet there when a process died is found in the
/// database at the next start, and what already was is known by its number: each record is in the log once.
public final class PerformanceWriter: Sendable {
    private struct State {
        var log: PerformanceLog?
        /// The last record of each model in the log, by the stem of its files.
        var last: [String: Int64] = [:]
        /// The last record that was looked at, and the last that is in the log for good.
        var written: Int64 = 0
        var synced: Int64 = 0
    }

    private let folder: String
    private let limits: PerformanceLogLimits
    private let disk: any Disk
    private let store: Store
    private let state = Mutex(State())

    /// Records between two syncs: each costs a wait for the disk, and until then they lie in the database as well.
    private static let syncEvery: Int64 = 50
    /// Records in one read of the database.
    private static let batch = 500

    public init(folder: String, limits: PerformanceLogLimits, disk: any Disk, store: Store) {
        self.folder = folder
        self.limits = limits
        self.disk = disk
        self.store = store
    }

    /// Brings the log up to the database. Throws what the disk or the database says; nothing is lost then.
    public func drain() throws {
        try state.withLock { state in
            if state.log == nil { try open(&state) }
            guard let log = state.log else { return }
            do {
                try drain(&state, log)
            } catch {
                // The file may have been given up: what of it is there is asked anew.
                state.log = nil
                throw error
            }
        }
    }

    private func open(_ state: inout State) throws {
        let log = try PerformanceLog(folder: folder, limits: limits, disk: disk)
        let newest = try store.read { transaction in
            try transaction.row("SELECT seq FROM sqlite_sequence WHERE name = 'performance_outbox'")?.integer("seq")
        }
        // Of a database that was put back from an older copy, which counts again from there, nothing is in the log.
        let last = try log.lastSequences().filter { $0.value <= newest ?? 0 }
        state = State(log: log, last: last)
    }

    private func drain(_ state: inout State, _ log: PerformanceLog) throws {
        while true {
            let written = state.written
            let rows = try store.read { transaction in
                try transaction.rows(
                    """
                    SELECT sequence, record FROM performance_outbox WHERE sequence > ? ORDER BY sequence
                    LIMIT \(Self.batch)
                    """, .integer(written))
            }
            for row in rows {
                guard let sequence = row.integer("sequence"), let text = row.text("record"),
                    let record = PerformanceLine(PerformanceRecord.line(text, sequence)),
                    let model = PerformanceRecord.model(of: text)
                else { continue }
                if state.last[PerformanceLogFile.stem(of: model)] ?? 0 < sequence {
                    try log.append(PerformanceRecord.line(text, sequence), model: model, at: record.at)
                }
                state.written = sequence
            }
            if rows.count < Self.batch { break }
        }
        guard state.written - state.synced >= Self.syncEvery else { return }
        try log.sync()
        let synced = state.written
        _ = try store.write { transaction in
            try transaction.execute("DELETE FROM performance_outbox WHERE sequence <= ?", .integer(synced))
        }
        state.synced = synced
    }
}
