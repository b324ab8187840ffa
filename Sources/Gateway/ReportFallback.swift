import DICOMCore
import DICOMStream
import DICOMToolkit
import Passage
import Reporting
import Sealing

/// The same report for a destination that does not know Comprehensive 3D SR: the same content as Comprehensive or Enhanced
/// SR, as an object of its own with a derived UID, so that a repeat is the same object again.
///
/// Regions are SCOORD, which all three may hold (PS3.3 A.35.2, A.35.3, A.35.13); nothing of the content changes.
enum ReportFallback {
    static func object(
        _ dataSet: DataSet, original: OutgoingObject, as sopClass: UID, secrets: RoleSecrets
    ) throws -> OutgoingObject {
        let uid = try Self.uid(of: original.sopInstanceUID, as: sopClass, secrets: secrets)
        var copy = dataSet
        copy.set(.sopClassUID, sopClass)
        copy.set(.sopInstanceUID, uid)
        // What it replaces went there in the same class.
        try copy.renamePredecessors { named in
            guard named.sopClassUID == SOPClass.comprehensive3DSR else { return named }
            return ReferencedObject(
                sopClassUID: sopClass,
                sopInstanceUID: try Self.uid(of: named.sopInstanceUID, as: sopClass, secrets: secrets),
                seriesInstanceUID: named.seriesInstanceUID)
        }
        return OutgoingObject(
            sopClassUID: sopClass, sopInstanceUID: uid, transferSyntax: .explicitVRLittleEndian,
            bytes: DataSetWriter.write(copy, transferSyntax: .explicitVRLittleEndian))
    }

    /// The name of the report `original` as an object of `sopClass`.
    static func uid(of original: UID, as sopClass: UID, secrets: RoleSecrets) throws -> UID {
        guard let key = secrets.resultUIDKey else {
            throw GatewayError.keys("the key of result UIDs is not there")
        }
        let digest = try SHA256.hash(Array(original.value.utf8))
        return try key.uid(
            for: Sealing.ResultIdentity(
                source: Array(digest.prefix(16)), modelVersion: "", kind: "report fallback", sourceSetDigest: digest,
                revision: 0, sopClass: sopClass))
    }
}
