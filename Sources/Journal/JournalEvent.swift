/// What was done. One entry for each touch of protected data, and for what decides about them.
public enum JournalEventKind: String, Sendable, Hashable, Codable, CaseIterable {
    case receive, refuse, deidentify, verify, seal, open, infer, explain, report, deliver, commit
    case delete, export, keyChange, configurationChange, administratorRead, start, stop, journalRead
    case heal, hold, release, reject, recall, retire
}

/// One event, as the one who did it tells it. Safe facts only: no names, ids, dates of patients, or UIDs.
public struct JournalEvent: Sendable, Codable, Hashable {
    public var kind: JournalEventKind
    /// Milliseconds since 1970-01-01 UTC, below 2⁵³.
    public var at: Int64
    /// The role of the gateway, or the name of the user of the operating system, that did it.
    public var actor: String
    /// What it was done to: a job or instance, 32 random hexadecimal digits; `nil` if nothing in particular.
    public var subject: String?
    /// The pseudonym of the study; `nil` if none.
    public var study: String?
    /// `ok`, or the stable code of an error.
    public var outcome: String
    /// More safe facts: a model's version and hash, a destination, a reason.
    public var details: [String: String]

    public init(
        kind: JournalEventKind, at: Int64, actor: String, subject: String? = nil, study: String? = nil,
        outcome: String = "ok", details: [String: String] = [:]
    ) {
        self.kind = kind
        self.at = at
        self.actor = actor
        self.subject = subject
        self.study = study
        self.outcome = outcome
        self.details = details
    }
}

/// An event in its place in the log.
public struct JournalEntry: Sendable, Codable, Hashable {
    /// Counts all entries of the journal from 0.
    public var index: UInt64
    /// The number under which the event waited in the outbox; 0 if it did not.
    public var sequence: UInt64
    public var event: JournalEvent

    public init(index: UInt64, sequence: UInt64, event: JournalEvent) {
        self.index = index
        self.sequence = sequence
        self.event = event
    }
}
