import AuditMessages
import Durability
import Foundation
import Journal
import SecureChannel
import Synchronization
import Watching

/// Sends each entry of the journal to the collector as an audit message, on a thread of its own.
///
/// The journal is the spool: what has been sent is a number in the database, and whatever is not sent yet is read again,
/// however long the collector is away. Syslog has no acknowledgement: a message counts as arrived when the connection
/// has lived for some seconds after it; what is younger is sent again on the next connection, so a collector may see a
/// message twice, never not at all. Source: RFC 5425, PS3.15 A.6.
final class AuditSender: Sendable {
    private let store: Store
    private let directory: DataDirectory
    private let peer: ChannelPeer
    private let settings: AuditSettings
    private let source: AuditSource
    private let checkpoint: @Sendable () -> Checkpoint?
    private let sendsCheckpoints: Bool
    private let clock: GatewayClock
    private let log: EventLog
    private let ended = DispatchSemaphore(value: 0)
    private let bell = DispatchSemaphore(value: 0)
    private let isStopping = Mutex(false)

    /// Entries read at once.
    private static let batch = 256
    /// Seconds between two looks for new entries.
    private static let pauseSeconds = 0.5
    /// Milliseconds after which what was sent counts as arrived, if the connection is still there.
    private static let trustAfter: Int64 = 5000
    /// Longest pause between two tries, in seconds.
    private static let longestBackOff = 60.0
    /// Seconds that the end of the gateway waits for the collector.
    private static let farewellSeconds = 5
    private static let fact = "audit next"

    init(
        peer: ChannelPeer, configuration: GatewayConfiguration, store: Store, directory: DataDirectory,
        checkpoint: @escaping @Sendable () -> Checkpoint?, clock: GatewayClock, log: EventLog
    ) {
        self.peer = peer
        settings = configuration.audit
        sendsCheckpoints = configuration.journal.anchors.contains(.syslog)
        source = AuditSource(id: configuration.aeTitle, host: ProcessInfo.processInfo.hostName)
        self.store = store
        self.checkpoint = checkpoint
        self.directory = directory
        self.clock = clock
        self.log = log
    }

    func start() {
        let thread = Thread { [self] in
            run()
            ended.signal()
        }
        thread.name = "audit"
        thread.start()
    }

    /// Sends what is there, within bounded time, and ends.
    func stop() {
        isStopping.withLock { $0 = true }
        bell.signal()
        _ = ended.wait(timeout: .now() + .seconds(Self.farewellSeconds))
    }

    /// The index of the next entry to be sent, as the database knows it.
    static func next(_ store: Store) throws -> UInt64 {
        let text = try store.read { transaction in
            try transaction.row("SELECT value FROM fact WHERE name = ?", .text(fact))?.text("value")
        }
        return text.flatMap { UInt64($0) } ?? 0
    }

    private func run() {
        var backOff = 1.0
        var complained = ""
        while true {
            let isLast = isStopping.withLock { $0 }
            do {
                try serve {
                    complained = ""
                    backOff = 1
                }
                return
            } catch {
                // Once for each reason: a collector that is away for a day fills no log.
                if "\(error)" != complained {
                    log(.auditWaits, .error(error))
                }
                complained = "\(error)"
            }
            if isLast { return }
            _ = bell.wait(timeout: .now() + backOff)
            backOff = min(2 * backOff, Self.longestBackOff)
        }
    }

    /// One connection, as long as it lives. Returns when the gateway stops and everything is sent.
    private func serve(_ works: () -> Void) throws {
        var follower = JournalFollower(directory: directory.journal, next: try Self.next(store))
        var arrived = follower.next
        var younger: [(at: Int64, next: UInt64)] = []
        var lastCheckpoint: UInt64 = 0
        let channel = try peer.connect()
        works()
        while true {
            let isLast = isStopping.withLock { $0 }
            if channel.isClosed { throw ChannelError.closed }
            let entries = try follower.read(limit: Self.batch)
            for entry in entries {
                let message = AuditMessage(entry, source: source)
                try send(SyslogMessage(audit: message, host: source.host, process: getpid()), channel)
            }
            if entries.isEmpty, sendsCheckpoints, let checkpoint = checkpoint(), checkpoint.size > lastCheckpoint {
                lastCheckpoint = checkpoint.size
                try send(checkpoint, channel)
            }
            let now = clock.milliseconds()
            if !entries.isEmpty { younger.append((now, follower.next)) }
            while let first = younger.first, now - first.at >= Self.trustAfter || (isLast && entries.isEmpty) {
                arrived = first.next
                younger.removeFirst()
            }
            try remember(arrived)
            if entries.isEmpty {
                if isLast { return }
                _ = bell.wait(timeout: .now() + Self.pauseSeconds)
            }
        }
    }

    private func send(_ message: SyslogMessage, _ channel: any Channel) throws {
        var message = message
        message.hasByteOrderMark = settings.hasByteOrderMark
        try channel.send(peer.transport == .udp ? message.bytes : message.counted)
    }

    /// The checkpoint in one line, so that no collector breaks it.
    private func send(_ checkpoint: Checkpoint, _ channel: any Channel) throws {
        let content =
            "checkpoint origin=\(checkpoint.origin) size=\(checkpoint.size) root=\(checkpoint.rootText) "
            + "note=\(Base64.encode(Array(checkpoint.text.utf8)))"
        try send(
            SyslogMessage(
                at: clock.milliseconds(), host: source.host, process: getpid(), messageID: "CHECKPOINT",
                content: content), channel)
    }

    private func remember(_ next: UInt64) throws {
        guard try next != Self.next(store) else { return }
        _ = try store.write { transaction in
            try transaction.execute(
                "INSERT OR REPLACE INTO fact VALUES (?, ?)", .text(Self.fact), .text("\(next)"))
        }
    }
}
