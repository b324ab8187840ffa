import DICOMCore
import DICOMToolkit
import Passage

/// Tells a peer what came of its request for commitment, on an association of its own.
///
/// Source: PS3.4 J.3.3; we are the SCP, and ask for that role (PS3.7 D.3.3.4).
public enum CommitmentReport {
    /// Throws what kept the peer from hearing or accepting it.
    public static func send(_ report: CommitmentMessage, to peer: Peer) throws {
        let association = try RequestedAssociation(
            to: peer, contexts: ProposedContext.plain(SOPClass.storageCommitmentPushModel),
            providing: [SOPClass.storageCommitmentPushModel])
        guard let syntax = association.accepted(SOPClass.storageCommitmentPushModel) else {
            throw ToolkitError.contextNotAccepted
        }
        let status = try association.send(
            NormalizedMessage(
                kind: .eventReport, sopClassUID: SOPClass.storageCommitmentPushModel.value,
                sopInstanceUID: SOPClass.storageCommitmentInstance.value, typeID: report.failed.isEmpty ? 1 : 2,
                transferSyntax: syntax, dataSet: report.encoded(in: syntax)))
        guard status.isSuccess || status.isWarning else {
            throw JobFailure("DEL-009: the source answered the report of commitment with \(status)", isTransient: true)
        }
    }
}
