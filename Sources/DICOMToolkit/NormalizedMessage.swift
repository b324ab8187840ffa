import CDCMTK
import DICOMCore

/// An N-ACTION or N-EVENT-REPORT: the messages of Storage Commitment.
///
/// Source: PS3.7 10.1.1 and 10.1.4.
public struct NormalizedMessage: Sendable {
    public enum Kind: UInt16, Sendable { case eventReport = 0x0100, action = 0x0130 }

    public let kind: Kind
    /// As sent.
    public let sopClassUID: String
    public let sopInstanceUID: String
    /// Event Type ID or Action Type ID.
    public let typeID: UInt16
    public let transferSyntax: TransferSyntax
    /// Encoded; not parsed. Empty if there is none.
    public let dataSet: [UInt8]

    public init(
        kind: Kind, sopClassUID: String, sopInstanceUID: String, typeID: UInt16, transferSyntax: TransferSyntax,
        dataSet: [UInt8]
    ) {
        self.kind = kind
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.typeID = typeID
        self.transferSyntax = transferSyntax
        self.dataSet = dataSet
    }

    /// Copies a message of the C side; `nil` if it is of another kind.
    init?(_ message: cdcmtk_normalized) {
        guard let kind = Kind(rawValue: unsafe message.field),
            let syntax = unsafe UID(String(cString: message.transfer_syntax_uid))
        else { return nil }
        unsafe self.init(
            kind: kind, sopClassUID: String(cString: message.sop_class_uid),
            sopInstanceUID: String(cString: message.sop_instance_uid), typeID: message.type_id,
            transferSyntax: TransferSyntax(syntax),
            dataSet: Array(UnsafeBufferPointer(start: message.bytes, count: message.count)))
    }
}
