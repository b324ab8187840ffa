import CDCMTK
import DICOMCore

/// One association that we open. Released, or after trouble aborted, when it goes. Used on one thread.
///
/// Every wait has its limit in ``Peer``. After a failure of the association itself every further call fails likewise.
/// Source: PS3.8 9.2 and 9.3, PS3.7 9.1 and 10.1.
public struct RequestedAssociation: ~Copyable {
    private let owner: Owner

    /// Closes what it owns, also when the opening fails half-way. A class: in release builds other modules would refer to
    /// the metadata of a private struct with a `deinit`, which this module does not emit.
    @safe private final class Owner {
        let pointer: OpaquePointer
        init(pointer: OpaquePointer) { unsafe self.pointer = pointer }
        deinit { unsafe cdcmtk_request_close(pointer) }
    }

    private var handle: OpaquePointer { unsafe owner.pointer }

    /// Opens it with these presentation contexts, at most `StorageRequestor.maxContexts`; one too many is not proposed.
    ///
    /// - Parameter providing: abstract syntaxes for which we ask to be the SCP.
    public init(
        to peer: Peer, contexts: [ProposedContext], providing: [UID] = []
    ) throws(ToolkitError) {
        let made = unsafe peer.host.withCString { host in
            unsafe peer.aeTitle.value.withCString { called in
                unsafe peer.callingAETitle.value.withCString { calling in
                    unsafe (peer.fingerprint ?? "").withCString { fingerprint in
                        var values = unsafe cdcmtk_peer(
                            host: host, port: peer.port, called_ae_title: called, calling_ae_title: calling,
                            max_pdu_bytes: 131_072, connect_timeout_seconds: peer.connectTimeoutSeconds,
                            acse_timeout_seconds: peer.acseTimeoutSeconds,
                            dimse_timeout_seconds: peer.dimseTimeoutSeconds, tls: peer.security?.handle,
                            fingerprint: fingerprint)
                        return unsafe cdcmtk_request_new(&values)
                    }
                }
            }
        }
        guard let made = unsafe made else { throw .internalFailure }
        let owner = unsafe Owner(pointer: made)
        for context in contexts {
            _ = unsafe cdcmtk_request_propose(made, context.abstractSyntax.value, context.transferSyntax.uid.value)
        }
        for abstractSyntax in providing { _ = unsafe cdcmtk_request_reverse(made, abstractSyntax.value) }
        let failure = unsafe cdcmtk_request_connect(made)
        withExtendedLifetime(peer.security) {}
        try Self.check(failure)
        self.owner = owner
    }

    /// What the peer said to a context; `nil` if it accepted.
    public borrowing func refusal(of context: ProposedContext) -> ContextRefusal? {
        let result = unsafe cdcmtk_request_context(
            handle, context.abstractSyntax.value, context.transferSyntax.uid.value)
        return result == 0 ? nil : ContextRefusal(rawValue: result) ?? .noReason
    }

    /// The first of these encodings in which the peer takes an abstract syntax.
    public borrowing func accepted(
        _ abstractSyntax: UID, in syntaxes: [TransferSyntax] = ProposedContext.plain
    ) -> TransferSyntax? {
        for syntax in syntaxes where refusal(of: ProposedContext(abstractSyntax, syntax)) == nil { return syntax }
        return nil
    }

    public borrowing func echo() throws(ToolkitError) -> Status {
        var status: UInt16 = 0
        try Self.check(unsafe cdcmtk_request_echo(handle, &status))
        return Status(status)
    }

    /// Sends one object by C-STORE.
    public borrowing func send(_ object: OutgoingObject) -> SendOutcome {
        var outcome = unsafe withObject(
            object.sopClassUID, object.sopInstanceUID, object.transferSyntax, object.bytes
        ) { values in unsafe cdcmtk_request_store(handle, values) }
        switch Int(outcome.kind) {
        case CDCMTK_OUTCOME_ANSWERED:
            let comment = unsafe withUnsafeBytes(of: &outcome.error_comment) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            return .answered(Status(outcome.status), errorComment: comment)
        case CDCMTK_OUTCOME_NOT_ACCEPTED:
            return .notAccepted(ContextRefusal(rawValue: outcome.context_result) ?? .noReason)
        default:
            let failure = cdcmtk_failure(kind: outcome.why, result: 0, source: 0, reason: 0, tls: 0)
            return .notSent(Self.error(failure) ?? .internalFailure)
        }
    }

    /// Asks C-FIND; returns the encoded identifiers of the answers, which identify patients, and the final status.
    /// Throws `tooManyAnswers`, and the association is over, when more come than `limits` allow.
    public borrowing func find(
        _ sopClass: UID, identifier: [UInt8], in transferSyntax: TransferSyntax, limits: FindLimits = .standard
    ) throws(ToolkitError) -> (answers: [[UInt8]], status: Status) {
        var answers: [[UInt8]] = []
        var status: UInt16 = 0
        let failure = unsafe withUnsafeMutablePointer(to: &answers) { collected in
            unsafe withObject(sopClass, sopClass, transferSyntax, identifier) { values in
                unsafe cdcmtk_request_find(
                    handle, values, UInt32(clamping: limits.answers), limits.bytes, UnsafeMutableRawPointer(collected),
                    { context, bytes, count in
                        guard let context = unsafe context else { return }
                        let answer = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
                        unsafe context.assumingMemoryBound(to: [[UInt8]].self).pointee.append(answer)
                    }, &status)
            }
        }
        try Self.check(failure)
        return (answers, Status(status))
    }

    /// Sends an N-ACTION or N-EVENT-REPORT.
    public borrowing func send(_ message: NormalizedMessage) throws(ToolkitError) -> Status {
        var status: UInt16 = 0
        let failure = unsafe message.sopClassUID.withCString { sopClass in
            unsafe message.sopInstanceUID.withCString { sopInstance in
                unsafe message.transferSyntax.uid.value.withCString { syntax in
                    unsafe message.dataSet.withUnsafeBufferPointer { bytes in
                        var values = unsafe cdcmtk_normalized(
                            field: message.kind.rawValue, sop_class_uid: sopClass, sop_instance_uid: sopInstance,
                            transfer_syntax_uid: syntax, type_id: message.typeID, bytes: bytes.baseAddress,
                            count: bytes.count)
                        return unsafe cdcmtk_request_normalized(handle, &values, &status)
                    }
                }
            }
        }
        try Self.check(failure)
        return Status(status)
    }

    /// Waits for one N-EVENT-REPORT of the peer on this association and answers it with what `answer` says. Returns
    /// whether one came.
    public borrowing func awaitEvent(
        seconds: Double, answer: (NormalizedMessage) -> Status
    ) throws(ToolkitError) -> Bool {
        let failure = withoutActuallyEscaping(answer) { answer in
            var box = EventBox(answer: answer)
            return unsafe withUnsafeMutablePointer(to: &box) { pointer in
                unsafe cdcmtk_request_await_event(handle, seconds, UnsafeMutableRawPointer(pointer)) { context, event in
                    guard let context = unsafe context, let event = unsafe event,
                        let message = unsafe NormalizedMessage(event.pointee)
                    else { return Status.processingFailure.code }
                    return unsafe context.assumingMemoryBound(to: EventBox.self).pointee.answer(message).code
                }
            }
        }
        if Int(failure.kind) == CDCMTK_FAILED_TIMEOUT { return false }
        try Self.check(failure)
        return true
    }

    private struct EventBox { let answer: (NormalizedMessage) -> Status }

    private borrowing func withObject<Result>(
        _ sopClass: UID, _ sopInstance: UID, _ transferSyntax: TransferSyntax, _ bytes: [UInt8],
        _ body: (UnsafePointer<cdcmtk_object>) -> Result
    ) -> Result {
        unsafe sopClass.value.withCString { sopClass in
            unsafe sopInstance.value.withCString { sopInstance in
                unsafe transferSyntax.uid.value.withCString { transferSyntax in
                    unsafe bytes.withUnsafeBufferPointer { bytes in
                        var values = unsafe cdcmtk_object(
                            sop_class_uid: sopClass, sop_instance_uid: sopInstance,
                            transfer_syntax_uid: transferSyntax, bytes: bytes.baseAddress, count: bytes.count)
                        return unsafe body(&values)
                    }
                }
            }
        }
    }

    private static func check(_ failure: cdcmtk_failure) throws(ToolkitError) {
        if let error = error(failure) { throw error }
    }

    private static func error(_ failure: cdcmtk_failure) -> ToolkitError? {
        switch Int(failure.kind) {
        case CDCMTK_OK: nil
        case CDCMTK_FAILED_CONNECT: .cannotConnect
        case CDCMTK_FAILED_TIMEOUT: .timedOut
        case CDCMTK_FAILED_REJECTED:
            .rejected(Rejection(result: failure.result, source: failure.source, reason: failure.reason))
        case CDCMTK_FAILED_ABORTED: .aborted
        case CDCMTK_FAILED_LOST: .connectionLost
        case CDCMTK_FAILED_PROTOCOL: .protocolViolation
        case CDCMTK_FAILED_NO_CONTEXT: .contextNotAccepted
        case CDCMTK_FAILED_ARGUMENT: .invalidArgument
        case CDCMTK_FAILED_TLS: .notSecured(TLSFailure(rawValue: failure.tls) ?? .protocolMismatch)
        case CDCMTK_FAILED_TOO_MUCH: .tooManyAnswers
        default: .internalFailure
        }
    }
}

/// An abstract syntax in one transfer syntax, to be proposed.
public struct ProposedContext: Sendable, Hashable {
    public let abstractSyntax: UID
    public let transferSyntax: TransferSyntax

    public init(_ abstractSyntax: UID, _ transferSyntax: TransferSyntax) {
        self.abstractSyntax = abstractSyntax
        self.transferSyntax = transferSyntax
    }

    /// The encodings of queries and commitment messages; the first is preferred.
    public static let plain: [TransferSyntax] = [.explicitVRLittleEndian, .implicitVRLittleEndian]

    /// An abstract syntax in each of the plain encodings.
    public static func plain(_ abstractSyntax: UID) -> [ProposedContext] {
        plain.map { ProposedContext(abstractSyntax, $0) }
    }
}

/// How much a peer may answer to one query.
public struct FindLimits: Sendable, Hashable {
    public var answers: Int
    /// Of all answers together.
    public var bytes: Int

    /// A study has a handful of images; more than this is a wrong answer or an attack.
    public static let standard = FindLimits(answers: 2_000, bytes: 4 << 20)

    public init(answers: Int, bytes: Int) {
        self.answers = answers
        self.bytes = bytes
    }
}
