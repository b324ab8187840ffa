/// Why a backup cannot be made, or not be restored; says what to do.
public enum BackupError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `BKP-001`: there is something in the directory that a backup was to be written into.
    case targetInUse
    /// `BKP-002`: it has no manifest, so it was cut short, or it never was a backup.
    case incomplete
    /// `BKP-003`: a later version of the gateway has made it.
    case newer
    /// `BKP-004`: so many files are missing, or are not what the list of digests says.
    case damaged(files: Int)
    /// `BKP-005`: there is a gateway's data in the directory already.
    case directoryInUse
    /// `BKP-006`: the keys that are there do not open what the backup holds.
    case otherKeys
    /// `BKP-007`: files changed faster than they could be copied.
    case restless
    /// `BKP-008`: a restore into this directory was cut short.
    case halfRestored
    /// `BKP-009`: a certificate of a shredded study does not bear its signature.
    case forgedCertificate

    /// Stable for ever.
    public var code: String {
        switch self {
        case .targetInUse: "BKP-001"
        case .incomplete: "BKP-002"
        case .newer: "BKP-003"
        case .damaged: "BKP-004"
        case .directoryInUse: "BKP-005"
        case .otherKeys: "BKP-006"
        case .restless: "BKP-007"
        case .halfRestored: "BKP-008"
        case .forgedCertificate: "BKP-009"
        }
    }

    public var description: String { "\(code): \(words)" }

    private var words: String {
        switch self {
        case .targetInUse: "the directory for the backup is not empty; name a new one"
        case .incomplete: "this is no complete backup: backup.json, which is written last, is not there; take another"
        case .newer: "the backup was made by a newer version of cxrgate; install that version and restore with it"
        case .damaged(let files):
            "\(files) files of the backup are missing or changed (`sha256sum -c SHA256SUMS` names them); take another"
        case .directoryInUse: "the data directory is not empty; restore into a new one (only keys/ may be there)"
        case .otherKeys:
            "the keys in the data directory are not those to which the backup was sealed; bring the escrow from before "
                + "the next rotation: cxrgate keys escrow open FILE"
        case .restless: "files changed faster than they could be copied; try again when it is quieter"
        case .halfRestored: "a restore into this data directory was cut short; run the same `cxrgate restore` again"
        case .forgedCertificate:
            "a certificate among the shredded studies does not bear the signature of a journal's key; find out who put "
                + "it there, and leave it out"
        }
    }

    var exit: CommandExit {
        switch self {
        case .targetInUse: .usage
        case .incomplete, .newer, .damaged: .badData
        case .directoryInUse, .otherKeys, .halfRestored, .forgedCertificate: .refused
        case .restless: .failed
        }
    }
}
