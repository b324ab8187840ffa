import DICOMCore
import DICOMStream
import DICOMToolkit
import Passage
import Sealing

/// The same report for a destination that does not know Comprehensive 3D SR: the same content as Comprehensive or Enhanced
/// SR, as an object of its own with a derived UID, so that a repeat is the same object again.
///
/// Regions are SCOORD, which all three may hold (PS3.3 A.35.2, A.35.3, A.35.13); nothing of the content changes.
enum ReportFallback {
    static func object(
        _ dataSet: DataSet, original: OutgoingObject, as sopClass: UID, secrets: RoleSecrets
    ) throws -> OutgoingObject {
        guard let key = secrets.resultUIDKey else {
            throw GatewayError.keys("the key of result UIDs is not there")
        }
        let digest = try SHA256.hash(Array(original.sopInstanceUID.value.utf8))
        let uid = try key.uid(
            for: Sealing.ResultIdentity(
                source: Array(digest.prefix(16)), modelVersion: "", kind: "report fallback", sourceSetDigest: digest,
                revision: 0, sopClass: sopClass))
        var copy = dataSet
        copy.set(.sopClassUID, sopClass)
        copy.set(.sopInstanceUID, uid)
        return OutgoingObject(
            sopClassUID: sopClass, sopInstanceUID: uid, transferSyntax: .explicitVRLittleEndian,
            bytes: DataSetWriter.write(copy, transferSyntax: .explicitVRLittleEndian))
    }
}
