import DICOMCore

/// Who may call us. Read anew for each association, so that a change takes effect at once.
public protocol SenderDirectory: Sendable {
    /// The registered callers with this AE title, also those that differ from it in upper and lower case where their
    /// registration allows it; empty if there is none.
    func sources(titled title: AETitle) throws -> [KnownSender]
}

/// A registered caller.
public struct KnownSender: Sendable, Hashable {
    public let title: AETitle
    /// The addresses that it must come from; empty for any.
    public var addresses: Set<String>
    /// Sends images; otherwise it may only report on commitments that we asked for.
    public var isSource = true
    /// Refused for now: planned downtime.
    public var isPaused = false
    /// Reports on commitments that we asked for (a destination of ours).
    public var reportsCommitment = false
    /// May ask us for commitment.
    public var requestsCommitment = false
    /// Only over TLS.
    public var requiresTLS = false
    /// SHA-256 of the certificate that it must show, hexadecimal.
    public var fingerprint: String?
    /// Associations at a time.
    public var maxAssociations = 16
    /// Associations per minute.
    public var associationsPerMinute = 600

    public init(title: AETitle, host: String?) {
        self.title = title
        addresses = host.map { [$0] } ?? []
    }

    public init(title: AETitle, addresses: Set<String>) {
        self.title = title
        self.addresses = addresses
    }
}

/// Why an association was refused, for the journal and the log.
public enum AssociationRefusal: String, Sendable, Hashable, CaseIterable {
    case calledAETitle = "REC-001"
    case callingAETitle = "REC-002"
    case address = "REC-003"
    case directoryUnavailable = "REC-004"
    case diskLow = "REC-005"
    case stopping = "REC-006"
    case noContext = "REC-007"
    case tlsRequired = "REC-008"
    case certificate = "REC-009"
    case paused = "REC-040"
    case tooMany = "REC-041"
    case tooFast = "REC-042"
    case handshake = "REC-043"

    public var meaning: String {
        switch self {
        case .calledAETitle: "the peer asked for another AE title than ours"
        case .callingAETitle: "the calling AE title is not registered as a source; see `cxrgate ae add --role source`"
        case .address: "the calling AE title is registered with another address"
        case .directoryUnavailable: "the list of AE titles could not be read"
        case .diskLow: "too little room is left on the disk"
        case .stopping: "the gateway is stopping"
        case .tlsRequired: "the calling AE title is registered for TLS, and called without it"
        case .certificate: "the caller's certificate is not the one registered for its AE title"
        case .tooMany: "the calling AE title has as many associations open as it may"
        case .tooFast: "the calling AE title opens associations faster than it may"
        case .paused: "reception is paused for planned downtime; see `cxrgate resume`"
        case .handshake: "a caller and we could not agree on a TLS connection"
        case .noContext: "nothing that the peer wants to send is taken here: only CR, DX and secondary capture"
        }
    }
}
