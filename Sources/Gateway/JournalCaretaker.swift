import Durability
import Foundation
import Journal
import Synchronization
import Watching

/// What the journal needs now and then, on a thread of its own: checkpoints are kept elsewhere, and old segments go.
final class JournalCaretaker: Sendable {
    private let keeper: JournalKeeper
    private let committer: Committer
    private let directory: DataDirectory
    private let disk: any Disk
    private let settings: JournalSettings
    private let clock: GatewayClock
    private let log: EventLog
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var nextRetention: Int64 = 0
    }

    /// Milliseconds between two looks for old segments.
    private static let day: Int64 = 86_400_000

    init(
        keeper: JournalKeeper, committer: Committer, directory: DataDirectory, disk: any Disk,
        settings: JournalSettings, clock: GatewayClock, log: EventLog
    ) {
        self.keeper = keeper
        self.committer = committer
        self.directory = directory
        self.disk = disk
        self.settings = settings
        self.clock = clock
        self.log = log
    }

    func start() {
        let thread = Thread { [self] in
            while !state.withLock({ $0.isStopping }) {
                work()
                _ = bell.wait(timeout: .now() + .seconds(settings.anchorSeconds))
            }
            ended.signal()
        }
        thread.name = "journal"
        thread.start()
    }

    /// Returns when nothing more is done; the last checkpoint is kept elsewhere too.
    func stop() {
        state.withLock { $0.isStopping = true }
        bell.signal()
        ended.wait()
        keepCheckpoint()
    }

    private func work() {
        keepCheckpoint()
        let now = clock.milliseconds()
        let isDue = state.withLock { state in
            guard now >= state.nextRetention else { return false }
            state.nextRetention = now + Self.day
            return true
        }
        guard isDue else { return }
        do {
            try retire(now: now)
        } catch {
            log(.segmentsStay, .error(error))
        }
    }

    func keepCheckpoint() {
        guard let checkpoint = keeper.checkpoint else { return }
        for failure in JournalAnchors(anchors: settings.anchors, disk: disk).keep(checkpoint) {
            log(.checkpointNotKept, .error(failure))
        }
    }

    /// Removes the segments that are older than they must be kept, behind a signed entry. Returns how many went.
    @discardableResult
    func retire(now: Int64) throws -> Int {
        // A year has 366 days here: rather a day more than one less.
        let limit = now - Int64(settings.keepYears) * 366 * Self.day
        guard let below = try JournalRetention.due(directory: directory.journal, olderThan: limit, disk: disk) else {
            return 0
        }
        let event = JournalRetention.event(below: below, at: now, actor: "supervisor")
        try committer.commit { transaction in try transaction.owe(event) }
        return try JournalRetention.remove(directory: directory.journal, below: below, disk: disk)
    }
}
