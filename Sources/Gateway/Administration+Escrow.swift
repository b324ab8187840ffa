import Durability
import Foundation
import Journal
import Sealing

// The escrow of all keys: one person asks, another agrees, then the first exports it under a passphrase that only the
// first types. Who has the file and the passphrase has everything.

extension Administration {
    func requestEscrow(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        try askSecondPerson("keys escrow export", [:], reason: request.reason, caller: caller)
    }

    /// The escrow file in base 64; journalled before it is given out.
    func exportEscrow(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let passphrase = try request.required("passphrase")
        guard passphrase.count >= SealingLimits.passphraseCharacters else { throw SealingError.passphraseTooShort }
        try useApproval(request.required("action"), verb: "keys escrow export", caller: caller)
        let file = try KeyEscrow.export(directory.keys, passphrase: SecretBytes(copying: Array(passphrase.utf8)))
        try note(event(.export, actor: caller.name, details: ["what": "escrow of all keys"]))
        return .object(["escrow": .string(Data(file).base64EncodedString())])
    }
}

extension KeyEscrow {
    /// Brings the keys of an escrow into a data directory that has none.
    public static func restore(
        _ file: [UInt8], passphrase: String, configuration: GatewayConfiguration
    ) throws {
        let directory = DataDirectory(configuration.dataDirectory)
        try directory.create()
        let lock = try DataDirectoryLock(directory)
        defer { withExtendedLifetime(lock) {} }
        guard !KeyRing.exists(in: directory.keys) else {
            throw GatewayError.keys("the keys are there already; they are never overwritten")
        }
        try KeyEscrow.open(file, passphrase: SecretBytes(copying: Array(passphrase.utf8)), into: directory.keys)
        try KeyRing.heal(in: directory.keys)
    }
}
