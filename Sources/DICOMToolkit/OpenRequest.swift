import CDCMTK
import DICOMCore

/// Owner of one association that we open. Released, or after trouble aborted, when it goes.
@safe struct OpenRequest: ~Copyable {
    private let handle: OpaquePointer

    init(_ peer: Peer) throws(ToolkitError) {
        let made = unsafe peer.host.withCString { host in
            unsafe peer.aeTitle.value.withCString { called in
                unsafe peer.callingAETitle.value.withCString { calling in
                    var values = unsafe cdcmtk_peer(
                        host: host, port: peer.port, called_ae_title: called, calling_ae_title: calling,
                        max_pdu_bytes: 131_072, connect_timeout_seconds: peer.connectTimeoutSeconds,
                        acse_timeout_seconds: peer.acseTimeoutSeconds, dimse_timeout_seconds: peer.dimseTimeoutSeconds)
                    return unsafe cdcmtk_request_new(&values)
                }
            }
        }
        guard let made = unsafe made else { throw .internalFailure }
        unsafe handle = made
    }

    deinit { unsafe cdcmtk_request_close(handle) }

    /// One too many is not proposed, and its objects will not be sent.
    borrowing func propose(_ abstractSyntax: UID, _ transferSyntax: TransferSyntax) {
        _ = unsafe cdcmtk_request_propose(handle, abstractSyntax.value, transferSyntax.uid.value)
    }

    borrowing func connect() throws(ToolkitError) {
        try check(unsafe cdcmtk_request_connect(handle))
    }

    borrowing func echo() throws(ToolkitError) -> Status {
        var status: UInt16 = 0
        try check(unsafe cdcmtk_request_echo(handle, &status))
        return Status(status)
    }

    borrowing func send(_ object: OutgoingObject) -> SendOutcome {
        var outcome = unsafe object.sopClassUID.value.withCString { sopClass in
            unsafe object.sopInstanceUID.value.withCString { sopInstance in
                unsafe object.transferSyntax.uid.value.withCString { transferSyntax in
                    unsafe object.bytes.withUnsafeBufferPointer { bytes in
                        var values = unsafe cdcmtk_object(
                            sop_class_uid: sopClass, sop_instance_uid: sopInstance,
                            transfer_syntax_uid: transferSyntax, bytes: bytes.baseAddress, count: bytes.count)
                        return unsafe cdcmtk_request_store(handle, &values)
                    }
                }
            }
        }
        switch Int(outcome.kind) {
        case CDCMTK_OUTCOME_ANSWERED:
            let comment = unsafe withUnsafeBytes(of: &outcome.error_comment) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            return .answered(Status(outcome.status), errorComment: comment)
        case CDCMTK_OUTCOME_NOT_ACCEPTED:
            return .notAccepted(ContextRefusal(rawValue: outcome.context_result) ?? .noReason)
        default:
            let failure = cdcmtk_failure(kind: outcome.why, result: 0, source: 0, reason: 0)
            return .notSent(Self.error(failure) ?? .internalFailure)
        }
    }

    private borrowing func check(_ failure: cdcmtk_failure) throws(ToolkitError) {
        if let error = Self.error(failure) { throw error }
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
        default: .internalFailure
        }
    }
}
