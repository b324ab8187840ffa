/// Something that a person should look at.
public struct Alarm: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
        /// Should be looked at today.
        case warning
        /// Images or results do not move, or soon will not.
        case critical

        public static func < (left: Severity, right: Severity) -> Bool { left == .warning && right == .critical }
    }

    /// What it is about. Stable: rules of a monitoring system may name it.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case roleDown = "role-down"
        case journalBehind = "journal-behind"
        case auditBehind = "audit-behind"
        case diskFull = "disk-full"
        case destinationDown = "destination-down"
        case resultsLate = "results-late"
        case resultsHeld = "results-held"
        case jobsDead = "jobs-dead"
        case uncommitted = "uncommitted"
        case analysisBehind = "analysis-behind"
        case sourceSilent = "source-silent"
        case certificateEnds = "certificate-ends"
        case clockWrong = "clock-wrong"
        case modelRefused = "model-refused"
        case modelMissing = "model-missing"
        case paused
        case canary

        public var meaning: String {
            switch self {
            case .roleDown: "a role of the gateway does not work"
            case .journalBehind: "the journal is not written; entries wait in the database"
            case .auditBehind: "the collector does not take audit messages"
            case .diskFull: "the disk has little room, or not enough to receive"
            case .destinationDown: "a destination is not reached"
            case .resultsLate: "results wait for a destination for over an hour"
            case .resultsHeld: "results wait for a person's decision"
            case .jobsDead: "work has failed for good"
            case .uncommitted: "a destination stored results and has not committed to keep them"
            case .analysisBehind: "images wait for analysis for over ten minutes"
            case .sourceSilent: "a source has sent nothing for longer than it should"
            case .certificateEnds: "the gateway's certificate ends soon, or has ended"
            case .clockWrong: "the clock is not synchronised, or has jumped"
            case .modelRefused: "a model in use may not work"
            case .modelMissing: "no model is in production; images wait"
            case .canary: "the canary study did not come back, or with another answer"
            case .paused: "a part of the gateway, or a peer, stands still on purpose"
            }
        }

        /// The next command to type.
        public var remedy: String {
            switch self {
            case .roleDown: "see the log; cxrgate check"
            case .journalBehind: "see the disk; cxrgate journal verify"
            case .auditBehind: "see the collector, and audit.* in the configuration"
            case .diskFull: "make room, or see retention.* in the configuration"
            case .destinationDown: "cxrgate ae echo NAME"
            case .resultsLate: "cxrgate status; cxrgate ae echo NAME"
            case .resultsHeld: "cxrgate queue list --state held"
            case .jobsDead: "cxrgate queue list --state dead"
            case .uncommitted: "cxrgate ae show NAME; ask the PACS"
            case .analysisBehind: "cxrgate queue list"
            case .sourceSilent: "cxrgate ae doctor NAME"
            case .certificateEnds: "renew the files; they are taken up while the gateway runs"
            case .clockWrong: "see the host's time service (chrony, systemd-timesyncd)"
            case .modelRefused: "cxrgate model verify; cxrgate model rollback"
            case .modelMissing: "cxrgate model list; cxrgate model promote"
            case .canary: "cxrgate canary; cxrgate alarms"
            case .paused: "cxrgate resume"
            }
        }
    }

    public let kind: Kind
    public let severity: Severity
    /// The peer or role it is about; empty for the gateway itself.
    public let subject: String
    /// In words, with its figures.
    public let text: String

    public init(_ kind: Kind, _ severity: Severity, of subject: String = "", _ text: String) {
        self.kind = kind
        self.severity = severity
        self.subject = subject
        self.text = text
    }
}

/// Since when each alarm has been there.
public struct AlarmBook: Sendable {
    private struct Key: Hashable {
        let kind: Alarm.Kind
        let subject: String
    }

    public struct Standing: Sendable, Hashable {
        public let alarm: Alarm
        /// Milliseconds since 1970-01-01 UTC.
        public let since: Int64
    }

    private var standing: [Key: Standing] = [:]

    public init() {}

    /// Takes what is wrong now. Returns what has become wrong and what has ended since the last time.
    public mutating func take(_ alarms: [Alarm], now: Int64) -> (raised: [Alarm], ended: [Alarm]) {
        var next: [Key: Standing] = [:]
        var raised: [Alarm] = []
        for alarm in alarms {
            let key = Key(kind: alarm.kind, subject: alarm.subject)
            let known = standing[key]
            if known == nil { raised.append(alarm) }
            next[key] = Standing(alarm: alarm, since: known?.since ?? now)
        }
        let ended = standing.filter { next[$0.key] == nil }.map(\.value.alarm)
        standing = next
        return (raised, ended)
    }

    /// The worst first, then the oldest.
    public var all: [Standing] {
        standing.values.sorted {
            ($1.alarm.severity, $0.since, $0.alarm.kind.rawValue, $0.alarm.subject)
                < ($0.alarm.severity, $1.since, $1.alarm.kind.rawValue, $1.alarm.subject)
        }
    }
}
