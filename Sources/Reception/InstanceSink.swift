import DICOMCore
import DICOMStream
import DICOMToolkit

/// An instance whose header has been read and admitted; its pixels are still arriving.
public struct ArrivingInstance: Sendable {
    public let sender: AETitle
    public let sopClassUID: UID
    public let sopInstanceUID: UID
    public let transferSyntax: TransferSyntax
    /// Everything before the pixel data, as parsed; identifies the patient.
    public let header: PHI<DataSet>
    /// The same as it arrived.
    public let headerBytes: PHI<[UInt8]>
    public let geometry: PixelGeometry
    /// Bytes of native pixel data that will follow; `nil` for encapsulated.
    public let nativeByteCount: Int?
}

/// What lies behind the front door: de-identifies, seals and commits.
public protocol InstanceSink: Sendable {
    /// Called when the header is complete. Throws ``IntakeRefusal`` to refuse the instance.
    func begin(_ instance: ArrivingInstance) throws -> any InstanceIntake
    /// Something was refused before or instead of an intake: make it durable in the journal and the counters.
    /// `meaning` says why in words without identifiers; `detail` what mending it needs, as a certificate's fingerprint.
    func refused(sender: String, address: String, code: String, meaning: String, detail: String?, isAssociation: Bool)
    /// A destination reports on objects that we asked it to commit to. Returns the status to answer with.
    func commitmentReported(_ message: NormalizedMessage, by sender: AETitle) -> Status
    /// A source asks us to take responsibility for what it sent. Returns the status to answer with.
    func commitmentRequested(_ message: NormalizedMessage, by sender: AETitle) -> Status
}

extension InstanceSink {
    /// Whoever asks nobody to commit knows no such transaction.
    public func commitmentReported(_ message: NormalizedMessage, by sender: AETitle) -> Status { .noSuchObjectInstance }

    /// Whoever takes responsibility for nothing authorizes nobody.
    public func commitmentRequested(_ message: NormalizedMessage, by sender: AETitle) -> Status { .notAuthorized }
}

/// One instance on its way to the disk; used on one thread.
public protocol InstanceIntake: AnyObject {
    /// The next run of pixel bytes, as they arrived.
    func pixels(_ bytes: UnsafeRawBufferPointer) throws
    /// Everything has arrived: `trailer` are the elements behind the pixels.
    /// When this returns, the instance is durable, sealed, queued and journalled.
    func commit(trailer: PHI<[UInt8]>, byteCount: Int) throws
    /// The instance will not be completed; leave nothing.
    func abandon()
}

/// Why an instance is refused: a status for the sender, and a stable code for the journal.
public struct IntakeRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    public let status: Status
    public let code: String
    /// For the sender's operator, 64 characters at most, no identifiers.
    public let comment: String

    public init(status: Status, code: String, comment: String) {
        self.status = status
        self.code = code
        self.comment = String(comment.prefix(64))
    }

    public var description: String { "\(code): \(comment)" }
}
