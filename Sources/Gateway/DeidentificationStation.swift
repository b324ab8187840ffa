import Deidentification
import Sealing

/// De-identifier and verifier of an installation: one profile, one key. The same for the path and for files.
struct DeidentificationStation {
    let deidentifier: Deidentifier
    let verifier: DeidentificationVerifier
    let uids: KeyedUIDs

    init(_ settings: ProfileSettings, key: PseudonymKey) throws {
        let profile = try settings.profile()
        let shift = try DateShift(key: key, maximumDays: settings.shiftDays)
        uids = KeyedUIDs(key: key)
        deidentifier = Deidentifier(profile: profile, uids: uids, dateShift: shift)
        verifier = DeidentificationVerifier(profile: profile, dateShift: shift)
    }
}
