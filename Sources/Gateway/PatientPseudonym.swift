import DICOMCore
import Sealing

/// The keyed pseudonym of a patient, by which the database tells patients apart without naming them.
///
/// It is made of Patient ID alone: senders give its issuer inconsistently, and two names for one patient would hide
/// half of what was done with the images. Where two issuers give the same number to two people, they share a pseudonym;
/// it decides nothing but what is searched, held and objected to.
enum PatientPseudonym {
    /// 16 hexadecimal digits; empty if the header names no patient.
    static func token(of header: DataSet, key: PseudonymKey) throws -> String {
        try token(patientID: header[.patientID]?.bytes ?? [], key: key)
    }

    /// - Parameter patientID: the value of Patient ID (0010,0020) as it was sent, with or without padding.
    static func token(patientID: [UInt8], key: PseudonymKey) throws -> String {
        let isPadding: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0 }
        let value = patientID.drop(while: isPadding).reversed().drop(while: isPadding).reversed()
        return value.isEmpty ? "" : try key.token(Array(value), purpose: "patient")
    }
}
