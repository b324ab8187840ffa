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

    /// Kinds of objects that are taken; everything else is refused as a presentation context.
    public static let storageClasses: [UID] = [
        SOPClass.computedRadiography, SOPClass.digitalXRayForPresentation, SOPClass.secondaryCapture,
    ]

    /// - Parameter hasRoom: says whether the disk has room for another image.
    public init(
        ourTitle: AETitle, directory: any SenderDirectory, sink: any InstanceSink,
        hasRoom: @escaping @Sendable () -> Bool
    ) {
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
        guard senders.contains(where: { $0.host == nil || $0.host == request.peerAddress }) else {
            return refuse(request, .address, .callingAETitleNotRecognized)
        }
        guard hasRoom() else { return refuse(request, .diskLow, .localLimitExceeded) }
        return .accept(Self.contexts)
    }

    public func beginStore(_ request: StoreRequest) -> any StoreReceiver {
        StoreIntake(request: request, sink: sink, hasRoom: hasRoom)
    }

    public func noContextAccepted(_ request: AssociationRequest) {
        report(request, .noContext)
    }

    public func associationEnded(_ request: AssociationRequest, how: AssociationEnd) {}

    private func refuse(
        _ request: AssociationRequest, _ why: AssociationRefusal, _ rejection: Rejection
    ) -> AssociationVerdict {
        report(request, why)
        return .reject(rejection)
    }

    private func report(_ request: AssociationRequest, _ why: AssociationRefusal) {
        let sender = AETitle(request.callingAETitle)?.value ?? "?"
        sink.refused(
            sender: sender, address: request.peerAddress, code: why.rawValue, meaning: why.meaning, isAssociation: true)
    }

    private static let contexts: [AcceptedContext] =
        [
            AcceptedContext(
                abstractSyntax: SOPClass.verification,
                transferSyntaxes: [.explicitVRLittleEndian, .implicitVRLittleEndian])
        ]
        + storageClasses.map { AcceptedContext(abstractSyntax: $0, transferSyntaxes: TransferSyntax.receivable) }
}
