import DICOMCore

/// Who may send to us. Read anew for each association, so that a change takes effect at once.
public protocol SenderDirectory: Sendable {
    /// The registered sources with this AE title; empty if there is none.
    func sources(titled title: AETitle) throws -> [KnownSender]
}

/// A registered source.
public struct KnownSender: Sendable, Hashable {
    public let title: AETitle
    /// The address it must come from; `nil` for any.
    public let host: String?

    public init(title: AETitle, host: String?) {
        self.title = title
        self.host = host
    }
}

/// Why an association was refused, for the journal and the log.
public enum AssociationRefusal: String, Sendable, Hashable {
    case calledAETitle = "REC-001"
    case callingAETitle = "REC-002"
    case address = "REC-003"
    case directoryUnavailable = "REC-004"
    case diskLow = "REC-005"
    case stopping = "REC-006"
    case noContext = "REC-007"

    public var meaning: String {
        switch self {
        case .calledAETitle: "the peer asked for another AE title than ours"
        case .callingAETitle: "the calling AE title is not registered as a source; see `cxrgate ae add --role source`"
        case .address: "the calling AE title is registered with another address"
        case .directoryUnavailable: "the list of AE titles could not be read"
        case .diskLow: "too little room is left on the disk"
        case .stopping: "the gateway is stopping"
        case .noContext: "nothing that the peer wants to send is taken here: only CR, DX and secondary capture"
        }
    }
}
