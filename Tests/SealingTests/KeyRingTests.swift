import Foundation
import Sealing
import Testing

@Suite struct KeyRingTests {
    let temporary: TemporaryDirectory
    var directory: String { temporary.path + "/keys" }

    init() throws { temporary = try TemporaryDirectory() }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test("a new ring lies in files that only their owner can read, and loads again")
    func create() throws {
        let ring = try KeyRing.create(in: directory)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        #expect(
            names == [
                "analysis.key", "analysis.pub", "journal.key", "journal.pub", "patient.key", "patient.pub",
                "pseudonym.key", "results.key", "results.pub",
            ])
        for name in names + ["."] { #expect(try mode(name) & 0o077 == 0, "\(name)") }
        let loaded = try KeyRing.load(in: directory)
        #expect(loaded.publicKeys == ring.publicKeys)
        for role in Role.allCases { #expect(loaded.secrets(for: role) == ring.secrets(for: role)) }
    }

    @Test("a ring is not made twice, and one that was cut short is completed without changing a key")
    func completion() throws {
        let first = try KeyRing.create(in: directory)
        #expect(throws: SealingError.keyFileExists(name: "journal.pub")) { try KeyRing.create(in: directory) }
        for name in ["journal.pub", "results.pub", "pseudonym.key"] {
            try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
        }
        #expect(throws: SealingError.keyFileMissing(name: "results.pub")) { try KeyRing.load(in: directory) }
        let second = try KeyRing.create(in: directory)
        #expect(second.publicKeys == first.publicKeys)
        #expect(second.journalVerifyingKey == first.journalVerifyingKey)
    }

    @Test("a ring that others may read is refused", arguments: ["analysis.key", "pseudonym.key", "journal.key", "."])
    func permissions(name: String) throws {
        _ = try KeyRing.create(in: directory)
        for mode in [0o640, 0o604, 0o660] {
            try FileManager.default.setAttributes(
                [.posixPermissions: name == "." ? mode | 0o110 : mode], ofItemAtPath: "\(directory)/\(name)")
            let error = #expect(throws: SealingError.self) { try KeyRing.load(in: directory) }
            #expect(error?.code == "SEA-022")
        }
    }

    @Test("files that hold something else, or halves that do not belong together, are refused")
    func malformed() throws {
        _ = try KeyRing.create(in: directory)
        let path = "\(directory)/pseudonym.key"
        for text in ["", "00", String(repeating: "z", count: 64), String(repeating: "0", count: 65)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            #expect(throws: SealingError.keyFileMalformed(name: "pseudonym.key")) { try KeyRing.load(in: directory) }
            _ = try KeyRing.load(in: directory, roles: [.analysis])
        }
        let manager = FileManager.default
        try manager.removeItem(atPath: path)
        try manager.removeItem(atPath: "\(directory)/journal.pub")
        _ = try KeyRing.create(in: directory)
        try manager.removeItem(atPath: "\(directory)/patient.pub")
        try manager.copyItem(atPath: "\(directory)/results.pub", toPath: "\(directory)/patient.pub")
        #expect(throws: SealingError.keysDisagree) { try KeyRing.load(in: directory, roles: [.filing, .analysis]) }
    }

    @Test("each role is handed its own secrets and no others, and they survive the hand-over")
    func roles() throws {
        let ring = try KeyRing.create(in: directory)
        for role in Role.allCases {
            let secrets = ring.secrets(for: role)
            #expect(secrets.pseudonyms.isEmpty == (role != .reception))
            #expect(secrets.analysisKeys.isEmpty == (role != .analysis))
            #expect(secrets.patientKeys.isEmpty == (role != .filing))
            #expect(secrets.resultsKeys.isEmpty == (role != .filing))
            #expect((secrets.resultUIDKey == nil) == (role != .filing))
            #expect((secrets.journalKey == nil) == (role != .supervisor))
            let decoded = try RoleSecrets(decoding: secrets.encoded())
            #expect(decoded == secrets)
            #expect(decoded.publicKeys == ring.publicKeys)
            #expect("\(secrets)" == "‹secrets of \(role.rawValue)›")
            // Loaded for one role alone, the ring holds nothing else.
            let own = try KeyRing.load(in: directory, roles: [role])
            #expect(own.secrets(for: role) == secrets)
            for other in Role.allCases where other != role && role != .filing {
                let foreign = own.secrets(for: other)
                #expect(foreign.analysisKeys.isEmpty && foreign.patientKeys.isEmpty && foreign.journalKey == nil)
            }
        }
    }

    @Test("a hand-over that is cut or changed in its frame is refused")
    func damagedHandOver() throws {
        let bytes = try KeyRing.create(in: directory).secrets(for: .filing).encoded().exposedCopy()
        for length in 0..<bytes.count {
            #expect(throws: SealingError.self) {
                try RoleSecrets(decoding: SecretBytes(copying: bytes.prefix(length)))
            }
        }
        #expect(throws: SealingError.secretsMalformed) {
            try RoleSecrets(decoding: SecretBytes(copying: bytes + [0]))
        }
    }

    @Test("while a rotation lasts both keys open; afterwards only the new one")
    func rotation() throws {
        let old = try KeyRing.create(in: directory)
        let study = try context().study
        let before = try StudyKeys.make(study: study, roles: old.publicKeys)
        try KeyRing.rotate(.patient, in: directory)
        #expect(throws: SealingError.keyFileExists(name: "patient.previous.key")) {
            try KeyRing.rotate(.patient, in: directory)
        }
        let during = try KeyRing.load(in: directory).secrets(for: .filing)
        #expect(during.publicKeys.patient != old.publicKeys.patient)
        #expect(during.publicKeys.analysis == old.publicKeys.analysis)
        _ = try during.open(before, class: .identity)
        let rewrapped = try StudyKeys.rewrap(
            before, class: .identity, from: during.patientKeys[1], to: during.publicKeys.patient)
        try KeyRing.completeRotation(.patient, in: directory)
        let after = try KeyRing.load(in: directory).secrets(for: .filing)
        #expect(after.patientKeys.count == 1)
        _ = try after.open(rewrapped, class: .identity)
        #expect(throws: SealingError.wrongRecipient) { try after.open(before, class: .identity) }
        #expect(throws: SealingError.keyNotHeld) { try after.open(before, class: .image) }
    }

    @Test("a rotation that was cut short after any of its renames is set right")
    func rotationCutShort() throws {
        _ = try KeyRing.create(in: directory)
        let manager = FileManager.default
        for renames in 0...2 {
            try KeyRing.rotate(.results, in: directory)
            // Undo the last renames, as if they had not happened.
            func undo(_ name: String, _ earlier: String) throws {
                try manager.moveItem(atPath: "\(directory)/\(name)", toPath: "\(directory)/\(earlier)")
            }
            if renames < 2 {
                try undo("results.pub", "results.next.pub")
                try manager.copyItem(atPath: "\(directory)/patient.pub", toPath: "\(directory)/results.pub")
            }
            if renames < 1 { try undo("results.key", "results.next.key") }
            try KeyRing.recoverRotation(in: directory)
            let ring = try KeyRing.load(in: directory)
            #expect(ring.secrets(for: .filing).resultsKeys.count == 2)
            try KeyRing.completeRotation(.results, in: directory)
            try KeyRing.recoverRotation(in: directory)
            _ = try KeyRing.load(in: directory)
        }
    }

    @Test("a new epoch of the pseudonym key comes behind the old ones, which stay")
    func epochs() throws {
        let first = try KeyRing.create(in: directory).secrets(for: .reception)
        #expect(try KeyRing.addPseudonymEpoch(in: directory) == 2)
        let second = try KeyRing.load(in: directory).secrets(for: .reception)
        #expect(second.pseudonyms.map(\.epoch) == [1, 2])
        #expect(try second.pseudonym().epoch == 2)
        #expect(try second.pseudonyms[0].studyID("1.2.3") == first.pseudonym().studyID("1.2.3"))
        #expect(try second.pseudonym().studyID("1.2.3") != first.pseudonym().studyID("1.2.3"))
    }
}
