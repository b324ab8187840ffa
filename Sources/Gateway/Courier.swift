import DICOMCore
import DICOMToolkit
import Delivery
import Durability
import Foundation
import Passage
import Watching
import WorkQueue

/// Serves one destination on a thread of its own: what one PACS does not take holds up no other.
final class Courier: Sendable {
    let name: String
    private let filing: FilingRole
    private let security: TLSKeeper
    private let bell = DispatchSemaphore(value: 0)

    /// Results sent over one association at most; bounds what a broken one leaves to do again.
    private static let batch = 16
    /// Deaths of the role at one job after which the job, not the role, is to blame.
    private static let crashLimit = 8
    /// Seconds between looks at the queue when nobody rings.
    private static let pause = 0.25
    /// A report of commitment that comes on the same association comes at once.
    private static let commitmentPatience = 1.0

    private var house: RoleHouse { filing.house }
    private var settings: NetworkSettings { filing.house.configuration.network }

    init(name: String, filing: FilingRole, security: TLSKeeper) {
        self.name = name
        self.filing = filing
        self.security = security
    }

    /// There may be work.
    func ring() { bell.signal() }

    /// Works until the gateway stops or the destination is no longer registered.
    func run() {
        var pace: TokenBucket?
        while !house.link.isStopping {
            do {
                guard let entry = try house.store.read({ try AEChange.entry(named: name, in: $0) }),
                    entry.isDestination
                else { return }
                if try !isPaused(), try work(entry, &pace) { continue }
            } catch {
                house.log(.destinationNotServed, LogFact("destination", PeerName(name)), .error(error))
            }
            _ = bell.wait(timeout: .now() + Self.pause)
        }
    }

    private func isPaused() throws -> Bool {
        try house.store.read { [name] transaction in
            let part = try PauseBook.pause(of: .delivery, in: transaction)
            return try part != nil || PauseBook.pause(ofAETitle: name, in: transaction) != nil
        }
    }

    /// One association's worth of work. Returns whether there may be more at once.
    private func work(_ entry: AEEntry, _ pace: inout TokenBucket?) throws -> Bool {
        let now = house.clock.milliseconds()
        var breaker = try house.store.read { try DestinationBook.breaker(name, in: $0) }
        var limit = Self.batch
        switch breaker.permission(now: now) {
        case .wait: return false
        case .probe: limit = 1
        case .free: break
        }
        try expireCommitments(entry, now: now)
        let due = try due(entry, now: now)
        guard due.deliveries || due.commitments else {
            pace = nil  // the backlog is gone
            return false
        }
        if limit > 1, pace != nil {
            // After an outage: not everything at once.
            limit = 1
            guard pace?.take(now: now) == true else { return false }
        }
        let wasOut = breaker.permission(now: now) == .probe
        breaker.handle(.probed, now: now, jitter: Self.chance())
        let leased = try house.store.write { [name] transaction in
            try WorkQueue.leaseDeliveries(to: name, limit: limit, now: now, in: transaction)
        }
        // What is due may wait for an older result of its study.
        guard !leased.isEmpty || due.commitments else { return false }
        let run = DeliveryRun(entry: entry, filing: filing, peer: try peer(entry))
        let end = run.perform(leased, patience: Self.commitmentPatience, crashLimit: Self.crashLimit)
        guard end.hasCalled else { return true }
        let ended = house.clock.milliseconds()
        breaker.handle(end.error == nil ? .succeeded : .failed, now: ended, jitter: Self.chance())
        let kept = breaker
        try house.store.write { [name] transaction in
            try DestinationBook.keep(kept, of: name, error: end.error, now: ended, in: transaction)
        }
        if wasOut, end.error == nil {
            pace = TokenBucket(capacity: 1, perSecond: settings.drainPerSecond, now: ended)
        }
        return end.error == nil
    }

    private func expireCommitments(_ entry: AEEntry, now: Int64) throws {
        guard entry.options.commitment else { return }
        let timeout = Int64(entry.options.commitmentTimeoutSeconds * 1000)
        let house = house
        let isOverdue = try house.store.read { [name] transaction in
            try transaction.row(
                "SELECT 1 FROM commitment WHERE destination = ? AND state = 'asked' AND changed_at <= ? LIMIT 1",
                .text(name), .integer(now - timeout)) != nil
        }
        guard isOverdue else { return }
        try house.committer.commit { [name] transaction in
            try CommitmentBook.expire(name, timeout: timeout, house: house, in: transaction)
        }
    }

    private func due(_ entry: AEEntry, now: Int64) throws -> (deliveries: Bool, commitments: Bool) {
        try house.store.read { [name] transaction in
            let next = try WorkQueue.nextDelivery(to: name, in: transaction)
            let wanted = try transaction.row(
                "SELECT 1 FROM commitment WHERE destination = ? AND state = 'wanted' LIMIT 1", .text(name))
            return (next.map { $0 <= now } ?? false, entry.options.commitment && wanted != nil)
        }
    }

    private func peer(_ entry: AEEntry) throws -> Peer {
        let security = entry.options.tls ? try security.current().security : nil
        guard var peer = entry.peer(callingAETitle: house.configuration.aeTitle, security: security) else {
            throw GatewayError.badRequest("the destination has no host and port")
        }
        peer.connectTimeoutSeconds = settings.connectSeconds
        peer.dimseTimeoutSeconds = settings.answerSeconds
        return peer
    }

    private static func chance() -> Double { Double.random(in: 0...1) }
}

/// Starts a courier for each destination that is registered, and rings them.
final class CourierOffice: Sendable {
    private let filing: FilingRole
    private let security: TLSKeeper
    private let couriers = Box<[String: Courier]>([:])

    /// Seconds between looks at the list of AE titles.
    private static let pause = 0.5

    init(filing: FilingRole) {
        self.filing = filing
        security = TLSKeeper(filing.house.configuration.network, side: .client)
    }

    /// Gives back what was under way when the role died, and serves the destinations from now on.
    func start() throws {
        let now = filing.house.clock.milliseconds()
        try filing.house.committer.commit { try WorkQueue.recover([.deliver], now: now, in: $0) }
        let thread = Thread { [self] in
            while !filing.house.link.isStopping {
                hire()
                filing.sweep()
                Thread.sleep(forTimeInterval: Self.pause)
            }
        }
        thread.name = "couriers"
        thread.start()
    }

    /// Something was made.
    func ring() { couriers.value.withLock { Array($0.values) }.forEach { $0.ring() } }

    private func hire() {
        let names: [String]
        do {
            names = try filing.house.store.read { transaction in
                try transaction.rows("SELECT name FROM ae WHERE roles LIKE '%destination%'").compactMap {
                    $0.text("name")
                } + [Canary.entry(in: transaction)?.name].compactMap(\.self)
            }
        } catch {
            filing.house.log(.destinationsUnreadable, .error(error))
            return
        }
        for name in names {
            let courier = Courier(name: name, filing: filing, security: security)
            let isNew = couriers.value.withLock { couriers in
                guard couriers[name] == nil else { return false }
                couriers[name] = courier
                return true
            }
            guard isNew else { continue }
            let thread = Thread { [self] in
                courier.run()
                couriers.value.withLock { $0[name] = nil }
            }
            thread.name = "courier"
            thread.start()
        }
    }
}
