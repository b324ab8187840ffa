import DICOMCore
import DICOMToolkit
import Foundation
import Synchronization

/// A handler that remembers everything, and answers by rules.
final class Recorder: AssociationHandler {
    struct Stored: Sendable {
        var request: StoreRequest
        var bytes: [UInt8] = []
        var finished = false
        var cancelled = false
    }

    struct State: Sendable {
        var admitted: [AssociationRequest] = []
        var stores: [Stored] = []
        var ends: [AssociationEnd] = []
    }

    private let state = Mutex(State())
    private let changed = NSCondition()
    let verdict: @Sendable (AssociationRequest) -> AssociationVerdict
    let answer: @Sendable (StoreRequest) -> StoreAnswer

    static let contexts = [
        AcceptedContext(
            abstractSyntax: SOPClass.verification, transferSyntaxes: [.explicitVRLittleEndian, .implicitVRLittleEndian]),
        AcceptedContext(abstractSyntax: SOPClass.computedRadiography, transferSyntaxes: TransferSyntax.receivable),
        AcceptedContext(abstractSyntax: SOPClass.secondaryCapture, transferSyntaxes: TransferSyntax.receivable),
    ]

    init(
        verdict: @escaping @Sendable (AssociationRequest) -> AssociationVerdict = { _ in .accept(Recorder.contexts) },
        answer: @escaping @Sendable (StoreRequest) -> StoreAnswer = { _ in StoreAnswer(.success) }
    ) {
        self.verdict = verdict
        self.answer = answer
    }

    var now: State { state.withLock { $0 } }

    func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    /// Waits until a condition holds. False after a minute, which only a defect reaches.
    func wait(until condition: (State) -> Bool) -> Bool {
        let limit = Date(timeIntervalSinceNow: 60)
        changed.lock()
        defer { changed.unlock() }
        while !condition(now) {
            if !changed.wait(until: min(limit, Date(timeIntervalSinceNow: 0.2))), Date() > limit { return false }
        }
        return true
    }

    func admit(_ request: AssociationRequest) -> AssociationVerdict {
        change { $0.admitted.append(request) }
        return verdict(request)
    }

    func noContextAccepted(_ request: AssociationRequest) {}

    func beginStore(_ request: StoreRequest) -> any StoreReceiver {
        var index = 0
        change {
            index = $0.stores.count
            $0.stores.append(Stored(request: request))
        }
        return Receiver(self, index, request)
    }

    func associationEnded(_ request: AssociationRequest, how: AssociationEnd) { change { $0.ends.append(how) } }

    final class Receiver: StoreReceiver {
        let recorder: Recorder
        let index: Int
        let request: StoreRequest
        var bytes: [UInt8] = []

        init(_ recorder: Recorder, _ index: Int, _ request: StoreRequest) {
            self.recorder = recorder
            self.index = index
            self.request = request
        }

        func receive(_ bytes: UnsafeRawBufferPointer) {
            if self.bytes.isEmpty {
                let first = unsafe Array(bytes)
                recorder.change { $0.stores[index].bytes = first }
            }
            unsafe self.bytes.append(contentsOf: bytes)
        }

        func finish() -> StoreAnswer {
            let all = bytes
            recorder.change {
                $0.stores[index].bytes = all
                $0.stores[index].finished = true
            }
            return recorder.answer(request)
        }

        func cancel() { recorder.change { $0.stores[index].cancelled = true } }
    }
}

/// A listener on a free loopback port, for a test.
func listen(
    _ recorder: Recorder, _ adjust: (inout ListenerConfiguration) -> Void = { _ in }
) throws -> AssociationListener {
    var configuration = ListenerConfiguration(port: 0)
    configuration.bindAddress = "127.0.0.1"
    adjust(&configuration)
    return try AssociationListener(configuration: configuration, handler: recorder)
}

func title(_ text: String) throws -> AETitle {
    guard let title = AETitle(text) else { throw TestFailure("not an AE title") }
    return title
}

func peer(_ port: UInt16) throws -> Peer {
    Peer(host: "127.0.0.1", port: port, aeTitle: try title("CXRGATE"), callingAETitle: try title("MODALITY1"))
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
