/// The kinds of work that wait in the queue, by the role that does them.
public enum JobKind: String, Sendable, Codable, CaseIterable {
    /// Clear, infer, explain one instance. Done by analysis.
    case analyse
    /// Make the secondary capture of one instance. Done by filing.
    case capture
    /// Make the structured report of one study. Done by filing.
    case report
    /// Send one result to one destination. Done by filing.
    case deliver
    /// Tell the destinations that results of a study are taken back. Done by filing.
    case withdraw
    /// Seal a held instance for analysis after a person has released it. Done by filing.
    case release
}

/// A piece of work under lease.
public struct Job: Sendable, Hashable {
    public let id: String
    public let kind: JobKind
    /// The instance, study or result it is about.
    public let subject: String
    public let destination: String?
    /// How often it has been tried before.
    public let attempts: Int
    /// How often its role died while it held the lease.
    public let crashes: Int

    public init(id: String, kind: JobKind, subject: String, destination: String?, attempts: Int, crashes: Int = 0) {
        self.id = id
        self.kind = kind
        self.subject = subject
        self.destination = destination
        self.attempts = attempts
        self.crashes = crashes
    }
}

/// What becomes of a job that failed.
public struct JobFailure: Error, Sendable, Hashable {
    /// A stable code and safe words: no identifiers.
    public let reason: String
    /// Trying again may help.
    public let isTransient: Bool

    public init(_ reason: String, isTransient: Bool) {
        self.reason = reason
        self.isTransient = isTransient
    }
}
