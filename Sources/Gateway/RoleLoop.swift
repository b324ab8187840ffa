import DICOMToolkit
import Durability
import Foundation
import Journal
import Passage
import Watching
import WorkQueue

/// How a role works its part of the queue: lease, do, complete or fail; sleep until something is due or someone rings.
struct RoleLoop: Sendable {
    let house: RoleHouse
    let kinds: [JobKind]
    /// Does one job and completes it in its own transaction, or throws.
    let perform: @Sendable (Job) throws -> Void
    /// Called in the transaction that buries a job for good.
    let buried: @Sendable (Job, JobFailure, borrowing Transaction) throws -> Void

    /// Deaths of the role at one job after which the job, not the role, is to blame. A few are allowed: the machine may
    /// have been short of memory, or someone killed the process.
    private static let crashLimit = 8
    /// Longest sleep, in seconds: a bound for what a lost ring could cost.
    private static let longestSleep = 2.0

    func run() {
        do {
            let now = house.clock.milliseconds()
            try house.committer.commit { transaction in try WorkQueue.recover(kinds, now: now, in: transaction) }
        } catch {
            house.log(.leasesNotRecovered, .error(error))
        }
        while !house.link.isStopping {
            do {
                if try isPaused() || !workOnce() { house.link.waitForWork(seconds: try sleep()) }
            } catch {
                house.log(.queueUnreadable, .error(error))
                house.link.waitForWork(seconds: Self.longestSleep)
            }
        }
    }

    /// Analysis stands still for planned downtime; delivery is the couriers' matter.
    private func isPaused() throws -> Bool {
        guard house.role == .analysis else { return false }
        return try house.store.read { try PauseBook.pause(of: .analysis, in: $0) != nil }
    }

    /// Returns whether there was anything to do.
    func workOnce() throws -> Bool {
        let now = house.clock.milliseconds()
        let kinds = kinds
        guard try house.store.read({ try WorkQueue.isDue(kinds, now: now, in: $0) }) else { return false }
        guard let job = try house.store.write({ try WorkQueue.lease(kinds, now: now, in: $0) }) else { return false }
        do {
            guard job.crashes < Self.crashLimit else {
                throw JobFailure("QUE-002: the role died \(job.crashes) times at this job", isTransient: false)
            }
            let start = ContinuousClock.now
            try perform(job)
            if let stage = Stage(rawValue: job.kind.rawValue), stage != .analyse {
                house.meter.observe(stage, since: start)
            }
        } catch {
            try bury(job, error)
        }
        return true
    }

    /// Fails a job as its error says; one that is not tried again is dead, and `buried` hears of it.
    func bury(_ job: Job, _ error: any Error) throws {
        let failure = JobFailure(reading: error)
        house.log(.jobFailed, LogFact("job", RandomID(job.id)), LogFact("kind", job.kind), LogFact("why", failure))
        let now = house.clock.milliseconds()
        let buried = buried
        try house.committer.commit { transaction in
            if try WorkQueue.fail(job, failure, now: now, in: transaction) {
                try Ledger.count("jobs dead", in: transaction)
                try buried(job, failure, transaction)
            }
        }
    }

    private func sleep() throws -> Double {
        let kinds = kinds
        guard let due = try house.store.read({ try WorkQueue.nextDue(kinds, in: $0) }) else {
            return Self.longestSleep
        }
        let seconds = Double(due - house.clock.milliseconds()) / 1000
        return min(max(seconds, 0.001), Self.longestSleep)
    }
}

extension JobFailure {
    /// Trouble of the disk, the database, the journal or the machine passes; anything else will fail again.
    init(reading error: any Error) {
        switch error {
        case let failure as JobFailure: self = failure
        case is DiskError, is DurabilityError: self.init("\(error)", isTransient: true)
        case GatewayError.journal, GatewayError.system: self.init("\(error)", isTransient: true)
        case ToolkitError.cannotStartWorker, ToolkitError.internalFailure: self.init("\(error)", isTransient: true)
        default: self.init("\(error)", isTransient: false)
        }
    }
}
