/// Why something could not be sealed, opened, or loaded. Holds safe facts only: no key, no plaintext, no identifier.
public enum SealingError: Error, Hashable, Sendable {
    /// OpenSSL refused a step that should always succeed.
    case cryptographyFailed(step: String)
    /// The system's generator gave no randomness.
    case randomnessUnavailable
    /// Bytes or text that are not a key of the wanted kind.
    case keyMalformed
    /// A private half that does not belong to its public half.
    case keysDisagree
    /// Not the text of an id: 32 hexadecimal digits.
    case idMalformed
    /// The bytes do not begin like a sealed file.
    case notSealed
    /// A version of the format that this program does not know.
    case unsupportedVersion(UInt8)
    /// Sealed as something else than what was to be opened.
    case wrongKind
    /// Another object than the one that was to be opened.
    case wrongObject
    /// Another study than the one that was to be opened.
    case wrongStudy
    /// Sealed to another key.
    case wrongRecipient
    /// A chunk whose tag does not hold; counted from 0.
    case damaged(chunk: Int)
    /// The end is missing.
    case truncated
    /// More than `SealingLimits` allows.
    case tooLong
    /// Written to, or read from, after its end or after a failure.
    case closed
    /// A key file is not there.
    case keyFileMissing(name: String)
    /// A key file is there already; keys are never overwritten.
    case keyFileExists(name: String)
    /// A key file or its directory that others than its owner may read. `mode` as in `chmod`.
    case keyFilePermissions(name: String, mode: UInt32)
    /// A key file that does not hold what its name says.
    case keyFileMalformed(name: String)
    /// The file system refused.
    case fileSystem(name: String, errno: Int32)
    /// The service manager brings this key; it can be neither rotated nor destroyed here.
    case keyIsCredential(name: String)
    /// A role was asked for a key that it does not hold.
    case keyNotHeld
    /// The study's key of this class was destroyed.
    case keyDestroyed
    /// The passphrase is wrong, or the escrow file is damaged.
    case escrowClosed
    /// Not an escrow file of this version.
    case escrowMalformed
    /// Too short a passphrase for an escrow.
    case passphraseTooShort

    /// Stable for ever; documentation and support refer to it.
    public var code: String {
        switch self {
        case .cryptographyFailed: "SEA-001"
        case .randomnessUnavailable: "SEA-002"
        case .keyMalformed: "SEA-003"
        case .keysDisagree: "SEA-004"
        case .idMalformed: "SEA-005"
        case .notSealed: "SEA-010"
        case .unsupportedVersion: "SEA-011"
        case .wrongKind: "SEA-012"
        case .wrongObject: "SEA-013"
        case .wrongStudy: "SEA-014"
        case .wrongRecipient: "SEA-015"
        case .damaged: "SEA-016"
        case .truncated: "SEA-017"
        case .tooLong: "SEA-018"
        case .closed: "SEA-019"
        case .keyFileMissing: "SEA-020"
        case .keyFileExists: "SEA-021"
        case .keyFilePermissions: "SEA-022"
        case .keyFileMalformed: "SEA-023"
        case .fileSystem: "SEA-024"
        case .keyIsCredential: "SEA-025"
        case .keyNotHeld: "SEA-026"
        case .keyDestroyed: "SEA-027"
        case .escrowClosed: "SEA-030"
        case .escrowMalformed: "SEA-031"
        case .passphraseTooShort: "SEA-032"
        }
    }
}

extension SealingError: CustomStringConvertible {
    /// The code, what happened, and what to do about it.
    public var description: String { "\(code): \(story)" }

    private var story: String {
        switch self {
        case .cryptographyFailed(let step): "OpenSSL failed at \(step). Check the OpenSSL 3 installation."
        case .randomnessUnavailable: "The system gave no random bytes. Stop, and look at the host."
        case .keyMalformed: "This is not a key of the wanted kind. Restore it from the backup of the keys."
        case .keysDisagree: "A private key does not belong to its public half. Restore the keys together."
        case .idMalformed: "An id must be 32 hexadecimal digits."
        case .notSealed: "This is not a sealed file."
        case .unsupportedVersion(let version): "Sealed format version \(version) needs a newer program."
        case .wrongKind: "This sealed file is of another kind. It may have been swapped; check the journal."
        case .wrongObject: "This sealed file is another object. It may have been swapped; check the journal."
        case .wrongStudy: "This sealed file is of another study. It may have been swapped; check the journal."
        case .wrongRecipient: "This was sealed to another key. Use the key of that time."
        case .damaged(let chunk): "Chunk \(chunk) is damaged. Restore the file from the backup."
        case .truncated: "The end is missing. Restore the file from the backup."
        case .tooLong: "More bytes than a sealed file may hold."
        case .closed: "Used after its end or after a failure. Begin again."
        case .keyFileMissing(let name): "\(name) is missing. Run `cxrgate keys init`, or restore the keys."
        case .keyFileExists(let name): "\(name) exists already, and keys are never overwritten."
        case .keyFilePermissions(let name, let mode):
            "\(name) has mode \(String(mode, radix: 8)). Only its owner may have access: chmod go= \(name)."
        case .keyFileMalformed(let name): "\(name) does not hold what its name says. Restore the keys."
        case .fileSystem(let name, let errno): "The file system refused \(name), errno \(errno)."
        case .keyIsCredential(let name):
            "\(name) comes from the service manager's credentials. Replace it there, and start again."
        case .keyNotHeld: "This role does not hold that key."
        case .keyDestroyed: "The keys of this study were destroyed: shredded, or their time was over."
        case .escrowClosed: "The passphrase is wrong, or the escrow file is damaged."
        case .escrowMalformed: "This is not an escrow file of this version."
        case .passphraseTooShort:
            "A passphrase for the escrow has at least \(SealingLimits.passphraseCharacters) characters."
        }
    }
}
