import DICOMCore

/// A peer's wish for an association.
public struct AssociationRequest: Sendable {
    /// Unique within this process.
    public let id: UInt64
    /// The 16 characters as sent, padding included; bytes that are no UTF-8 are replaced. `AETitle` reads it.
    public let callingAETitle: String
    /// The same for the title that the peer believes to be ours.
    public let calledAETitle: String
    /// Numeric IPv4 or IPv6 address.
    public let peerAddress: String
    /// Over TLS.
    public let isSecure: Bool
    /// SHA-256 of the certificate that the peer showed, lower-case hexadecimal; `nil` if it showed none.
    public let certificateFingerprint: String?

    public init(
        id: UInt64, callingAETitle: String, calledAETitle: String, peerAddress: String, isSecure: Bool = false,
        certificateFingerprint: String? = nil
    ) {
        self.id = id
        self.callingAETitle = callingAETitle
        self.calledAETitle = calledAETitle
        self.peerAddress = peerAddress
        self.isSecure = isSecure
        self.certificateFingerprint = certificateFingerprint
    }
}

/// One abstract syntax that we serve, and the transfer syntaxes in which we take it, the most wanted first.
public struct AcceptedContext: Sendable {
    public let abstractSyntax: UID
    public let transferSyntaxes: [TransferSyntax]
    /// The peer may be the SCP of this service towards us, if it asks for that role (PS3.7 D.3.3.4).
    public let mayReverseRoles: Bool

    public init(abstractSyntax: UID, transferSyntaxes: [TransferSyntax], mayReverseRoles: Bool = false) {
        self.abstractSyntax = abstractSyntax
        self.transferSyntaxes = transferSyntaxes
        self.mayReverseRoles = mayReverseRoles
    }
}

/// The answer to an association request. Proposed contexts that are not listed are refused one by one (PS3.8 9.3.3.2).
public enum AssociationVerdict: Sendable {
    case accept([AcceptedContext])
    case reject(Rejection)
}

/// The command of one C-STORE.
///
/// Source: PS3.7 9.3.1.1.
public struct StoreRequest: Sendable {
    public let association: AssociationRequest
    /// Affected SOP Class UID; equals the abstract syntax of its presentation context.
    public let sopClassUID: String
    /// Affected SOP Instance UID as sent; it may not conform to PS3.5 9.1.
    public let sopInstanceUID: String
    /// The agreed encoding of the data set that follows.
    public let transferSyntax: TransferSyntax
    public let messageID: UInt16

    public init(
        association: AssociationRequest, sopClassUID: String, sopInstanceUID: String, transferSyntax: TransferSyntax,
        messageID: UInt16
    ) {
        self.association = association
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.transferSyntax = transferSyntax
        self.messageID = messageID
    }
}

/// What a C-STORE is answered with.
public struct StoreAnswer: Sendable {
    public let status: Status
    /// At most 64 characters of the default repertoire go out (PS3.7 Annex C); never patient data.
    public let errorComment: String

    public init(_ status: Status, errorComment: String = "") {
        self.status = status
        self.errorComment = errorComment
    }
}

/// How an accepted association ended.
public enum AssociationEnd: Int32, Sendable, CaseIterable {
    case released = 0
    case abortedByPeer = 1
    case connectionLost = 2
    /// No message for the idle timeout; we aborted.
    case idle = 3
    /// A message did not go on for the stall timeout; we aborted.
    case stalled = 4
    /// The peer broke the protocol; we aborted.
    case protocolError = 5
    /// The listener was stopped.
    case stopped = 6
    /// Memory, or a defect below us.
    case internalError = 7
}

/// Takes the data set of one C-STORE, PDV by PDV, on one thread. Exactly one of `finish` and `cancel` ends it.
public protocol StoreReceiver: AnyObject {
    /// The next bytes, valid during the call only. Never throws: trouble is remembered until `finish`.
    func receive(_ bytes: UnsafeRawBufferPointer)
    /// After the last PDV: commits, and says what the peer is to be told.
    func finish() -> StoreAnswer
    /// The association ended in the middle of the data set; no answer can be given.
    func cancel()
}

/// Decides what a listener accepts and where the bytes go. Called on the thread of each association.
public protocol AssociationHandler: Sendable {
    func admit(_ request: AssociationRequest) -> AssociationVerdict
    /// Every presentation context that the peer proposed was refused: it asks for nothing that is served here.
    func noContextAccepted(_ request: AssociationRequest)
    func beginStore(_ request: StoreRequest) -> any StoreReceiver
    /// Answers an N-ACTION or N-EVENT-REPORT on an accepted context.
    func perform(_ message: NormalizedMessage, on association: AssociationRequest) -> Status
    /// Once for each association that `admit` accepted.
    func associationEnded(_ request: AssociationRequest, how: AssociationEnd)
    /// A peer and we could not agree on a secured connection.
    func handshakeFailed(peerAddress: String, why: TLSFailure)
}

extension AssociationHandler {
    /// Whoever serves no normalized message does not know the operation.
    public func perform(_ message: NormalizedMessage, on association: AssociationRequest) -> Status {
        .unrecognizedOperation
    }

    public func handshakeFailed(peerAddress: String, why: TLSFailure) {}
}
