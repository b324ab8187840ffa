import Durability
import Foundation
import Journal
import Synchronization

/// Changes the configuration of a gateway, running or not: all of a change or nothing, journalled, and back again.
///
/// Order: read and check the whole; hand what can change at once to the roles; ask whether ports and destinations still
/// answer; keep the revision, and name it in the transaction that owes the journal its entries. What fails before that
/// is taken back from the roles; a crash before it leaves what was.
final class ConfigurationOffice: Sendable {
    private struct State {
        /// What the running gateway works with.
        var running: ConfigurationReading
        /// What the next start takes.
        var next: ConfigurationReading
    }

    let sources: ConfigurationSources
    private let history: ConfigurationHistory
    private let state: Mutex<State>
    private let store: Store
    private let committer: Committer
    private let clock: GatewayClock
    /// Hands a configuration to the roles; throws if one cannot take it. Without a daemon there is nobody.
    private let distribute: @Sendable (GatewayConfiguration) throws -> Void
    /// What answers now: ports and destinations by name.
    private let probe: @Sendable (GatewayConfiguration) -> Set<String>
    /// One change at a time.
    private let turn = NSLock()

    init(
        sources: ConfigurationSources, running: ConfigurationReading, directory: DataDirectory, store: Store,
        committer: Committer, clock: GatewayClock,
        distribute: @escaping @Sendable (GatewayConfiguration) throws -> Void = { _ in },
        probe: @escaping @Sendable (GatewayConfiguration) -> Set<String> = { _ in [] }
    ) {
        self.sources = sources
        history = ConfigurationHistory(directory)
        state = Mutex(State(running: running, next: running))
        self.store = store
        self.committer = committer
        self.clock = clock
        self.distribute = distribute
        self.probe = probe
    }

    var running: ConfigurationReading { state.withLock { $0.running } }
    var next: ConfigurationReading { state.withLock { $0.next } }

    /// What `layer` in the place of the file would change.
    func changes(to layer: ConfigurationLayer) throws(ConfigurationError) -> [ConfigurationRevision.Change] {
        let wanted = sources.reading(over: layer)
        _ = try wanted.checked()
        return Self.changes(from: next, to: wanted)
    }

    /// Applies `layer`. Throws, and has changed nothing, if it cannot be used, if a role cannot take it, or if a port or
    /// a destination that answered before does not answer after. `event` makes the journal's entries.
    func apply(
        _ layer: ConfigurationLayer, what: String, actor: String, reason: String?,
        event: @Sendable (_ details: [String: String]) -> JournalEvent
    ) throws -> ConfigurationRevision? {
        turn.lock()
        defer { turn.unlock() }
        let before = state.withLock { $0 }
        let wanted = sources.reading(over: layer)
        let changes = Self.changes(from: before.next, to: wanted)
        guard !changes.isEmpty else {
            _ = try wanted.checked()
            return nil
        }
        // Whoever reads the file finds the data and the gateway by these: what was applied is known only behind them.
        let found = try wanted.checked()
        let current = before.next.configuration
        guard found.dataDirectory == current.dataDirectory, found.socketPath == current.socketPath else {
            throw GatewayError.badRequest(
                "data_dir and administration.socket cannot be applied; stop the gateway and change the file")
        }
        // Keys that want a restart stay as they are until then.
        var entries = before.running.entries
        for key in ConfigurationCatalogue.keys where key.application == .live {
            entries[key.name] = wanted.entries[key.name]
        }
        let live = sources.reading(of: entries)
        let new = try live.checked()
        let old = before.running.configuration
        if new != old { try change(from: old, to: new, event) }
        do {
            let number = try store.read { try ConfigurationHistory.number(in: $0) } + 1
            let revision = ConfigurationRevision(
                number: number, at: clock.milliseconds(), actor: actor, reason: reason, what: what,
                entries: layer.entries, fileEntries: sources.file.entries, changes: changes)
            try history.keep(revision)
            let events = changes.map { change in
                event(Self.details(change, what: what, revision: number, reason: reason))
            }
            try committer.commit { transaction in
                try ConfigurationHistory.adopt(number, in: transaction)
                for event in events { try transaction.owe(event) }
            }
            state.withLock { $0 = State(running: live, next: wanted) }
            return revision
        } catch {
            if new != old { try distribute(old) }
            throw error
        }
    }

    /// The latest first.
    func revisions() throws -> [ConfigurationRevision] {
        let last = try store.read { try ConfigurationHistory.number(in: $0) }
        return try stride(from: last, to: max(0, last - ConfigurationHistory.limit), by: -1).compactMap {
            try history.revision($0)
        }
    }

    /// What a revision said; 0 is the file as it is.
    func layer(of number: Int) throws -> ConfigurationLayer {
        if number == 0 { return sources.file }
        guard let revision = try history.revision(number) else {
            throw GatewayError.notFound("revision \(number); see `cxrgate config history`")
        }
        return ConfigurationLayer(revision)
    }

    /// In the roles; back again, with a journal entry, if something no longer answers.
    private func change(
        from old: GatewayConfiguration, to new: GatewayConfiguration,
        _ event: @Sendable (_ details: [String: String]) -> JournalEvent
    ) throws {
        let answered = probe(old)
        do {
            try distribute(new)
        } catch {
            try distribute(old)
            throw GatewayError.refused("nothing was changed: \(error)")
        }
        let silent = answered.subtracting(probe(new)).sorted()
        guard silent.isEmpty else {
            try distribute(old)
            let names = silent.joined(separator: ", ")
            let entry = event(["change": "config apply", "outcome": "rolled back by itself", "silent": names])
            try committer.commit { transaction in try transaction.owe(entry) }
            throw GatewayError.refused("rolled back by itself: \(names) did not answer any more")
        }
    }

    static func changes(from old: ConfigurationReading, to new: ConfigurationReading) -> [ConfigurationRevision.Change]
    {
        ConfigurationCatalogue.keys.compactMap { key in
            let before = old.shown(key)
            let after = new.shown(key)
            guard before != after else { return nil }
            return ConfigurationRevision.Change(
                key: key.name, before: before, after: after, isLive: key.application == .live)
        }
    }

    private static func details(
        _ change: ConfigurationRevision.Change, what: String, revision: Int, reason: String?
    ) -> [String: String] {
        var details = [
            "change": "config \(what)", "key": change.key, "before": change.before.plain, "after": change.after.plain,
            "revision": "\(revision)", "effect": change.isLive ? "now" : "next start",
        ]
        details["reason"] = reason
        return details
    }
}
