import Durability
import ModelCard

/// The rows of the registry, and how a version goes from one state to the next. All of it inside the caller's
/// transaction: what the journal must say is owed in the same one, and two processes at once lose nothing.
///
/// | from | by | to |
/// | --- | --- | --- |
/// | – | register | staged |
/// | staged, former | promote | production; what was there becomes former |
/// | former | rollback | production; what was there becomes former |
/// | staged, former | retire | retired, for good |
public enum ModelBook {
    public enum State: String, Sendable, CaseIterable {
        case staged, production, former, retired
    }

    /// What the database keeps of a version.
    public struct Entry: Sendable, Hashable {
        public let id: String
        public let version: String
        /// SHA-256 of the ONNX file.
        public let weights: String
        /// SHA-256 of the signed passport.
        public let passport: String
        public let state: State
        /// Milliseconds since 1970-01-01 UTC.
        public let registeredAt: Int64
        /// Why the last check did not pass; `nil` if it did.
        public let refusal: String?
        public let loadMilliseconds: Double?
        public let latencyMilliseconds: Double?
        public let memoryBytes: Int64?

        public var title: String { "\(id) \(version)" }

        init?(_ row: Row) {
            guard let id = row.text("id"), let version = row.text("version"), let weights = row.text("weights"),
                let passport = row.text("passport"), let state = row.text("state").flatMap(State.init),
                let registeredAt = row.integer("registered_at")
            else { return nil }
            self.id = id
            self.version = version
            self.weights = weights
            self.passport = passport
            self.state = state
            self.registeredAt = registeredAt
            refusal = row.text("refusal")
            loadMilliseconds = row.real("load_ms")
            latencyMilliseconds = row.real("latency_ms")
            memoryBytes = row.integer("memory_bytes")
        }
    }

    /// Who does something, when and why.
    public struct Step: Sendable {
        public let actor: String
        /// As it is kept; `nil` for what the gateway does by itself.
        public let reason: String?
        /// Milliseconds since 1970-01-01 UTC.
        public let at: Int64

        public init(actor: String, reason: String?, at: Int64) {
            self.actor = actor
            self.reason = reason
            self.at = at
        }
    }

    // MARK: Reading

    public static func all(in transaction: borrowing Transaction) throws -> [Entry] {
        try transaction.rows("SELECT * FROM model ORDER BY id, registered_at, version").compactMap(Entry.init)
    }

    /// Throws `unknown`, and `notModelID` or `notVersion` for what can be none.
    public static func find(
        _ id: String, _ version: String, in transaction: borrowing Transaction
    ) throws -> Entry {
        guard ModelID(id) != nil else { throw RegistryError.notModelID }
        guard SemanticVersion(version) != nil else { throw RegistryError.notVersion }
        let row = try transaction.row(
            "SELECT * FROM model WHERE id = ? AND version = ?", .text(id), .text(version))
        guard let entry = row.flatMap(Entry.init) else { throw RegistryError.unknown }
        return entry
    }

    /// The version that speaks of new studies; `nil` if none does.
    public static func production(in transaction: borrowing Transaction) throws -> Entry? {
        try transaction.row("SELECT * FROM model WHERE state = 'production'").flatMap(Entry.init)
    }

    /// Every step of a model, or of all, newest first: at, actor, verb, id, version, reason.
    public static func steps(of id: String?, in transaction: borrowing Transaction) throws -> [Row] {
        try transaction.rows(
            "SELECT * FROM model_step WHERE ?1 IS NULL OR id = ?1 ORDER BY sequence DESC LIMIT 1000", .optional(id))
    }

    // MARK: Steps

    /// Adds a version. Throws `exists` if it is there, whatever its bytes.
    public static func register(
        _ passport: Passport, named name: String, by step: Step, in transaction: borrowing Transaction
    ) throws {
        guard ModelID(passport.id) != nil else { throw RegistryError.notModelID }
        guard SemanticVersion(passport.version) != nil else { throw RegistryError.notVersion }
        let added = try transaction.execute(
            """
            INSERT OR IGNORE INTO model (id, version, weights, passport, state, registered_at)
            VALUES (?, ?, ?, ?, 'staged', ?)
            """, .text(passport.id), .text(passport.version), .text(passport.weights.sha256), .text(name),
            .integer(step.at))
        guard added == 1 else { throw RegistryError.exists }
        try note("register", passport.id, passport.version, step, in: transaction)
    }

    /// The version speaks of every study that has none yet. Returns the one that did until now.
    @discardableResult
    public static func promote(
        _ entry: Entry, by step: Step, in transaction: borrowing Transaction
    ) throws -> Entry? {
        try putInProduction(entry, verb: "promote", by: step, in: transaction)
    }

    /// Back to the production before, or to a given version that was in production. Returns where it went.
    public static func rollback(
        to wanted: Entry?, by step: Step, in transaction: borrowing Transaction
    ) throws -> Entry {
        let past = try productions(in: transaction)
        let target: Entry
        if let wanted {
            guard wanted.state == .former else { throw RegistryError.wrongState(wanted.state.rawValue) }
            target = wanted
        } else {
            let current = try production(in: transaction)?.title
            var found: Entry?
            for (id, version) in past.reversed() where found == nil && "\(id) \(version)" != current {
                let candidate = try find(id, version, in: transaction)
                if candidate.state == .former { found = candidate }
            }
            guard let found else { throw RegistryError.nothingEarlier }
            target = found
        }
        try putInProduction(target, verb: "rollback", by: step, in: transaction)
        return target
    }

    /// The version never speaks again. Its artefacts stay: studies that it spoke of may get another image.
    public static func retire(_ entry: Entry, by step: Step, in transaction: borrowing Transaction) throws {
        let changed = try transaction.execute(
            "UPDATE model SET state = 'retired' WHERE id = ? AND version = ? AND state IN ('staged', 'former')",
            .text(entry.id), .text(entry.version))
        guard changed == 1 else { throw RegistryError.wrongState(entry.state.rawValue) }
        try note("retire", entry.id, entry.version, step, in: transaction)
    }

    /// Remembers what a check found: `refusal` is `nil` if it passed.
    public static func remember(
        refusal: String?, of passport: String, at now: Int64, in transaction: borrowing Transaction
    ) throws {
        try transaction.execute(
            "UPDATE model SET refusal = ?, checked_at = ? WHERE passport = ?", .optional(refusal), .integer(now),
            .text(passport))
    }

    /// Remembers what loading a model cost here.
    public static func remember(
        loadMilliseconds: Double, latencyMilliseconds: Double, memoryBytes: Int64, of passport: String,
        in transaction: borrowing Transaction
    ) throws {
        try transaction.execute(
            "UPDATE model SET load_ms = ?, latency_ms = ?, memory_bytes = ? WHERE passport = ?",
            .real(loadMilliseconds), .real(latencyMilliseconds), .integer(memoryBytes), .text(passport))
    }

    @discardableResult
    private static func putInProduction(
        _ entry: Entry, verb: String, by step: Step, in transaction: borrowing Transaction
    ) throws -> Entry? {
        let before = try production(in: transaction)
        guard before?.title != entry.title else { throw RegistryError.wrongState("in production already") }
        try transaction.execute("UPDATE model SET state = 'former' WHERE state = 'production'")
        let changed = try transaction.execute(
            "UPDATE model SET state = 'production' WHERE id = ? AND version = ? AND state IN ('staged', 'former')",
            .text(entry.id), .text(entry.version))
        guard changed == 1 else { throw RegistryError.wrongState(entry.state.rawValue) }
        try note(verb, entry.id, entry.version, step, in: transaction)
        return before
    }

    /// The productions that led to the one of today, oldest first: a promotion goes on top, a rollback takes away.
    private static func productions(
        in transaction: borrowing Transaction
    ) throws -> [(id: String, version: String)] {
        var past: [(id: String, version: String)] = []
        for row in try transaction.rows(
            "SELECT * FROM model_step WHERE verb IN ('promote', 'rollback') ORDER BY sequence")
        {
            guard let id = row.text("id"), let version = row.text("version") else { continue }
            if row.text("verb") == "rollback",
                let place = past.lastIndex(where: { $0.id == id && $0.version == version })
            {
                past.removeSubrange(place...)
            }
            past.append((id, version))
        }
        return past
    }

    private static func note(
        _ verb: String, _ id: String, _ version: String, _ step: Step, in transaction: borrowing Transaction
    ) throws {
        try transaction.execute(
            "INSERT INTO model_step (at, actor, verb, id, version, reason) VALUES (?, ?, ?, ?, ?, ?)",
            .integer(step.at), .text(step.actor), .text(verb), .text(id), .text(version), .optional(step.reason))
    }
}
