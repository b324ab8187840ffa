import Foundation
import Sealing

/// Names of the outside world become keyed pseudonyms: by reception, which holds the key.
///
/// Older epochs of the key give other pseudonyms; what was received under them must be found too.
enum OutsideName: String, Sendable {
    /// Study Instance UID → pseudonym of the study.
    case study
    /// Accession Number → token in `study_name`.
    case accession
    /// SOP Instance UID → token in `instance`.
    case instance
    /// Patient ID → token in `instance` and `objection`.
    case patient
    /// Name of an experiment → the key that assigns its patients. Not a name of the outside world, but made with the
    /// same key, where that is held.
    case experiment

    /// Bytes of a name; a UID has 64, an LO 64 characters.
    static let longest = 256

    /// One pseudonym for each epoch, the newest first.
    func pseudonyms(of name: String, keys: [PseudonymKey]) throws -> [String] {
        let bytes = Array(name.utf8)
        var found: [String] = []
        for key in keys.reversed() {
            switch self {
            case .study: found.append("\(try key.studyID(studyInstanceUID: bytes))")
            case .instance: found.append(try key.token(bytes, purpose: "sop instance"))
            case .accession: found.append(try key.token(bytes, purpose: rawValue))
            case .patient: found.append(try PatientPseudonym.token(patientID: bytes, key: key))
            case .experiment:
                let subkey = try key.subkey(purpose: "ab assignment")
                found.append(Hexadecimal.text(try HMACSHA256.tag(bytes, key: subkey)))
            }
        }
        return found
    }
}
