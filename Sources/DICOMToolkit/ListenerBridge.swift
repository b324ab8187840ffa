import CDCMTK
import DICOMCore

/// Carries the callbacks of the C listener to a Swift handler.
final class ListenerBridge: Sendable {
    let handler: any AssociationHandler

    init(_ handler: any AssociationHandler) { self.handler = handler }

    /// One accepted association, owned by the C side between `admit` and `ended`.
    final class Association {
        let request: AssociationRequest
        let handler: any AssociationHandler

        init(_ request: AssociationRequest, _ handler: any AssociationHandler) {
            self.request = request
            self.handler = handler
        }
    }

    /// One C-STORE, owned by the C side between `begin_store` and `finish` or `cancel`.
    final class Store {
        let receiver: any StoreReceiver

        init(_ receiver: any StoreReceiver) { self.receiver = receiver }
    }

    /// The bridge itself is not retained by the C side: the listener keeps it until the last association has ended.
    var callbacks: cdcmtk_handler {
        unsafe cdcmtk_handler(
            context: Unmanaged.passUnretained(self).toOpaque(),
            admit: { context, association, verdict in
                guard let context = unsafe context, let association = unsafe association, let verdict = unsafe verdict
                else { return nil }
                let bridge = unsafe Unmanaged<ListenerBridge>.fromOpaque(context).takeUnretainedValue()
                return unsafe bridge.admit(association.pointee, verdict)
            },
            no_context: { association in
                guard let association = unsafe association else { return }
                let owner = unsafe Unmanaged<Association>.fromOpaque(association).takeUnretainedValue()
                owner.handler.noContextAccepted(owner.request)
            },
            begin_store: { association, store in
                guard let association = unsafe association, let store = unsafe store else { return nil }
                let owner = unsafe Unmanaged<Association>.fromOpaque(association).takeUnretainedValue()
                return unsafe owner.beginStore(store.pointee)
            },
            receive: { receiver, bytes, count in
                guard let receiver = unsafe receiver else { return }
                let store = unsafe Unmanaged<Store>.fromOpaque(receiver).takeUnretainedValue()
                unsafe store.receiver.receive(UnsafeRawBufferPointer(start: bytes, count: count))
            },
            finish: { receiver, answer in
                guard let receiver = unsafe receiver, let answer = unsafe answer else { return }
                let store = unsafe Unmanaged<Store>.fromOpaque(receiver).takeRetainedValue()
                let given = store.receiver.finish()
                unsafe answer.pointee.status = given.status.code
                unsafe ListenerBridge.write(given.errorComment, into: &answer.pointee.error_comment)
            },
            cancel: { receiver in
                guard let receiver = unsafe receiver else { return }
                unsafe Unmanaged<Store>.fromOpaque(receiver).takeRetainedValue().receiver.cancel()
            },
            normalized: { association, message in
                guard let association = unsafe association, let message = unsafe message,
                    let received = unsafe NormalizedMessage(message.pointee)
                else { return Status.processingFailure.code }
                let owner = unsafe Unmanaged<Association>.fromOpaque(association).takeUnretainedValue()
                return owner.handler.perform(received, on: owner.request).code
            },
            handshake_failed: { context, address, why in
                guard let context = unsafe context, let address = unsafe address else { return }
                let bridge = unsafe Unmanaged<ListenerBridge>.fromOpaque(context).takeUnretainedValue()
                bridge.handler.handshakeFailed(
                    peerAddress: unsafe String(cString: address), why: TLSFailure(rawValue: why) ?? .protocolMismatch)
            },
            ended: { association, how in
                guard let association = unsafe association else { return }
                let owner = unsafe Unmanaged<Association>.fromOpaque(association).takeRetainedValue()
                owner.handler.associationEnded(owner.request, how: AssociationEnd(rawValue: how) ?? .internalError)
            })
    }

    private func admit(_ association: cdcmtk_association, _ verdict: OpaquePointer) -> UnsafeMutableRawPointer? {
        let fingerprint = unsafe String(cString: association.fingerprint)
        let request = unsafe AssociationRequest(
            id: association.number,
            callingAETitle: String(
                decoding: UnsafeBufferPointer(start: association.calling_ae_title, count: 16), as: UTF8.self),
            calledAETitle: String(
                decoding: UnsafeBufferPointer(start: association.called_ae_title, count: 16), as: UTF8.self),
            peerAddress: String(cString: association.peer_address), isSecure: association.is_secure,
            certificateFingerprint: fingerprint.isEmpty ? nil : fingerprint)
        switch handler.admit(request) {
        case .reject(let rejection):
            unsafe cdcmtk_verdict_reject(verdict, rejection.result, rejection.source, rejection.reason)
            return nil
        case .accept(let contexts):
            for context in contexts {
                if context.mayReverseRoles {
                    unsafe cdcmtk_verdict_accept_reversed(verdict, context.abstractSyntax.value)
                }
                for transferSyntax in context.transferSyntaxes {
                    unsafe cdcmtk_verdict_accept(verdict, context.abstractSyntax.value, transferSyntax.uid.value)
                }
            }
            return unsafe Unmanaged.passRetained(Association(request, handler)).toOpaque()
        }
    }

    /// Printable characters of the default repertoire, at most 64, NUL-terminated.
    private static func write<Characters>(_ comment: String, into field: inout Characters) {
        let allowed = comment.utf8.lazy.filter { (0x20...0x7E).contains($0) && $0 != 0x5C }.prefix(64)
        unsafe withUnsafeMutableBytes(of: &field) { bytes in
            for (index, byte) in allowed.enumerated() { unsafe bytes[index] = byte }
            unsafe bytes[min(allowed.count, 64)] = 0
        }
    }
}

extension ListenerBridge.Association {
    fileprivate func beginStore(_ store: cdcmtk_store) -> UnsafeMutableRawPointer? {
        // We accepted this transfer syntax, so it conforms; anything else is not ours to receive.
        guard let transferSyntax = unsafe UID(String(cString: store.transfer_syntax_uid)) else { return nil }
        let request = unsafe StoreRequest(
            association: request, sopClassUID: String(cString: store.sop_class_uid),
            sopInstanceUID: String(cString: store.sop_instance_uid),
            transferSyntax: TransferSyntax(transferSyntax), messageID: store.message_id)
        return unsafe Unmanaged.passRetained(ListenerBridge.Store(handler.beginStore(request))).toOpaque()
    }
}
