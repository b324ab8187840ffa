import Foundation
import Testing

@testable import Sealing

@Suite struct KeyEscrowTests {
    let temporary: TemporaryDirectory
    let passphrase = SecretBytes(copying: Array("six random words, or as good".utf8))
    var directory: String { temporary.path + "/keys" }

    init() throws { temporary = try TemporaryDirectory() }

    @Test("an escrow brings every key back into an empty directory, and never over keys that are there")
    func roundTrip() throws {
        let ring = try KeyRing.create(in: directory)
        _ = try KeyRing.addPseudonymEpoch(in: directory)
        try KeyRing.rotate(.patient, in: directory)
        let escrow = try KeyEscrow.export(directory, passphrase: passphrase)
        let restored = temporary.path + "/restored"
        try KeyEscrow.open(escrow, passphrase: passphrase, into: restored)
        let before = try KeyRing.load(in: directory)
        let after = try KeyRing.load(in: restored)
        for role in Role.allCases { #expect(before.secrets(for: role) == after.secrets(for: role)) }
        #expect(after.publicKeys.patient != ring.publicKeys.patient)
        #expect(throws: SealingError.self) {
            try KeyEscrow.open(escrow, passphrase: passphrase, into: directory)
        }
        let mode = try FileManager.default.attributesOfItem(atPath: "\(restored)/patient.key")[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test("a wrong passphrase, a flipped bit anywhere, or a cut file opens nothing and writes nothing")
    func refused() throws {
        _ = try KeyRing.create(in: directory)
        let escrow = try KeyEscrow.export(directory, passphrase: passphrase)
        let target = temporary.path + "/target"
        let wrong = SecretBytes(copying: Array("six random words, or as goof".utf8))
        #expect(throws: SealingError.escrowClosed) { try KeyEscrow.open(escrow, passphrase: wrong, into: target) }
        for position in [0, 11, 12, 28, 40, escrow.count - 1] {
            var damaged = escrow
            damaged[position] ^= 1
            #expect(throws: SealingError.self) { try KeyEscrow.open(damaged, passphrase: passphrase, into: target) }
        }
        for length in [0, 39, 40, escrow.count - 1] {
            let cut = Array(escrow.prefix(length))
            #expect(throws: SealingError.self) { try KeyEscrow.open(cut, passphrase: passphrase, into: target) }
        }
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test("a short passphrase is refused before anything is read")
    func shortPassphrase() throws {
        #expect(throws: SealingError.passphraseTooShort) {
            try KeyEscrow.export(directory, passphrase: SecretBytes(copying: Array("short".utf8)))
        }
    }

    @Test("no secret stands in an escrow in the clear")
    func closed() throws {
        _ = try KeyRing.create(in: directory)
        let escrow = try KeyEscrow.export(directory, passphrase: passphrase)
        let secret = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/pseudonym.key"))
        #expect(Data(escrow).range(of: secret) == nil)
        #expect(Data(escrow).range(of: Data("PRIVATE KEY".utf8)) == nil)
    }
}
