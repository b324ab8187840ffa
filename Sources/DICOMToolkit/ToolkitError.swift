import DICOMCore

/// What can go wrong between us and DCMTK, OpenJPEG or a peer. Holds no patient data and no text of a peer.
public enum ToolkitError: Error, Equatable, Sendable {
    /// The listener could not take its address and port; `errno` says why.
    case cannotListen(errno: Int32)
    /// No TCP connection to the peer came about within the time.
    case cannotConnect
    /// The peer was silent for longer than allowed.
    case timedOut
    /// The peer rejected the association (PS3.8 Table 9-21).
    case rejected(Rejection)
    /// The peer aborted the association.
    case aborted
    /// The connection broke.
    case connectionLost
    /// The peer sent what its role does not allow, or garbage.
    case protocolViolation
    /// The peer did not accept the presentation context that this needs.
    case contextNotAccepted
    /// The peer answered C-ECHO with something else than Success.
    case echoRefused(Status)
    /// Our own call cannot be carried out: an empty list, a title or host that cannot be encoded.
    case invalidArgument
    /// A secured connection to the peer did not come about.
    case notSecured(TLSFailure)
    /// Our own certificates cannot be used.
    case cannotSecure(TLSFailure)
    /// The peer answered a query with more than was allowed.
    case tooManyAnswers
    /// DCMTK gave up without a reason that we know: memory, most likely.
    case internalFailure
    /// No codec for this transfer syntax.
    case unsupportedTransferSyntax
    /// The encapsulated pixel data are not a sequence of items (PS3.5 A.4).
    case malformedEncapsulation
    /// The header of the compressed image does not agree with the data set, or is impossible.
    case geometryMismatch
    /// The decoded frame would be larger than the limit.
    case frameTooLarge
    /// The codec refused the compressed bytes.
    case decodingFailed
    /// The decoding child process could not be started; `errno` says why.
    case cannotStartWorker(errno: Int32)
    /// The decoding child was killed at its time limit, or died of its own.
    case workerDied
    /// The decoding child overran its time limit and was killed.
    case workerTimedOut

    /// A code that stays the same between versions.
    public var code: String { description(of: self).code }

    /// What happened and what to do, for people. No patient data.
    public var message: String { description(of: self).message }

    /// The image is at fault, not a peer or this machine.
    public var isAboutData: Bool {
        switch self {
        case .unsupportedTransferSyntax, .malformedEncapsulation, .geometryMismatch, .frameTooLarge, .decodingFailed,
            .workerDied, .workerTimedOut:
            true
        default: false
        }
    }

    private func description(of error: ToolkitError) -> (code: String, message: String) {
        switch error {
        case .cannotListen(let number):
            ("TKT-001", "cannot listen on the configured address and port (errno \(number)); see what else uses it")
        case .cannotConnect: ("TKT-002", "cannot connect to the peer; check host, port and firewall")
        case .timedOut: ("TKT-003", "the peer did not answer in time; check that it runs, then its timeouts")
        case .rejected(let rejection):
            ("TKT-004", "the peer rejected the association: \(rejection); check both AE titles on the peer")
        case .aborted: ("TKT-005", "the peer aborted the association; its log says why")
        case .connectionLost: ("TKT-006", "the connection to the peer broke; retry")
        case .protocolViolation: ("TKT-007", "the peer does not speak DICOM as agreed; check the port")
        case .contextNotAccepted: ("TKT-008", "the peer does not offer this service; check its configuration")
        case .echoRefused(let status): ("TKT-009", "the peer refused C-ECHO with status \(status)")
        case .invalidArgument: ("TKT-010", "nothing to send, or a title or host that cannot be encoded")
        case .internalFailure: ("TKT-011", "the DICOM library failed; check memory")
        case .unsupportedTransferSyntax: ("TKT-012", "no codec for this transfer syntax")
        case .malformedEncapsulation: ("TKT-013", "the compressed pixel data are malformed; send the image again")
        case .geometryMismatch: ("TKT-014", "the compressed image and its header disagree about its size")
        case .frameTooLarge: ("TKT-015", "the image is larger than the decoder's limit")
        case .decodingFailed: ("TKT-016", "the compressed image cannot be decoded")
        case .cannotStartWorker(let number): ("TKT-017", "cannot start the decoding process (errno \(number))")
        case .workerDied: ("TKT-018", "the decoding process died; the image is taken for hostile")
        case .notSecured(let why): ("TKT-020", "no secured connection to the peer: \(why.meaning)")
        case .cannotSecure(let why): ("TKT-021", "TLS cannot be used: \(why.meaning)")
        case .tooManyAnswers:
            ("TKT-022", "the peer answered a query with more than is allowed; check its query service")
        case .workerTimedOut: ("TKT-019", "the decoding process overran its time; the image is taken for hostile")
        }
    }
}

extension ToolkitError: CustomStringConvertible {
    public var description: String { "\(code): \(message)" }
}
