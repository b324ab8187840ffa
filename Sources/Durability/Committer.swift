import Foundation
import Synchronization

/// Shares one sync among many threads: work that arrives while a commit is under way goes into the next one together.
///
/// The order for each piece of work is fixed: its own savepoint, the one SQLite transaction that carries the group,
/// then `afterCommit` (the journal), and only then does ``commit(_:)`` return. A piece that fails takes only itself back;
/// one that is alone needs no savepoint for that.
/// Source: the order of commits, DESIGN §2, steps 5 and 6.
public final class Committer: Sendable {
    public typealias Work = @Sendable (borrowing Transaction) throws -> Void

    private final class Ticket: Sendable {
        let work: Work
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Void, any Error>>(.failure(DurabilityError.notCommitted))
        init(_ work: @escaping Work) { self.work = work }
    }

    private struct Waiting {
        var tickets: [Ticket] = []
        var isStopped = false
    }

    private let store: Store
    private let afterCommit: @Sendable () throws -> Void
    private let waiting = Mutex(Waiting())
    private let arrival = DispatchSemaphore(value: 0)

    /// Pieces of work in one transaction at most; bounds how long the first of them waits.
    private static let groupLimit = 64

    /// - Parameter afterCommit: makes durable what the transaction owes (the journal's entries); its failure fails
    ///   every piece of the group, because what is not journalled is not done.
    public init(store: Store, afterCommit: @escaping @Sendable () throws -> Void) {
        self.store = store
        self.afterCommit = afterCommit
        let thread = Thread { [self] in run() }
        thread.name = "committer"
        thread.start()
    }

    /// Blocks until `work` is durable and journalled, or throws why it is not.
    public func commit(_ work: @escaping Work) throws {
        let ticket = Ticket(work)
        let accepted = waiting.withLock { waiting in
            if waiting.isStopped { return false }
            waiting.tickets.append(ticket)
            return true
        }
        guard accepted else { throw DurabilityError.notCommitted }
        arrival.signal()
        ticket.done.wait()
        try ticket.outcome.withLock { try $0.get() }
    }

    /// Lets the work that waits finish, then ends the thread.
    public func stop() {
        waiting.withLock { $0.isStopped = true }
        arrival.signal()
    }

    private func run() {
        while true {
            arrival.wait()
            let (group, isStopped) = waiting.withLock { waiting in
                let group = Array(waiting.tickets.prefix(Self.groupLimit))
                waiting.tickets.removeFirst(group.count)
                return (group, waiting.isStopped && waiting.tickets.isEmpty)
            }
            if !group.isEmpty { commit(group) }
            if isStopped { return }
        }
    }

    private func commit(_ group: [Ticket]) {
        do {
            try store.write { transaction in
                if group.count == 1, let ticket = group.first {
                    try ticket.work(transaction)
                    ticket.outcome.withLock { $0 = .success(()) }
                    return
                }
                for ticket in group {
                    do {
                        try transaction.savepoint(ticket.work)
                        ticket.outcome.withLock { $0 = .success(()) }
                    } catch {
                        ticket.outcome.withLock { $0 = .failure(error) }
                    }
                }
            }
            try afterCommit()
        } catch {
            for ticket in group { ticket.outcome.withLock { $0 = .failure(error) } }
        }
        for ticket in group { ticket.done.signal() }
    }
}
