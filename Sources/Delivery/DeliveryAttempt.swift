import DICOMCore
import DICOMToolkit
import Passage

/// One try to hand results to a destination: send, read the status, say what it means.
public enum DeliveryAttempt {
    /// What became of one object.
    public enum Outcome: Sendable, Hashable {
        /// The destination has it; `status` is Success or a warning.
        case stored(status: Status)
        /// It does not; the reason has no identifiers. `isOutage`: the destination itself is in trouble, not the object.
        case failed(JobFailure, isOutage: Bool)

        public var isOutage: Bool {
            if case .failed(_, true) = self { true } else { false }
        }
    }

    /// Sends `objects` over one association. Never throws: every trouble is an outcome of each object it befell.
    public static func send(_ objects: [OutgoingObject], to peer: Peer) -> [Outcome] {
        let outcomes: [SendOutcome]
        do {
            outcomes = try StorageRequestor.send(objects, to: peer)
        } catch {
            // Whatever keeps an association from coming about may pass: a PACS restarts, a registration is mended.
            return objects.map { _ in
                .failed(JobFailure("\(error.code): \(error.message)", isTransient: true), isOutage: true)
            }
        }
        return outcomes.map(reading)
    }

    /// Source: PS3.4 B.2.3; field experience: warnings count as stored, A7xx and C-STORE timeouts are tried again.
    static func reading(_ outcome: SendOutcome) -> Outcome {
        switch outcome {
        case .answered(let status, _):
            if status.isSuccess || status.isWarning { return .stored(status: status) }
            return .failed(
                JobFailure("DEL-001: the destination answered \(status)", isTransient: status.isTransient),
                isOutage: status.isTransient)
        case .notAccepted:
            return .failed(
                JobFailure(
                    "DEL-002: the destination accepts no presentation context for this kind of object",
                    isTransient: false), isOutage: false)
        case .notSent(let error):
            let isOurs = error == .invalidArgument
            return .failed(
                JobFailure("DEL-003: not sent: \(error.code)", isTransient: !isOurs), isOutage: !isOurs)
        }
    }
}
