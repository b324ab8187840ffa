import DICOMCore
import DICOMToolkit
import Synchronization

/// Storage and Verification SCP: who may send what. Answers only after the sink's commit.
///
/// Source: PS3.4 Annex B (Storage), PS3.7 9.1, PS3.8 7.1.1 (reasons of rejection).
public final class ReceptionService: AssociationHandler {
    private let ourTitle: AETitle
    private let directory: any SenderDirectory
    private let sink: any InstanceSink
    private let hasRoom: @Sendable () -> Bool
    private let isStopping = Mutex(false)
    private let traffic: Mutex<Traffic>
    private let milliseconds: @Sendable () -> Int64

    /// Kinds of objects that are taken; everything else is refused as a presentation context.
    public static let storageClasses: [UID] = [
        SOPClass.computedRadiography, SOPClass.digitalXRayForPresentation, SOPClass.secondaryCapture,
    ]

    /// - Parameters:
    ///   - hasRoom: says whether the disk has room for another image.
    ///   - milliseconds: a clock that does not go backwards.
    public init(
        ourTitle: AETitle, directory: any SenderDirectory, sink: any InstanceSink,
        hasRoom: @escaping @Sendable () -> Bool, milliseconds: @escaping @Sendable () -> Int64
    ) {
        self.milliseconds = milliseconds
        traffic = Mutex(Traffic())
        self.ourTitle = ourTitle
        self.directory = directory
        self.sink = sink
        self.hasRoom = hasRoom
    }

    /// Refuses new associations from now on.
    public func stop() { isStopping.withLock { $0 = true } }

    public func admit(_ request: AssociationRequest) -> AssociationVerdict {
        if isStopping.withLock({ $0 }) { return refuse(request, .stopping, .temporaryCongestion) }
        guard AETitle(request.calledAETitle) == ourTitle else {
            return refuse(request, .calledAETitle, .calledAETitleNotRecognized)
        }
        guard let calling = AETitle(request.callingAETitle) else {
            return refuse(request, .callingAETitle, .callingAETitleNotRecognized)
        }
        let senders: [KnownSender]
        do {
            senders = try directory.sources(titled: calling)
        } catch {
            return refuse(request, .directoryUnavailable, .temporaryCongestion)
        }
        guard !senders.isEmpty else { return refuse(request, .callingAETitle, .callingAETitleNotRecognized) }
        let fromThere = senders.filter { $0.addresses.isEmpty || $0.addresses.contains(request.peerAddress) }
        guard !fromThere.isEmpty else { return refuse(request, .address, .callingAETitleNotRecognized) }
        if !request.isSecure, fromThere.allSatisfy(\.requiresTLS) {
            return refuse(request, .tlsRequired, .callingAETitleNotRecognized)
        }
        // A certificate speaks for the AE title that it is registered with, and for no other.
        guard let sender = fromThere.first(where: { $0.isShown(by: request) }) else {
            return refuse(
                request, .certificate, .callingAETitleNotRecognized, detail: request.certificateFingerprint)
        }
        if sender.isPaused { return refuse(request, .paused, .temporaryCongestion) }
        guard hasRoom() else { return refuse(request, .diskLow, .localLimitExceeded) }
        switch traffic.withLock({ $0.admit(sender, association: request.id, now: milliseconds()) }) {
        case .tooMany: return refuse(request, .tooMany, .localLimitExceeded)
        case .tooFast: return refuse(request, .tooFast, .temporaryCongestion)
        case .fine: return .accept(Self.contexts(for: sender))
        }
    }

    /// Storage Commitment: a report of a destination on what we asked it for, or a source's own request.
    public func perform(_ message: NormalizedMessage, on association: AssociationRequest) -> Status {
        guard let sender = AETitle(association.callingAETitle) else { return .unrecognizedOperation }
        switch message.kind {
        case .eventReport: return sink.commitmentReported(message, by: sender)
        case .action: return sink.commitmentRequested(message, by: sender)
        }
    }

    public func handshakeFailed(peerAddress: String, why: TLSFailure) {
        let refusal = AssociationRefusal.handshake
        sink.refused(
            sender: "?", address: peerAddress, code: refusal.rawValue, meaning: "\(refusal.meaning): \(why.meaning)",
            detail: nil, isAssociation: true)
    }

    public func beginStore(_ request: StoreRequest) -> any StoreReceiver {
        StoreIntake(request: request, sink: sink, hasRoom: hasRoom)
    }

    public func noContextAccepted(_ request: AssociationRequest) {
        report(request, .noContext)
    }

    public func associationEnded(_ request: AssociationRequest, how: AssociationEnd) {
        traffic.withLock { $0.ended(association: request.id) }
    }

    private func refuse(
        _ request: AssociationRequest, _ why: AssociationRefusal, _ rejection: Rejection, detail: String? = nil
    ) -> AssociationVerdict {
        report(request, why, detail: detail)
        return .reject(rejection)
    }

    private func report(_ request: AssociationRequest, _ why: AssociationRefusal, detail: String? = nil) {
        let sender = AETitle(request.callingAETitle)?.value ?? "?"
        sink.refused(
            sender: sender, address: request.peerAddress, code: why.rawValue, meaning: why.meaning, detail: detail,
            isAssociation: true)
    }

    private static let verification = AcceptedContext(
        abstractSyntax: SOPClass.verification, transferSyntaxes: ProposedContext.plain)

    private static let storage = storageClasses.map {
        AcceptedContext(abstractSyntax: $0, transferSyntaxes: TransferSyntax.receivable)
    }

    /// A destination is the SCP of commitment, and reports on an association that it opens (PS3.4 J.3.3); a source is its
    /// SCU, and asks.
    private static let commitmentMessages = AcceptedContext(
        abstractSyntax: SOPClass.storageCommitmentPushModel, transferSyntaxes: ProposedContext.plain,
        mayReverseRoles: true)

    private static func contexts(for sender: KnownSender) -> [AcceptedContext] {
        let commitment = sender.reportsCommitment || sender.requestsCommitment
        return [verification] + (sender.isSource ? storage : []) + (commitment ? [commitmentMessages] : [])
    }
}

extension KnownSender {
    /// Over TLS the registered certificate must have been shown; one that nobody registered speaks for nobody.
    fileprivate func isShown(by request: AssociationRequest) -> Bool {
        if !request.isSecure { return !requiresTLS }
        guard let shown = request.certificateFingerprint else { return fingerprint == nil }
        return fingerprint == shown
    }
}
