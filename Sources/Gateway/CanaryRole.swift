import CSandbox
import DICOMCore
import DICOMStream
import DICOMToolkit
import Foundation
import Phantom
import Synchronization

/// What the supervisor asks of a canary process.
struct CanaryErrand: Sendable, Codable {
    let port: UInt16
    let host: String
    let calledAETitle: String
    /// Seconds in which the report must be there.
    let patienceSeconds: Double
}

/// What came of it.
struct CanaryReport: Sendable, Codable {
    /// From the first byte sent to the answer, and to the report, in seconds; `nil` if it did not come.
    var answeredAfter: Double?
    var reportedAfter: Double?
    /// The DIMSE status of the answer, four hexadecimal digits, or why there was none.
    var status: String
    var answer: CanaryAnswer?
}

/// A modality and a PACS in one, for one image: a process without key, database or file, since it listens.
public enum CanaryRole {
    /// The descriptor of the link, the first that the child inherits.
    private static let linkDescriptor: Int32 = 3
    /// The picture is always the same; patient and study are new each time, or it would be a repeat.
    private static let pictureSeed: UInt64 = 0xCA_4A_12
    private static let rows = 384
    private static let columns = 320

    public static func run() throws {
        for name in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(name, SIG_IGN) }
        guard let line = UnixSocket.readLine(linkDescriptor, limit: 4096),
            let errand = try? JSONDecoder().decode(CanaryErrand.self, from: Data(line))
        else { throw GatewayError.badRequest("the canary is started by the supervisor alone") }
        try check(cxr_disable_core_dumps(), "no core files")
        try check(cxr_die_with_parent(getppid()), "end with the supervisor")
        let denied = CXR_SANDBOX_NO_EXECUTE | CXR_SANDBOX_NO_PROCESSES | CXR_SANDBOX_NO_KERNEL_DOORS
        try check(cxr_sandbox_enter(UInt32(denied)), "the sandbox")

        let object = try image()
        let arrivals = Arrivals()
        var configuration = ListenerConfiguration(port: 0)
        configuration.bindAddress = Canary.address
        let listener = try AssociationListener(configuration: configuration, handler: arrivals)
        UnixSocket.writeAll(linkDescriptor, Array("\(listener.port)\n".utf8))
        guard UnixSocket.readLine(linkDescriptor, limit: 16) != nil else { return }
        let report = try fly(object, errand, arrivals)
        UnixSocket.writeAll(linkDescriptor, Array(try JSONEncoder().encode(report)) + [UInt8(ascii: "\n")])
        // The supervisor closes the line when it has taken the results of this study off the queue.
        _ = UnixSocket.readLine(linkDescriptor, limit: 16)
        listener.stop(graceSeconds: 1)
    }

    private static func fly(_ object: OutgoingObject, _ errand: CanaryErrand, _ arrivals: Arrivals) throws
        -> CanaryReport
    {
        guard let called = AETitle(errand.calledAETitle), let calling = AETitle(Canary.title) else {
            throw GatewayError.badRequest("dicom.ae_title is not an AE title")
        }
        let peer = Peer(host: errand.host, port: errand.port, aeTitle: called, callingAETitle: calling)
        let begun = ContinuousClock.now
        func elapsed() -> Double { (ContinuousClock.now - begun) / .seconds(1) }
        let outcome: SendOutcome
        do {
            outcome = try StorageRequestor.send([object], to: peer).first ?? .notSent(.invalidArgument)
        } catch {
            outcome = .notSent(error)
        }
        var report = CanaryReport(status: "")
        switch outcome {
        case .answered(let status, _):
            report.status = "\(status)"
            report.answeredAfter = elapsed()
            guard status.isSuccess else { return report }
        case .notAccepted:
            report.status = "not accepted"
            return report
        case .notSent(let error):
            report.status = "\(error)"
            return report
        }
        guard let (bytes, syntax) = arrivals.wait(seconds: errand.patienceSeconds - elapsed()) else { return report }
        report.reportedAfter = elapsed()
        report.answer = try CanaryAnswer(report: bytes, transferSyntax: syntax)
        return report
    }

    private static func image() throws -> OutgoingObject {
        var study = FictitiousStudy(seed: UInt64.random(in: .min ... .max))
        study.patientName = Array("Canary^Synthetic".utf8)
        let dataSet = PhantomStudy.crDataSet(seed: pictureSeed, rows: rows, columns: columns, study: study)
        guard let sopClass = dataSet.uid(.sopClassUID), let instance = dataSet.uid(.sopInstanceUID) else {
            throw GatewayError.badRequest("the canary's image has no UID")
        }
        return OutgoingObject(
            sopClassUID: sopClass, sopInstanceUID: instance, transferSyntax: .explicitVRLittleEndian,
            bytes: DataSetWriter.write(dataSet, transferSyntax: .explicitVRLittleEndian))
    }

    private static func check(_ result: Int32, _ what: String) throws(GatewayError) {
        if result != 0 { throw .system(what, result) }
    }
}

/// Takes what is sent to the canary, and keeps the first report.
private final class Arrivals: AssociationHandler {
    private static let reports = [SOPClass.comprehensive3DSR, SOPClass.comprehensiveSR, SOPClass.enhancedSR]
    private static let others = [
        SOPClass.verification, SOPClass.secondaryCapture, SOPClass.keyObjectSelection,
        SOPClass.grayscalePresentationState,
    ]

    private let report = Mutex<([UInt8], TransferSyntax)?>(nil)
    private let arrived = DispatchSemaphore(value: 0)

    func wait(seconds: Double) -> ([UInt8], TransferSyntax)? {
        guard arrived.wait(timeout: .now() + max(0, seconds)) == .success else { return nil }
        return report.withLock { $0 }
    }

    func admit(_ request: AssociationRequest) -> AssociationVerdict {
        .accept(
            (Self.reports + Self.others).map {
                AcceptedContext(
                    abstractSyntax: $0, transferSyntaxes: [.explicitVRLittleEndian, .implicitVRLittleEndian])
            })
    }

    func beginStore(_ request: StoreRequest) -> any StoreReceiver {
        let isReport = Self.reports.contains { $0.value == request.sopClassUID }
        return Taker { [self] bytes in
            guard isReport else { return }
            let isFirst = report.withLock { kept in
                defer { if kept == nil { kept = (bytes, request.transferSyntax) } }
                return kept == nil
            }
            if isFirst { arrived.signal() }
        }
    }

    func noContextAccepted(_ request: AssociationRequest) {}
    func associationEnded(_ request: AssociationRequest, how: AssociationEnd) {}

    private final class Taker: StoreReceiver {
        private var bytes: [UInt8] = []
        private let taken: ([UInt8]) -> Void

        init(_ taken: @escaping ([UInt8]) -> Void) { self.taken = taken }

        func receive(_ more: UnsafeRawBufferPointer) { unsafe bytes.append(contentsOf: more) }

        func finish() -> StoreAnswer {
            taken(bytes)
            return StoreAnswer(.success)
        }

        func cancel() {}
    }
}
