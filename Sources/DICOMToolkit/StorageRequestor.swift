import CDCMTK
import DICOMCore

/// Another DICOM application, and who we are to it.
public struct Peer: Sendable {
    /// Host name, IPv4 or IPv6 address.
    public var host: String
    public var port: UInt16
    /// Theirs.
    public var aeTitle: AETitle
    /// Ours.
    public var callingAETitle: AETitle
    /// For the TCP connection and the TLS handshake together.
    public var connectTimeoutSeconds = 10.0
    /// For the answer to an A-ASSOCIATE-RQ or A-RELEASE-RQ.
    public var acseTimeoutSeconds = 15.0
    /// For the answer to a request, and for every stop of a transfer.
    public var dimseTimeoutSeconds = 60.0
    /// TLS; `nil` for plain TCP.
    public var security: TransportSecurity?
    /// SHA-256 of the certificate that it must show, 64 lower-case hexadecimal digits; `nil` for any that is vouched for
    /// and made out to its host.
    public var fingerprint: String?

    public init(host: String, port: UInt16, aeTitle: AETitle, callingAETitle: AETitle) {
        self.host = host
        self.port = port
        self.aeTitle = aeTitle
        self.callingAETitle = callingAETitle
    }
}

/// One object to be sent, its data set encoded already. Nothing in it is parsed or changed.
public struct OutgoingObject: Sendable {
    public let sopClassUID: UID
    public var sopInstanceUID: UID
    public let transferSyntax: TransferSyntax
    /// The data set without preamble and file meta information; an even number of bytes.
    public var bytes: [UInt8]

    public init(sopClassUID: UID, sopInstanceUID: UID, transferSyntax: TransferSyntax, bytes: [UInt8]) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.transferSyntax = transferSyntax
        self.bytes = bytes
    }
}

/// Why a peer did not accept a presentation context.
///
/// Source: PS3.8 Table 9-18.
public enum ContextRefusal: UInt8, Sendable {
    case userRejection = 1
    case noReason = 2
    case abstractSyntaxNotSupported = 3
    case transferSyntaxesNotSupported = 4
}

/// What became of one object.
public enum SendOutcome: Sendable, Equatable {
    /// The peer's answer. The comment is the peer's text and may hold patient data: not for logs.
    case answered(Status, errorComment: String)
    /// The peer takes no objects of this SOP class in this transfer syntax.
    case notAccepted(ContextRefusal)
    /// No answer: whether the peer has the object is unknown if it broke while this one was under way.
    case notSent(ToolkitError)
}

/// The service class user of Verification and Storage.
///
/// Source: PS3.4 Annex A and B.
public enum StorageRequestor {
    /// Presentation contexts in one association (PS3.8 9.3.2.2: odd identifiers below 256).
    public static let maxContexts = 128

    /// Opens an association, asks C-ECHO, releases it. Throws why it could not, or `echoRefused`.
    public static func echo(_ peer: Peer) throws(ToolkitError) {
        let request = try RequestedAssociation(to: peer, contexts: ProposedContext.plain(SOPClass.verification))
        let status = try request.echo()
        if !status.isSuccess { throw .echoRefused(status) }
    }

    /// Sends objects over one association, in order, and returns an outcome for each.
    ///
    /// Each pair of SOP class and transfer syntax is one presentation context; objects beyond `maxContexts` pairs are
    /// not sent (`invalidArgument`), and so is what has an odd number of bytes. Throws if no association came about.
    public static func send(_ objects: [OutgoingObject], to peer: Peer) throws(ToolkitError) -> [SendOutcome] {
        guard !objects.isEmpty else { return [] }
        let request = try RequestedAssociation(
            to: peer, contexts: objects.map { ProposedContext($0.sopClassUID, $0.transferSyntax) })
        return objects.map { request.send($0) }
    }
}
