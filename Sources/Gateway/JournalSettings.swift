import SecureChannel

/// How the journal is kept.
public struct JournalSettings: Sendable, Codable, Hashable {
    /// What happens while the journal cannot be written. What was done is in the database in every case, and comes into
    /// the journal as soon as it can be written again; nothing is ever dropped.
    public enum FailurePolicy: String, Sendable, Codable, CaseIterable {
        /// Nothing is done that cannot be logged.
        case refuse
        /// Work goes on until `spoolEntries` wait in the database; then as with `refuse`.
        case spool
        /// Work goes on, however many wait.
        case ignore
    }

    /// Where checkpoints are kept beside the journal.
    public enum Anchor: Sendable, Codable, Hashable {
        /// A directory, for instance on another machine: `checkpoint.note`, the latest, replaced.
        case directory(String)
        /// A file to which each checkpoint is appended.
        case file(String)
        /// The collector of audit messages.
        case syslog
    }

    public var onFailure = FailurePolicy.refuse
    public var spoolEntries = 100_000
    public var segmentMiB = 64
    /// Whole segments go when all in them is older, in years; six are the least.
    public var keepYears = 6
    public var anchors: [Anchor] = []
    /// Seconds between two looks whether there is a new checkpoint to keep elsewhere.
    public var anchorSeconds = 60

    public init() {}

    /// The anchors as they are written.
    var anchorTexts: [String] {
        get { anchors.map(\.text) }
        set { anchors = newValue.compactMap { Anchor($0) } }
    }
}

extension JournalSettings.Anchor {
    init?(_ text: String) {
        if text == "syslog" {
            self = .syslog
        } else if text.hasPrefix("directory:/") {
            self = .directory(String(text.dropFirst(10)))
        } else if text.hasPrefix("file:/") {
            self = .file(String(text.dropFirst(5)))
        } else {
            return nil
        }
    }

    var text: String {
        switch self {
        case .directory(let path): "directory:" + path
        case .file(let path): "file:" + path
        case .syslog: "syslog"
        }
    }
}

extension TextForm {
    static let anchor = TextForm(
        allowed: "directory:/PATH, file:/PATH or syslog", pattern: "^(directory:/.*|file:/.*|syslog)$",
        normalized: { JournalSettings.Anchor($0)?.text })
}

/// Where audit messages go.
public struct AuditSettings: Sendable, Codable, Hashable {
    /// The collector; `nil` for none.
    public var host: String?
    public var port: UInt16 = 6514
    public var transport = ChannelPeer.Transport.tls
    /// PEM file of the authorities that vouch for the collector; `nil` for the system's.
    public var authorities: String?
    public var certificate: String?
    public var key: String?
    public var hasByteOrderMark = true

    public init() {}

    /// `nil` if there is no collector.
    var peer: ChannelPeer? {
        guard let host, !host.isEmpty else { return nil }
        return ChannelPeer(
            host: host, port: port, transport: transport, authorities: authorities, certificate: certificate, key: key)
    }
}
